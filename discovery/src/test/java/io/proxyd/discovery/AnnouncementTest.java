package io.proxyd.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AnnouncementTest {
    private static final Instant NOW = Instant.parse("2030-01-31T12:00:00Z");

    @Test
    void whatIsAnnouncedIsWhatTheReaderReads() {
        Announcement announcement = new Announcement(
                "web", "web@1", "::1", 8080, 7, Map.of("zone", "a \"quoted\" one"), Duration.ofSeconds(3));
        assertThat(read(announcement, Optional.empty()))
                .isEqualTo(new Registration(
                        "web",
                        "web@1",
                        "::1",
                        8080,
                        7,
                        Registration.State.UP,
                        Map.of("zone", "a \"quoted\" one"),
                        Map.of("announcer", "\"me/1/x\"", "announced", "\"2030-01-31T12:00:00Z\"")));
    }

    @Test
    void aDrainingRegistrationTellsItsDeadline() {
        Registration draining =
                (Registration) read(new Announcement("web", "1", "h", 80), Optional.of(NOW.plusSeconds(30)));
        assertThat(draining.state()).isEqualTo(Registration.State.DRAINING);
        assertThat(draining.deadline()).contains(NOW.plusSeconds(30));
        assertThat(draining.weight()).isEqualTo(Registration.DEFAULT_WEIGHT);
    }

    @Test
    void anAnnouncerIsKnownByItsValueAndSomeoneWithoutANameIsNot() {
        byte[] ours = new AnnouncedValue(new Announcement("web", "1", "h", 80), "me/1/x").json(NOW, Optional.empty());
        assertThat(AnnouncedValue.announcerOf(ours)).contains("me/1/x");
        for (String other : new String[] {"{\"host\": \"h\", \"port\": 80}", "{\"announcer\": 3}", "oops", "", "[]"}) {
            assertThat(AnnouncedValue.announcerOf(other.getBytes(StandardCharsets.UTF_8)))
                    .as(other)
                    .isEmpty();
        }
    }

    @Test
    void whatTheReaderWouldQuarantineIsRefusedAtOnce() {
        assertRefused("a/b", "1", "h", 80, "service is \"a/b\", expected no / in it");
        assertRefused("-a", "1", "h", 80, "service is \"-a\", expected 1 to 128 letters");
        assertRefused("a", "", "h", 80, "backend id is \"\", expected 1 to 128 letters");
        assertRefused("a", "1", "http://h", 80, "host is \"http://h\", expected a host name or an IP address");
        assertRefused("a", "1", "10.0.0.300", 80, "host is \"10.0.0.300\", expected a host name or an IP address");
        assertRefused("a", "1", "h", 0, "port is 0, expected a whole number from 1 to 65535");
        assertThatThrownBy(() -> new Announcement("a", "1", "h", 1, 1001, Map.of(), Duration.ofSeconds(10)))
                .hasMessage("weight is 1001, expected a whole number from 0 to 1000");
        assertThatThrownBy(() ->
                        new Announcement("a", "1", "h", 1, 1, Map.of("k", "x".repeat(70_000)), Duration.ofSeconds(10)))
                .hasMessageContaining("value has more than 65536 bytes");
    }

    @Test
    void aTtlIsWholeSeconds() {
        for (long millis : new long[] {0, 999, 1500, 3_601_000}) {
            assertThatThrownBy(() -> new Announcement("a", "1", "h", 1, 1, Map.of(), Duration.ofMillis(millis)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("ttl is " + millis + " ms, expected whole seconds from 1 s to 1 h");
        }
    }

    private static Reading read(Announcement announcement, Optional<Instant> deadline) {
        byte[] json = new AnnouncedValue(announcement, "me/1/x").json(NOW, deadline);
        return new RegistrationReader(key -> key).read(announcement.name(), ByteBuffer.wrap(json));
    }

    private static void assertRefused(String service, String id, String host, int port, String message) {
        assertThatThrownBy(() -> new Announcement(service, id, host, port))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }
}
