package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Announcement;
import io.proxyd.discovery.Announcer;
import io.proxyd.discovery.Drained;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The example of docs/registry.md is this one, which compiles. */
class AnnouncerDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "registry.md");
    private static final Path SOURCE =
            Path.of("src/test/java", AnnouncerDocumentTest.class.getName().replace('.', '/') + ".java");
    private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    private final CountDownLatch stopAsked = new CountDownLatch(1);

    @Test
    void theExampleOfTheDocumentCompiles() throws IOException {
        Matcher example = EXAMPLE.matcher(Files.readString(DOCUMENT));
        assertThat(example.find()).isTrue();
        assertThat(Files.readString(SOURCE)).contains(example.group(1).indent(8));
    }

    /** Not to be run: there is no etcd at that address. */
    void example() throws InterruptedException {
        var etcd = RegistryConfig.Etcd.plain(List.of(URI.create("http://10.0.0.2:2379")), "/services/");
        var announcement = new Announcement("guestbook", "guestbook-1", "worker-1", 49153);
        try (Announcer announcer = new EtcdAnnouncer(etcd, announcement)) {
            announcer.start(); // returns at once; announcer.status() says how it stands
            stopAsked.await();
            Drained drained = announcer.drain(Duration.ofSeconds(30)).join();
            System.out.println(drained); // 2 of 2 proxies have let go
        }
    }
}
