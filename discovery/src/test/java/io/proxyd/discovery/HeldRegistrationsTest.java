package io.proxyd.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HeldRegistrationsTest {
    private final RegistrationReader reader = new RegistrationReader(key -> "/services/" + key);
    private Instant now = Instant.EPOCH;
    private final HeldRegistrations held = new HeldRegistrations(key -> "/services/" + key, () -> now);

    @Test
    void sortsByServiceThenIdAndNotByKey() {
        put("b/2", "h1");
        put("a-x/1", "h2");
        put("b", "h3");
        put("b/10", "h4");
        put("a/1", "h5");
        assertThat(held.catalog(7, Lineage.PLAIN).registrations())
                .extracting(registration -> registration.service() + " " + registration.id())
                .containsExactly("a 1", "a-x 1", "b 10", "b 2", "b b");
        assertThat(held.catalog(7, Lineage.PLAIN).revision()).isEqualTo(7);
    }

    @Test
    void countsTheSingleKeyBesideKeysWithIds() {
        put("web", "h1");
        put("web/1", "h2");
        assertThat(held.catalog(1, Lineage.PLAIN).registrations())
                .extracting(Registration::host)
                .containsExactly("h2", "h1");
    }

    @Test
    void quarantinesTheSingleKeyWhenItsIdIsTaken() {
        put("web", "h1");
        put("web/web", "h2");
        Catalog catalog = held.catalog(1, Lineage.PLAIN);
        assertThat(catalog.registrations()).extracting(Registration::host).containsExactly("h2");
        assertThat(catalog.quarantined())
                .containsExactly(new Quarantined(
                        "/services/web",
                        "backend id of this single key is \"web\", which /services/web/web has already;"
                                + " expected only one of the two keys"));
    }

    @Test
    void forgetsWhatAListDoesNotName() {
        put("web/1", "h1");
        put("web/2", "h2");
        held.keepOnly(Set.of("web/2"));
        assertThat(held.catalog(1, Lineage.PLAIN).registrations())
                .extracting(Registration::id)
                .containsExactly("2");
    }

    @Test
    void keepsTheLastGoodRegistrationOfAKeyWhoseValueTurnedBad() {
        put("web/1", "h1");
        putText("web/1", "oops", false);
        Catalog sick = catalog();
        assertThat(sick.registrations()).extracting(Registration::host).containsExactly("h1");
        assertThat(sick.quarantined()).extracting(Quarantined::key).containsExactly("/services/web/1");
        assertThat(sick.quarantined().get(0).reason()).endsWith("; its last good value stays in use");
        held.remove("web/1");
        putText("web/1", "oops", false);
        assertThat(catalog().registrations()).isEmpty();
        assertThat(catalog().quarantined().get(0).reason()).doesNotContain("last good");
    }

    @Test
    void healsWithTheNextGoodValue() {
        put("web/1", "h1");
        putText("web/1", "oops", false);
        put("web/1", "h2");
        assertThat(catalog().registrations()).extracting(Registration::host).containsExactly("h2");
        assertThat(catalog().quarantined()).isEmpty();
    }

    @Test
    void releasesWhatWasDeletedWithoutALeaseUntilItIsRegisteredAgain() {
        put("web/1", "h1");
        put("web/2", "h2");
        held.remove("web/1");
        held.keepOnly(Set.of());
        assertThat(catalog().released()).containsExactlyInAnyOrder("web/1", "web/2");
        put("web/1", "h9");
        assertThat(catalog().released()).containsExactly("web/2");
    }

    @Test
    void doesNotReleaseWhatWasLeasedUnlessTold() {
        putText("web/1", json("h1"), true);
        putText("web/2", json("h2"), true);
        held.remove("web/1");
        held.keepOnly(Set.of());
        assertThat(catalog().released()).isEmpty();
        held.release("web/1");
        assertThat(catalog().released()).containsExactly("web/1");
    }

    @Test
    void releasesWhatDrainedBeforeItWasDeletedEvenIfNobodySawTheDrain() {
        putText("web/1", "{\"host\": \"h1\", \"port\": 80, \"state\": \"draining\"}", true);
        held.remove("web/1");
        assertThat(catalog().released()).containsExactly("web/1");
    }

    @Test
    void takesTheLeaseOfABadValueForThatOfTheKey() {
        putText("web/1", json("h1"), false);
        putText("web/1", "oops", true);
        held.remove("web/1");
        assertThat(catalog().released()).isEmpty();
    }

    @Test
    void releasesNoBackendThatAnotherKeyStillHolds() {
        put("web", "h1");
        put("web/web", "h2");
        held.remove("web/web");
        assertThat(catalog().registrations()).extracting(Registration::host).containsExactly("h1");
        assertThat(catalog().released()).isEmpty();
        assertThat(catalog().quarantined()).isEmpty();
        held.remove("web");
        assertThat(catalog().released()).containsExactly("web/web");
    }

    @Test
    void forgetsWhatWasReleasedAfterTenMinutes() {
        put("web/1", "h1");
        held.remove("web/1");
        now = now.plus(Duration.ofMinutes(10));
        assertThat(catalog().released()).containsExactly("web/1");
        now = now.plusMillis(1);
        assertThat(catalog().released()).isEmpty();
    }

    @Test
    void holdsTheTenThousandThatWereReleasedLast() {
        for (int i = 0; i < 10_001; i++) {
            put("web/" + i, "h");
            held.remove("web/" + i);
        }
        assertThat(catalog().released()).hasSize(10_000).doesNotContain("web/0").contains("web/1", "web/10000");
    }

    @Test
    void staysSortedThroughManyChanges() {
        Random random = new Random(5);
        Map<String, String> expected = new TreeMap<>();
        for (int i = 0; i < 5_000; i++) {
            String key = "s" + random.nextInt(9) + "/" + random.nextInt(40);
            if (random.nextInt(3) == 0) {
                expected.remove(key);
                held.remove(key);
            } else {
                expected.put(key, "h" + i);
                put(key, "h" + i);
            }
        }
        // No service name is a prefix of another, so keys and backends sort alike.
        assertThat(catalog().registrations())
                .extracting(r -> r.name() + "=" + r.host())
                .containsExactlyElementsOf(expected.entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .toList());
    }

    @Test
    void sharesWhatDidNotChangeWithTheCatalogBefore() {
        put("web/1", "h1");
        put("web/2", "h2");
        Catalog first = catalog();
        assertThat(catalog().registrations()).isSameAs(first.registrations());
        put("web/1", "h1");
        assertThat(catalog().registrations()).isSameAs(first.registrations());
        put("web/2", "h3");
        assertThat(catalog().registrations().get(0))
                .isSameAs(first.registrations().get(0));
    }

    @Test
    void makesACatalogOfTenThousandAfterOneChangeInLessThanTwoMilliseconds() {
        for (int i = 0; i < 10_000; i++) {
            put("s" + i % 200 + "/" + i, "h");
        }
        int changes = 2_000;
        long begin = System.nanoTime();
        for (int i = 0; i < changes; i++) {
            put("s" + i % 200 + "/" + i, "h" + i);
            assertThat(catalog().registrations()).hasSize(10_000);
        }
        assertThat(Duration.ofNanos((System.nanoTime() - begin) / changes)).isLessThan(Duration.ofMillis(2));
    }

    private Catalog catalog() {
        return held.catalog(1, Lineage.PLAIN);
    }

    private void put(String key, String host) {
        putText(key, json(host), false);
    }

    private void putText(String key, String value, boolean leased) {
        held.put(key, reader.read(key, ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8))), leased);
    }

    private static String json(String host) {
        return "{\"host\":\"" + host + "\",\"port\":80}";
    }
}
