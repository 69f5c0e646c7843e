package io.proxyd.demo;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoException;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Registration;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.bson.Document;
import org.jspecify.annotations.Nullable;

/**
 * MongoDB, wherever the registry says that it is. A database that vanishes from the registry is asked on where it was: it may
 * well be there. Feels its pulse on a thread of its own, so that nobody waits long for a database that is away.
 */
final class Database implements AutoCloseable {
    private static final String DATABASE = "guestbook";
    private static final Duration PULSE = Duration.ofMillis(500);

    /** Longer than a pulse that waits for everything there is to wait for. */
    private static final Duration STALE = Duration.ofMillis(2500);

    private static final int TIMEOUT_MILLIS = 1000;

    /** A database at its address; closed once it is not used any more. */
    private record Place(String address, MongoClient client) {}

    private final String service;
    private final ScheduledExecutorService pulse =
            Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "database-pulse"));
    private volatile @Nullable Place place;
    private volatile Optional<String> problem;
    private volatile long feltNanos = System.nanoTime();

    /** @param service which the registry knows the database as */
    Database(String service) {
        this.service = service;
        this.problem = Optional.of("the registry has not told of a database as " + service + " yet");
        System.out.println("database: " + problem.get());
        pulse.scheduleWithFixedDelay(this::feelPulse, 0, PULSE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Takes what the registry says now; does not block. From one thread. */
    void follow(Catalog catalog) {
        catalog.registrations().stream()
                .filter(registration -> registration.service().equals(service))
                .min(Comparator.comparing(Registration::state).thenComparing(Registration::id))
                .ifPresent(registration -> moveTo(registration.host() + ":" + registration.port()));
    }

    private void moveTo(String address) {
        Place former = place;
        if (former != null && former.address().equals(address)) {
            return;
        }
        System.out.println("database: the registry names " + address);
        place = new Place(address, MongoClients.create(settings(address)));
        pulse.execute(() -> {
            if (former != null) {
                former.client().close();
            }
            feelPulse();
        });
    }

    private static MongoClientSettings settings(String address) {
        return MongoClientSettings.builder()
                .applyConnectionString(new ConnectionString("mongodb://" + address))
                .applyToClusterSettings(
                        cluster -> cluster.serverSelectionTimeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS))
                .applyToSocketSettings(socket -> socket.connectTimeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                        .readTimeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS))
                .applyToServerSettings(server -> server.heartbeatFrequency(PULSE.toMillis(), TimeUnit.MILLISECONDS)
                        .minHeartbeatFrequency(100, TimeUnit.MILLISECONDS))
                .applyToConnectionPoolSettings(
                        pool -> pool.maxSize(8).maxWaitTime(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS))
                .writeConcern(WriteConcern.ACKNOWLEDGED.withJournal(true))
                .retryWrites(false) // needs a replica set
                .build();
    }

    private void feelPulse() {
        Place asked = place;
        if (asked == null) {
            feltNanos = System.nanoTime();
            return;
        }
        Optional<String> found = Optional.empty();
        try {
            asked.client().getDatabase(DATABASE).runCommand(new Document("ping", 1));
        } catch (MongoException e) {
            found = Optional.of(asked.address() + " does not answer: " + firstSentence(e));
        }
        if (found.isPresent() != problem.isPresent()) {
            System.out.println("database: " + found.orElse(asked.address() + " answers"));
        }
        problem = found;
        feltNanos = System.nanoTime();
    }

    /** What follows it in some of the driver's messages is all that the driver knows of its servers. */
    private static String firstSentence(MongoException e) {
        return String.valueOf(e.getMessage()).split("\\. |\n", 2)[0];
    }

    /** Why the database cannot be used, as far as is known; empty when it answers. Does not block; any thread. */
    Optional<String> problem() {
        boolean stale = System.nanoTime() - feltNanos > STALE.toNanos();
        return stale ? Optional.of("the database has not answered for " + STALE.toMillis() + " ms") : problem;
    }

    /**
     * Asks the database; blocks for a few seconds at most, and not at all where it is known to be away. Any thread.
     *
     * @throws DatabaseAwayException when there is no answer
     */
    <T> T ask(Function<MongoDatabase, T> question) throws DatabaseAwayException {
        Place asked = place;
        Optional<String> known = problem();
        if (asked == null || known.isPresent()) {
            throw new DatabaseAwayException(known.orElse("it is not known yet"));
        }
        try {
            return question.apply(asked.client().getDatabase(DATABASE));
        } catch (MongoException | IllegalStateException e) { // the latter from a client that was closed meanwhile
            throw new DatabaseAwayException(asked.address() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        pulse.shutdownNow();
        Place last = place;
        if (last != null) {
            last.client().close();
        }
    }
}
