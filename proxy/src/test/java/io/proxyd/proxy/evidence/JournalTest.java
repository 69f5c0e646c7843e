package io.proxyd.proxy.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private final Journal journal = new Journal(InstantSource.fixed(NOW));

    @Test
    void anEntrySaysWhenWhatAndAtWhichRevision() {
        journal.revision(42);
        journal.add("web", "a", Change.DROPPED, "it was draining");
        assertThat(journal.newest(null, 10))
                .containsExactly(new Journal.Entry(NOW, "web", "a", Change.DROPPED, "it was draining", 42));
    }

    @Test
    void theNewestAreGivenOldestFirst() {
        for (int i = 0; i < 5; i++) {
            journal.add("web", String.valueOf(i), Change.REGISTERED, "");
        }
        assertThat(journal.newest(null, 3)).extracting(Journal.Entry::backend).containsExactly("2", "3", "4");
    }

    @Test
    void oneServiceIsToldWithWhatConcernsAll() {
        journal.add("web", "a", Change.REGISTERED, "");
        journal.add("api", "x", Change.REGISTERED, "");
        journal.add(null, null, Change.HISTORY_BROKE, "");
        assertThat(journal.newest("web", 10)).extracting(Journal.Entry::service).containsExactly("web", null);
        assertThat(journal.newest("none", 10)).hasSize(1);
    }

    @Test
    void aRestlessServiceDoesNotPushOutAnother() {
        journal.add("quiet", "a", Change.REGISTERED, "");
        for (int i = 0; i < 100_000; i++) {
            journal.add("restless", String.valueOf(i), Change.REGISTERED, "");
        }
        assertThat(journal.newest(null, Integer.MAX_VALUE)).hasSize(Journal.PER_SERVICE + 1);
        assertThat(journal.newest("quiet", 10)).hasSize(1);
        assertThat(journal.newest("restless", 1))
                .extracting(Journal.Entry::backend)
                .containsExactly("99999");
    }

    @Test
    void allTogetherAreBounded() {
        for (int i = 0; i < 50_000; i++) {
            journal.add("s" + i % 1000, String.valueOf(i), Change.REGISTERED, "");
        }
        List<Journal.Entry> all = journal.newest(null, Integer.MAX_VALUE);
        assertThat(all).hasSize(Journal.TOTAL);
        assertThat(all.get(0).backend()).isEqualTo(String.valueOf(50_000 - Journal.TOTAL));
    }

    @Test
    void threadsMayWriteAtOnce() throws InterruptedException {
        List<Thread> writers = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            String service = "s" + t;
            Thread writer = new Thread(() -> {
                for (int i = 0; i < 10_000; i++) {
                    journal.add(service, String.valueOf(i), Change.HEALTHY, "");
                }
            });
            writer.start();
            writers.add(writer);
        }
        for (Thread writer : writers) {
            writer.join();
        }
        assertThat(journal.newest(null, Integer.MAX_VALUE)).hasSize(Journal.TOTAL);
        assertThat(journal.newest("s3", 1)).extracting(Journal.Entry::backend).containsExactly("9999");
    }
}
