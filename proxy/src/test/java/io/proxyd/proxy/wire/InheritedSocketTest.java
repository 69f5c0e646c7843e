package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.unix.Socket;
import io.proxyd.config.RuntimeConfig;
import io.proxyd.process.InheritedSockets;
import io.proxyd.process.InheritedSockets.Inherited;
import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.LoopCounts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A listening socket that the process was given, as systemd does. */
final class InheritedSocketTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private static Inherited given() throws IOException {
        Socket socket = Socket.newSocketStream();
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        socket.listen(100);
        InetSocketAddress address = socket.localAddress();
        assertThat(address).isNotNull();
        return new Inherited(socket.intValue(), address);
    }

    private RunningProxy proxy(Rig rig, Inherited socket) throws InterruptedException {
        return closing(RunningProxy.start(
                rig.transport(transport), new SettableRegistry(), new InheritedSockets(List.of(socket))));
    }

    /** NIO cannot use it, and says what to do; that is all there is to test then. */
    private boolean isRefused(Inherited socket) throws IOException {
        if (transport != RuntimeConfig.Transport.NIO) {
            return false;
        }
        Rig rig = rigAt(socket, backend(Scripts.echo())).transport(transport);
        assertThatThrownBy(() -> RunningProxy.start(rig, new SettableRegistry(), new InheritedSockets(List.of(socket))))
                .hasMessageContainingAll("nio", "runtime.transport", "proxyd.socket");
        new Socket(socket.fd()).close();
        return true;
    }

    private static Rig rigAt(Inherited socket, RawBackend backend) {
        return rigTo(backend).listen("127.0.0.1", socket.address().getPort()).drain(Duration.ofSeconds(10));
    }

    @Test
    void servesOnItWithAllEventLoops() throws Exception {
        Inherited socket = given();
        if (isRefused(socket)) {
            return;
        }
        RunningProxy proxy = proxy(rigAt(socket, backend(Scripts.echo())).loops(3), socket);
        for (int i = 0; i < 6; i++) {
            assertThat(client(proxy).get("/").status()).isEqualTo(200);
        }
        assertThat(proxy.server().counts())
                .allSatisfy(loop -> assertThat(loop.connections()).isEqualTo(2));
    }

    @Test
    void aSocketWithoutAListenerIsNamedAndKeptForALaterOne() throws Exception {
        Inherited socket = given();
        if (isRefused(socket)) {
            return;
        }
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigAt(socket, backend), socket);
        assertThat(client(proxy).get("/").status()).isEqualTo(200);

        proxy.reload(rigTo(backend).listen("127.0.0.1", 0).transport(transport));
        assertThat(proxy.server().unanswered())
                .containsExactly("127.0.0.1:" + socket.address().getPort());
        RawClient waiting = closing(RawClient.connect(socket.address())).send(GET);
        assertThat(client(proxy).get("/").status()).isEqualTo(200);

        proxy.reload(rigAt(socket, backend).transport(transport));
        assertThat(proxy.server().unanswered()).isEmpty();
        assertThat(waiting.response().status()).isEqualTo(200);
    }

    @Test
    void newConnectionsAreServedWhileAResponseOfBeforeTheStopIsUnderWay() throws Exception {
        Inherited socket = given();
        if (isRefused(socket)) {
            return;
        }
        Gate gate = new Gate();
        RawBackend backend = backend(connection -> {
            while (true) {
                Message request = connection.request();
                if (request.target().equals("/slow")) {
                    gate.await();
                }
                connection.write(Scripts.echoOf(request, connection));
            }
        });
        RunningProxy proxy = proxy(rigAt(socket, backend), socket);
        RawClient slow = client(proxy).send("GET /slow HTTP/1.1\r\nHost: a.example\r\n\r\n");
        backend.request();
        Thread closing = new Thread(proxy::close, "closing");
        closing.start();
        Eventually.until("responses say that their connection ends", () -> {
            try (RawClient late = RawClient.connect(socket.address())) {
                Message response = late.send(GET).response();
                return response.status() == 200
                        && response.head().all("Connection").contains("close");
            }
        });
        assertThat(closing.isAlive()).isTrue();
        gate.open();
        assertThat(slow.response().status()).isEqualTo(200);
        closing.join();
        assertThat(proxy.count(LoopCounts::connections)).isZero();
    }
}
