package io.proxyd.demo.mongodb;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.bson.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process, killed while it is written to. */
final class KilledDatabaseTest {
    private static final int ROUNDS = 5;

    @TempDir
    private Path data = Path.of("");

    @Test
    void everyAcknowledgedEntryIsThereAfterKill9() throws IOException, InterruptedException {
        Random random = new Random();
        Set<Integer> acknowledged = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            try (RunningDatabase database = RunningDatabase.start(data)) {
                assertThat(found(database)).as("round " + round).containsAll(acknowledged);
                writeUntilKilled(database, 1 + random.nextInt(200), acknowledged);
            }
        }
        try (RunningDatabase database = RunningDatabase.start(data)) {
            assertThat(found(database)).containsAll(acknowledged);
        }
        assertThat(acknowledged).hasSizeGreaterThan(ROUNDS);
    }

    @Test
    void aSecondProcessOnTheSameFolderIsRefused() throws IOException, InterruptedException {
        try (RunningDatabase first = RunningDatabase.start(data)) {
            assertThat(first.port()).isPositive();
            Process second = RunningDatabase.process(data);
            try (BufferedReader lines = second.inputReader()) {
                assertThat(lines.readLine()).contains("--data " + data, "cannot be opened");
            }
            assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(second.exitValue()).isEqualTo(1);
        }
    }

    /** The process is killed by another thread at an acknowledgement, while further writes are on their way. */
    private static void writeUntilKilled(RunningDatabase database, int killAfter, Set<Integer> acknowledged)
            throws InterruptedException {
        CountDownLatch enough = new CountDownLatch(killAfter);
        Thread killer = new Thread(() -> {
            try {
                enough.await();
                database.kill();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        killer.start();
        try (MongoClient client = MongoClients.create(database.uri())) {
            MongoCollection<Document> entries = client.getDatabase("test").getCollection("entries");
            for (int id = acknowledged.stream().mapToInt(i -> i + 1).max().orElse(0) + 1000; ; id++) {
                entries.insertOne(new Document("_id", id));
                acknowledged.add(id);
                enough.countDown();
            }
        } catch (MongoException killed) {
            killer.join();
        }
    }

    private static Set<Integer> found(RunningDatabase database) {
        try (MongoClient client = MongoClients.create(database.uri())) {
            Set<Integer> ids = new HashSet<>();
            client.getDatabase("test")
                    .getCollection("entries")
                    .find()
                    .forEach(entry -> ids.add(entry.getInteger("_id")));
            return ids;
        }
    }
}
