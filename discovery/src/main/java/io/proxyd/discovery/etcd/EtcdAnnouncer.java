package io.proxyd.discovery.etcd;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Announcement;
import io.proxyd.discovery.Announcer;
import io.proxyd.discovery.AnnouncerStatus;
import io.proxyd.discovery.Drained;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces one backend in etcd, under a lease that it keeps alive from a thread of its own, {@code proxyd-announcer}.
 *
 * <p>It survives whatever etcd goes through: a lease or a key that is lost is granted and put again. Its key is
 * {@code <prefix><service>/<backend-id>}. Of several announcers of one backend the one that started last has the key; the
 * others stand by until it is gone.
 */
public final class EtcdAnnouncer implements Announcer {
    private static final Logger log = LoggerFactory.getLogger(EtcdAnnouncer.class);
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private final GrpcLog grpcLog = new GrpcLog();
    private final Wishes wishes = new Wishes();
    private final AnnounceTiming timing;
    private final InstantSource clock;
    private final Thread thread;
    private volatile AnnouncerStatus status =
            new AnnouncerStatus(AnnouncerStatus.State.WITHDRAWN, "not asked to register yet");

    /** Registers nothing yet: that begins with {@link #start}. */
    public EtcdAnnouncer(RegistryConfig.Etcd config, Announcement announcement) {
        this(config, announcement, status -> {});
    }

    /** @param listener gets each new status, on the announcer's thread; it must not block */
    public EtcdAnnouncer(RegistryConfig.Etcd config, Announcement announcement, Consumer<AnnouncerStatus> listener) {
        this(config, announcement, listener, AnnounceTiming.of(announcement.ttl()), Clock.systemUTC(), new Random());
    }

    EtcdAnnouncer(
            RegistryConfig.Etcd config,
            Announcement announcement,
            Consumer<AnnouncerStatus> listener,
            AnnounceTiming timing,
            InstantSource clock,
            Random random) {
        this.timing = timing;
        this.clock = clock;
        Members members = new Members(config, random);
        grpcLog.quiet();
        AnnounceLoop loop = new AnnounceLoop(
                () -> open(members),
                new HeldKey(config.prefix(), announcement, nameOfThis(random), clock),
                config.controlPrefix(),
                announcement.name(),
                timing,
                new Backoff(timing.firstPause(), timing.maxPause(), random),
                wishes,
                changed -> tell(changed, listener));
        this.thread = new Thread(loop, "proxyd-announcer");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void start() {
        wishes.set(new Wish.Registered());
    }

    @Override
    public void withdraw() {
        wishes.set(new Wish.Withdrawn());
    }

    @Override
    public CompletableFuture<Drained> drain(Duration atMost) {
        Wish.Draining wish = new Wish.Draining(atMost, clock.instant());
        wishes.set(wish);
        return wish.end().copy();
    }

    @Override
    public AnnouncerStatus status() {
        return status;
    }

    @Override
    public void close() {
        wishes.set(new Wish.Ended(timing.farewell()));
        Duration atMost = timing.farewell().plus(timing.answer().multipliedBy(2));
        try {
            thread.join(atMost.toMillis());
            if (thread.isAlive()) {
                log.warn("The thread {} did not end within {} s", thread.getName(), atMost.toSeconds());
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private void tell(AnnouncerStatus changed, Consumer<AnnouncerStatus> listener) {
        status = changed;
        try {
            listener.accept(changed);
        } catch (RuntimeException e) {
            log.error("The listener of an announcer failed on {}", changed, e);
        }
    }

    /** Called by the announcer's thread. */
    private AnnounceLink open(Members members) {
        RegistryConfig.Etcd member = members.next();
        return new AnnounceLink(
                JetcdClient.open(member), "etcd " + member.endpoints().get(0), timing.answer());
    }

    /** {@code <host>/<pid>/<random>}: says to people who it is, and is no one else's. */
    private static String nameOfThis(Random random) {
        return hostName() + "/" + ProcessHandle.current().pid() + "/" + Long.toHexString(random.nextLong());
    }

    private static String hostName() {
        try {
            return Files.readString(HOST_NAME).strip();
        } catch (IOException e) {
            return "unknown-host"; // only a help for people
        }
    }
}
