package io.proxyd.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.demo.mongodb.RunningDatabase;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.discovery.etcd.EtcdRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Instances that find their database in a real etcd, and a database that moves, hangs and dies. */
class SharedBookTest {
    private final Path data;
    private final EtcdProcess etcd;
    private final List<AutoCloseable> parts = new ArrayList<>();
    private RunningDatabase mongodb;

    SharedBookTest(@TempDir Path etcdFolder, @TempDir Path data) throws IOException {
        this.data = data;
        this.etcd = EtcdProcess.start(etcdFolder);
        this.mongodb = RunningDatabase.start(data);
    }

    @BeforeEach
    void register() {
        etcd.put("/services/mongodb", "{\"host\": \"127.0.0.1\", \"port\": " + mongodb.port() + "}");
    }

    @AfterEach
    void endAll() throws Exception {
        Collections.reverse(parts);
        for (AutoCloseable part : parts) {
            part.close();
        }
        mongodb.close();
        etcd.close();
    }

    @Test
    void allInstancesShowTheSameEntriesNewestFirst() throws IOException {
        int one = instance("one");
        int two = instance("two");
        awaitHealth(one, 200);
        awaitHealth(two, 200);

        assertThat(post(one, "name=Ada&message=first")).startsWith("http/1.1 303 ");
        assertThat(get(two, "/")).contains("<b>two</b>", "first");
        assertThat(post(two, "name=Ben&message=%3Cb%3Esecond")).startsWith("http/1.1 303 ");
        assertThat(get(one, "/")).containsSubsequence("<b>one</b>", "&lt;b&gt;second", "first");
    }

    @Test
    void saysThatTheDatabaseIsAwayAndRecoversWhereTheRegistryNamesItNext() throws IOException {
        int port = instance("one");
        awaitHealth(port, 200);
        post(port, "name=Ada&message=kept");

        mongodb.kill();
        awaitHealth(port, 503);
        assertThat(get(port, "/healthz")).contains("127.0.0.1:" + mongodb.port());
        assertThat(get(port, "/")).startsWith("http/1.1 503 ").contains("database is away", "http-equiv=\"refresh\"");
        assertThat(post(port, "name=Ben&message=typed"))
                .startsWith("http/1.1 503 ")
                .contains("This was not saved.", "typed</textarea>")
                .doesNotContain("http-equiv=\"refresh\"");

        mongodb.close();
        mongodb = RunningDatabase.start(data);
        register();
        awaitHealth(port, 200);
        assertThat(get(port, "/")).contains("kept").doesNotContain("typed");
    }

    @Test
    void stillAnswersQuicklyWhileTheDatabaseHangs() throws IOException, InterruptedException {
        int port = instance("one");
        awaitHealth(port, 200);

        mongodb.signal("STOP");
        awaitHealth(port, 503);
        long start = System.nanoTime();
        assertThat(get(port, "/")).startsWith("http/1.1 503 ");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        mongodb.signal("CONT");
        awaitHealth(port, 200);
    }

    @Test
    void asksTheDatabaseOnWhenItsRegistrationIsGone() throws IOException {
        int port = instance("one");
        awaitHealth(port, 200);
        etcd.delete("/services/mongodb");
        etcd.kill();

        assertThat(post(port, "name=Ada&message=unregistered")).startsWith("http/1.1 303 ");
        assertThat(get(port, "/")).contains("unregistered");
    }

    /** The port of a new instance. */
    private int instance(String name) throws IOException {
        Database database = new Database("mongodb");
        parts.add(database);
        EtcdRegistry registry = new EtcdRegistry(RegistryConfig.Etcd.plain(List.of(etcd.endpoint()), "/services/"));
        parts.add(registry);
        registry.watch(database::follow);
        GuestbookServer server = new GuestbookServer(
                new Instance(name, "node"),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Duration.ZERO,
                new DatabaseEntries(database),
                Clock.systemUTC());
        parts.add(server);
        return server.port();
    }

    private static void awaitHealth(int port, int status) {
        Eventually.until(
                () -> get(port, "/healthz").startsWith("http/1.1 " + status + " "), () -> get(port, "/healthz"));
    }

    private static String get(int port, String path) {
        try (RawClient client = new RawClient(port)) {
            return client.get(path).response();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String post(int port, String form) throws IOException {
        try (RawClient client = new RawClient(port)) {
            return client.post("/sign", form).response();
        }
    }
}
