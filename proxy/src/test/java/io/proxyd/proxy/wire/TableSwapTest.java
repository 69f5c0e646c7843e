package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Registration;
import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.LoopCounts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Routing tables that change while requests are served. */
final class TableSwapTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private static Registration at(RawBackend backend) {
        return SettableRegistry.at("app", backend.port());
    }

    @Test
    void sendsToABackendAsSoonAsItIsRegistered() throws Exception {
        RunningProxy proxy = proxy(Rig.to());
        RawClient client = client(proxy);
        assertThat(client.exchange(GET).status()).isEqualTo(503);
        RawBackend backend = backend(Scripts.echo());
        proxy.register(at(backend));
        assertThat(client.exchange(GET).status()).isEqualTo(200);
    }

    @Test
    void finishesAnExchangeWithABackendThatIsRemoved() throws Exception {
        Gate gate = new Gate();
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
            gate.await();
            connection.write("llo");
            connection.awaitEnd();
        });
        RunningProxy proxy = proxy(Rig.to());
        proxy.register(at(backend));
        RawClient client = client(proxy).send(GET);
        client.head();
        proxy.register(SettableRegistry.at("other", 1)); // a registry with nothing left in it would not be believed
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(503);
        gate.open();
        assertThat(client.exactly(5)).isNotEmpty();
        Eventually.until("the connection to the removed backend is closed", () -> backend.ended() == 1);
        assertThat(client.exchange(GET).status()).isEqualTo(503);
    }

    @Test
    void closesTheIdleConnectionsOfABackendThatIsRemoved() throws Exception {
        RawBackend removed = backend(Scripts.echo());
        RawBackend kept = backend(Scripts.echo());
        RunningProxy proxy = proxy(Rig.to());
        proxy.register(at(removed), at(kept));
        RawClient client = client(proxy);
        client.exchange(GET);
        client.exchange(GET);
        proxy.awaitCount("idle backend connections", LoopCounts::idleUpstreamConnections, 2);
        proxy.register(at(kept));
        Eventually.until("its connection is closed", () -> removed.ended() == 1);
        proxy.awaitCount("idle backend connections", LoopCounts::idleUpstreamConnections, 1);
        assertThat(client.exchange(GET).status()).isEqualTo(200);
        assertThat(kept.accepted()).isEqualTo(1);
    }

    @Test
    void keepsConnectionsOfABackendThatIsRegisteredAnew() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(Rig.to());
        proxy.register(at(backend));
        RawClient client = client(proxy);
        client.exchange(GET);
        proxy.register(SettableRegistry.at("app", backend.port(), 7, Registration.State.UP));
        client.exchange(GET);
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void sendsNothingNewToABackendThatDrainsOrWeighsNothing() throws Exception {
        RawBackend up = backend(Scripts.echo());
        RawBackend draining = backend(Scripts.echo());
        RawBackend weightless = backend(Scripts.echo());
        RunningProxy proxy = proxy(Rig.to());
        proxy.register(
                at(up),
                SettableRegistry.at("app", draining.port(), 100, Registration.State.DRAINING),
                SettableRegistry.at("app", weightless.port(), 0, Registration.State.UP));
        RawClient client = client(proxy);
        for (int i = 0; i < 6; i++) {
            assertThat(client.exchange(GET).status()).isEqualTo(200);
        }
        assertThat(up.unseenRequests()).isEqualTo(6);
    }

    @Test
    void losesNoRequestWhileBackendsComeAndGo() throws Exception {
        List<RawBackend> backends = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            backends.add(backend(Scripts.echo()));
        }
        RunningProxy proxy = proxy(Rig.to().loops(2));
        proxy.register(at(backends.get(0)));
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger served = new AtomicInteger();
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        List<Thread> askers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            RawClient client = client(proxy);
            Thread asker = new Thread(() -> ask(client, stop, served, failures));
            asker.start();
            askers.add(asker);
        }
        for (int i = 1; i <= 60; i++) {
            int before = served.get();
            proxy.register(at(backends.get(i % 4)), at(backends.get((i + 1) % 4)));
            Eventually.until("more requests are served", () -> served.get() > before + 5 || !failures.isEmpty());
        }
        stop.set(true);
        for (Thread asker : askers) {
            asker.join();
        }
        assertThat(failures).isEmpty();
        assertThat(backends).allSatisfy(b -> assertThat(b.accepted()).isPositive());
    }

    private static void ask(RawClient client, AtomicBoolean stop, AtomicInteger served, List<Throwable> failures) {
        try {
            while (!stop.get()) {
                assertThat(client.exchange(GET).status()).isEqualTo(200);
                assertThat(client.exchange(GET.replace("GET", "POST")).status()).isEqualTo(200);
                served.incrementAndGet();
            }
        } catch (IOException | AssertionError e) {
            failures.add(e);
        }
    }
}
