package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.LoopCounts;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The addresses that a proxy listens on. */
final class ListenerTest extends WireTest {
    @Test
    void servesOnTwoListeners() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigTo(backend).listen("127.0.0.1", 0).listen("127.0.0.2", 0));
        assertThat(proxy.addresses()).hasSize(2);
        for (InetSocketAddress address : proxy.addresses()) {
            assertThat(closing(RawClient.connect(address)).get("/").status()).isEqualTo(200);
        }
    }

    @Test
    void servesOnAllEventLoopsOfAListener() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).loops(3));
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            clients.add(client(proxy));
        }
        for (RawClient client : clients) {
            assertThat(client.get("/").status()).isEqualTo(200);
        }
        assertThat(proxy.count(LoopCounts::connections)).isEqualTo(64);
        assertThat(proxy.count(c -> c.accepted() > 0 ? 1 : 0)).isEqualTo(3);
    }

    @Test
    void refusesToStartOnAnAddressThatAnotherOneHolds() throws Exception {
        RunningProxy first = proxyTo(backend(Scripts.echo()));
        int port = first.address().getPort();
        Rig second = Rig.to().listen("127.0.0.1", port);
        assertThatThrownBy(() -> proxy(second))
                .hasMessageContaining("cannot listen on 127.0.0.1:" + port)
                .hasMessageContaining("Address already in use");
        assertThat(client(first).get("/").status()).isEqualTo(200);
    }

    @Test
    void opensAndClosesListenersOnReload() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigTo(backend).listen("127.0.0.1", 0));
        RawClient old = client(proxy);
        assertThat(old.get("/").status()).isEqualTo(200);
        proxy.reload(rigTo(backend).transport(transport).listen("127.0.0.2", 0));
        assertThat(proxy.address().getHostString()).isEqualTo("127.0.0.2");
        assertThat(client(proxy).get("/").status()).isEqualTo(200);
        assertThat(old.get("/").status()).isEqualTo(200);
    }

    @Test
    void listensAgainOnTheAddressOfAProxyThatHasEnded() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy first = proxyTo(backend);
        client(first).get("/");
        int port = first.address().getPort();
        first.close();
        RunningProxy second = proxy(rigTo(backend).listen("127.0.0.1", port));
        assertThat(client(second).get("/").status()).isEqualTo(200);
    }
}
