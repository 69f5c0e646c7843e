package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.AddressBlock;
import io.proxyd.proxy.Rig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many connections are served at a time, of all clients and of one. */
final class ConnectionLimitTest extends WireTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private static final String LAST_REQUEST = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";

    @Test
    void servesNoMoreThanAllowedUntilOneCloses() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).loops(2).connections(2, 0));
        RawClient first = client(proxy);
        RawClient second = client(proxy);
        assertThat(first.get("/").status()).isEqualTo(200);
        assertThat(second.get("/").status()).isEqualTo(200);
        RawClient third = client(proxy).send(REQUEST);
        Eventually.until("the limit is reached", () -> proxy.listener().full() > 0);
        assertThat(proxy.listener().open()).isEqualTo(2);
        assertThat(second.get("/").status()).isEqualTo(200);

        first.close();
        assertThat(third.response().status()).isEqualTo(200);
        assertThat(proxy.listener().open()).isEqualTo(2);
    }

    @Test
    void servesEveryoneInTurnWhereManyMoreComeThanAllowed() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).loops(2).connections(3, 0));
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            clients.add(client(proxy).send(LAST_REQUEST));
        }
        for (RawClient client : clients) {
            assertThat(client.response().status()).isEqualTo(200);
            client.expectEnd();
            client.close();
            assertThat(proxy.listener().open()).isLessThanOrEqualTo(3);
        }
        Eventually.until("all are closed", () -> proxy.listener().open() == 0);
        assertThat(client(proxy).get("/").status()).isEqualTo(200);
    }

    @Test
    void givesRoomBackWhereWaitingClientsGoAway() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).connections(1, 0));
        RawClient first = client(proxy);
        assertThat(first.get("/").status()).isEqualTo(200);
        for (int i = 0; i < 20; i++) {
            client(proxy).reset();
        }
        RawClient last = client(proxy).send(REQUEST);
        Eventually.until("the limit is reached", () -> proxy.listener().full() > 0);
        first.close();
        assertThat(last.response().status()).isEqualTo(200);
        Eventually.until("only the last one is open", () -> proxy.listener().open() == 1);
    }

    @Test
    void resetsConnectionsOfAClientThatHasAsManyAsItMay() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).loops(2).connections(100, 2));
        RawClient first = client(proxy);
        RawClient second = client(proxy);
        assertThat(first.get("/").status()).isEqualTo(200);
        assertThat(second.get("/").status()).isEqualTo(200);
        for (int i = 0; i < 10; i++) {
            assertThat(isReset(proxy)).isTrue();
        }
        assertThat(proxy.listener().refused()).isEqualTo(10);
        assertThat(proxy.listener().open()).isEqualTo(2);
        RawClient other = closing(RawClient.connectFrom(InetAddress.getByName("127.0.0.9"), proxy.address()));
        assertThat(other.get("/").status()).isEqualTo(200);

        first.close();
        Eventually.until("its connection is closed", () -> proxy.listener().open() == 2);
        assertThat(client(proxy).get("/").status()).isEqualTo(200);
    }

    private boolean isReset(RunningProxy proxy) throws IOException {
        try {
            return client(proxy).endsInReset();
        } catch (SocketException e) {
            return true; // before the connect had returned
        }
    }

    @Test
    void countsNoClientThatIsATrustedProxy() throws Exception {
        Rig rig = rigTo(backend(Scripts.echo())).connections(100, 1);
        RunningProxy proxy = proxy(rig.trusting(new AddressBlock(InetAddress.getLoopbackAddress(), 32)));
        for (int i = 0; i < 5; i++) {
            assertThat(client(proxy).get("/").status()).isEqualTo(200);
        }
        assertThat(proxy.listener().open()).isEqualTo(5);
    }

    @Test
    void changedLimitsApplyAtOnce() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigTo(backend).transport(transport).connections(1, 0));
        assertThat(client(proxy).get("/").status()).isEqualTo(200);
        RawClient waiting = client(proxy).send(REQUEST);
        Eventually.until("the limit is reached", () -> proxy.listener().full() > 0);
        proxy.reload(rigTo(backend).transport(transport).connections(3, 0));
        assertThat(waiting.response().status()).isEqualTo(200);
        assertThat(proxy.listener().max()).isEqualTo(3);

        proxy.reload(rigTo(backend).transport(transport).connections(3, 2));
        assertThat(isReset(proxy)).isTrue();
        assertThat(waiting.get("/").status()).isEqualTo(200);
    }

    @Test
    void resetsWhoWaitsWhenItStops() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).connections(1, 0));
        assertThat(client(proxy).get("/").status()).isEqualTo(200);
        RawClient waiting = client(proxy).send(REQUEST);
        Eventually.until("the limit is reached", () -> proxy.listener().full() > 0);
        proxy.close();
        assertThat(waiting.endsInReset()).isTrue();
    }
}
