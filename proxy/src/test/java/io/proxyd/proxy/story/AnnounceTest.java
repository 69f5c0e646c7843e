package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.Registration.State;
import io.proxyd.discovery.etcd.EtcdKeys;
import io.proxyd.discovery.etcd.EtcdProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code proxyctl announce} beside a backend, and around one. */
class AnnounceTest {
    private static final String KEY = "/services/guestbook/guestbook-1";
    private static final String PROXY = "/proxyd/proxies/a";
    private static final String ACK = "/proxyd/acks/a/guestbook/guestbook-1";
    /** Says when it starts and when it gets SIGTERM; then it ends with the status 3. */
    private static final String[] BACKEND = {
        "--", "sh", "-c", "trap 'echo terminated; exit 3' TERM; echo started; while :; do sleep 0.05; done"
    };

    private final Path folder;
    private EtcdProcess etcd;
    private EtcdKeys keys;

    AnnounceTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @BeforeEach
    void newEtcd() {
        etcd = EtcdProcess.stopped(folder);
        keys = new EtcdKeys(etcd.endpoint());
    }

    @AfterEach
    void closeEtcd() {
        keys.close();
        etcd.close();
    }

    @Test
    void registersWhatTheOptionsSayAndDrainsOnSigterm() throws InterruptedException {
        etcd.start();
        etcd.put(PROXY, "{}");
        try (AnnounceProcess sidekick = announce("--weight", "7", "--metadata", "zone=a", "--metadata", "rack=2")) {
            Registration up = keys.await(KEY).registration();
            assertThat(up.host()).isEqualTo("worker-1");
            assertThat(up.port()).isEqualTo(49153);
            assertThat(up.weight()).isEqualTo(7);
            assertThat(up.metadata()).isEqualTo(Map.of("zone", "a", "rack", "2"));
            sidekick.signal("TERM");
            EtcdKeys.Key draining = awaitDraining();
            assertThat(draining.registration().deadline()).isPresent();
            etcd.put(ACK, "{\"registrations\": " + draining.revision() + "}");
            assertThat(sidekick.awaitStatus()).isZero();
            assertThat(sidekick.err()).contains("drained: 1 of 1 proxies have let go");
            assertThat(sidekick.out()).isEmpty();
        }
        assertThat(keys.find(KEY)).isEmpty();
    }

    @Test
    void saysThatEtcdIsAwayAtStartAndKeepsTrying() throws InterruptedException {
        try (AnnounceProcess sidekick = announce()) {
            sidekick.awaitErr("Connection refused; tries again");
            assertThat(sidekick.err()).contains(KEY + ": etcd " + etcd.endpoint() + ": ");
            etcd.start();
            keys.await(KEY);
            sidekick.signal("INT");
            assertThat(sidekick.awaitStatus()).isZero();
            assertThat(sidekick.err()).contains("no proxy is known; waited 1.0 s");
        }
        assertThat(keys.find(KEY)).isEmpty();
    }

    @Test
    void aSecondSignalCutsTheDrainShort() throws InterruptedException {
        etcd.start();
        etcd.put(PROXY, "{}");
        try (AnnounceProcess sidekick = announce("--drain-timeout", "1h")) {
            keys.await(KEY);
            sidekick.signal("TERM");
            awaitDraining();
            sidekick.signal("TERM");
            assertThat(sidekick.awaitStatus()).isZero();
        }
        assertThat(keys.find(KEY)).isEmpty();
    }

    @Test
    void isRegisteredOnlyWhileTheCheckPasses() throws IOException, InterruptedException {
        etcd.start();
        AtomicInteger status = new AtomicInteger(503);
        HttpServer backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        backend.createContext("/healthz", exchange -> {
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        backend.start();
        String url = "http://127.0.0.1:" + backend.getAddress().getPort() + "/healthz";
        try (AnnounceProcess sidekick = announce("--check", url, "--check-interval", "200ms")) {
            sidekick.awaitErr("The check " + url + " does not pass: HTTP 503");
            assertThat(keys.find(KEY)).isEmpty();
            status.set(204);
            keys.await(KEY);
            status.set(302);
            keys.awaitGone(KEY);
            sidekick.awaitErr("The check " + url + " fails: HTTP 302");
            status.set(200);
            keys.await(KEY);
            backend.stop(0);
            keys.awaitGone(KEY);
            sidekick.awaitErr("fails: cannot connect");
            sidekick.signal("TERM");
            assertThat(sidekick.awaitStatus()).isZero();
        } finally {
            backend.stop(0);
        }
    }

    @Test
    void aCommandIsTerminatedOnceTheProxiesHaveLetGo() throws InterruptedException {
        etcd.start();
        etcd.put(PROXY, "{}");
        try (AnnounceProcess sidekick = announce(BACKEND)) {
            sidekick.awaitOut("started");
            keys.await(KEY);
            sidekick.signal("TERM");
            EtcdKeys.Key draining = awaitDraining();
            assertThat(sidekick.out()).doesNotContain("terminated");
            etcd.put(ACK, "{\"registrations\": " + draining.revision() + "}");
            assertThat(sidekick.awaitStatus()).isEqualTo(3);
            assertThat(sidekick.out()).isEqualTo("started\nterminated\n");
        }
        assertThat(keys.find(KEY)).isEmpty();
    }

    @Test
    void endsWithItsCommandAndItsStatus() throws IOException, InterruptedException {
        etcd.start();
        etcd.put(PROXY, "{}");
        Path flag = folder.resolve("flag");
        Files.createFile(flag);
        try (AnnounceProcess sidekick =
                announce("--", "sh", "-c", "while [ -e \"$0\" ]; do sleep 0.05; done; exit 7", flag.toString())) {
            keys.await(KEY);
            Files.delete(flag);
            assertThat(sidekick.awaitStatus()).isEqualTo(7);
        }
        assertThat(keys.find(KEY)).isEmpty();
    }

    @Test
    void aCommandThatEndsDuringTheDrainEndsTheDrain() throws InterruptedException {
        etcd.start();
        etcd.put(PROXY, "{}");
        try (AnnounceProcess sidekick = announce(BACKEND)) {
            keys.await(KEY);
            sidekick.signal("TERM");
            awaitDraining();
            sidekick.killCommand();
            assertThat(sidekick.awaitStatus()).isEqualTo(128 + 9);
        }
        assertThat(keys.find(KEY)).isEmpty();
    }

    @Test
    void aCommandThatDoesNotMindSigtermIsKilledAfterAWhile() throws InterruptedException {
        etcd.start();
        try (AnnounceProcess sidekick =
                announce("--stop-timeout", "300ms", "--", "sh", "-c", "trap '' TERM; while :; do sleep 0.05; done")) {
            keys.await(KEY);
            sidekick.signal("TERM");
            assertThat(sidekick.awaitStatus()).isEqualTo(128 + 9);
        }
    }

    @Test
    void aCommandThatIsNotThereIsOneLine() throws InterruptedException {
        try (AnnounceProcess sidekick = announce("--", "/no/such/backend")) {
            assertThat(sidekick.awaitStatus()).isEqualTo(1);
            assertThat(sidekick.err().lines())
                    .singleElement()
                    .asString()
                    .startsWith("proxyctl: cannot start the command: ")
                    .contains("/no/such/backend");
        }
    }

    @Test
    void aFreshSidekickTakesOverAndTheOldOneLeavesTheKeyAlone() throws InterruptedException {
        etcd.start();
        try (AnnounceProcess old = announce();
                AnnounceProcess fresh = startedAfter(old, "--weight", "7")) {
            keys.await(KEY, found -> found.registration().weight() == 7);
            fresh.awaitErr("taken over from ");
            old.awaitErr("waits until the key is gone");
            old.signal("TERM");
            assertThat(old.awaitStatus()).isZero();
            assertThat(keys.await(KEY).registration().state()).isEqualTo(State.UP);
            assertThat(fresh.isAlive()).isTrue();
        }
    }

    @Test
    void otherCommandsLoadNeitherNettyNorTheClientOfEtcd() throws InterruptedException {
        try (AnnounceProcess help =
                new AnnounceProcess(folder, List.of("-Xlog:class+load"), List.of("announce", "--help"))) {
            assertThat(help.awaitStatus()).isZero();
            assertThat(help.out())
                    .contains("io.proxyd.ctl.AnnounceCommand")
                    .doesNotContain(" io.netty.", " io.etcd.", " io.grpc.");
        }
    }

    private AnnounceProcess startedAfter(AnnounceProcess old, String... more) {
        keys.await(KEY);
        assertThat(old.isAlive()).isTrue();
        return announce(more);
    }

    private AnnounceProcess announce(String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("announce", "--etcd", etcd.endpoint().toString()));
        arguments.addAll(List.of("--service", "guestbook", "--id", "guestbook-1"));
        arguments.addAll(List.of("--host", "worker-1", "--port", "49153", "--ttl", "2s"));
        arguments.addAll(List.of(more));
        return new AnnounceProcess(folder, List.of(), arguments);
    }

    private EtcdKeys.Key awaitDraining() {
        return keys.await(KEY, found -> found.registration().state() == State.DRAINING);
    }
}
