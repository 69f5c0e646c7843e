package io.proxyd.discovery.etcd;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.BoardStatus;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.IntentBoard;
import io.proxyd.discovery.Intents;
import io.proxyd.discovery.LetGo;
import io.proxyd.discovery.LocalIntents;
import io.proxyd.discovery.Placed;
import io.proxyd.discovery.Proxy;
import io.proxyd.discovery.etcd.ControlWriter.WriteFailure;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The board in etcd, below the control prefix. One thread follows it with a watch loop, another one writes.
 *
 * <p>Where etcd denies writing, intents put here are kept by this process alone, and the status says so.
 */
public final class EtcdIntents implements IntentBoard {
    private static final Logger log = LoggerFactory.getLogger(EtcdIntents.class);
    private static final Duration TTL = Duration.ofSeconds(10);
    private static final Duration BEAT = Duration.ofSeconds(3);
    private static final int MAX_WAITING = 64;
    private static final long CLOSE_SECONDS = 6;

    private final RegistryConfig.Etcd config;
    private final String self;
    private final Map<String, String> about;
    private final InstantSource clock;
    private final ScheduledThreadPoolExecutor watching = thread("proxyd-intents-watch");
    private final ScheduledThreadPoolExecutor writing = thread("proxyd-intents-write");
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean beatDue = new AtomicBoolean();
    private final ControlWriter writer;
    private final ControlView view;
    private final WatchLoop loop;
    private final LocalIntents local;
    private Consumer<Intents> listener = intents -> {};
    private Consumer<Instant> canaryListener = time -> {};
    private Intents own = Intents.NONE;
    private volatile Map<String, LetGo> letGo = Map.of();
    private volatile String problem = "etcd has not answered yet";

    /** One call, or a few, to etcd; returns the revision of what it wrote. */
    private interface Write {
        long run() throws WriteFailure;
    }

    /**
     * @param self the id of this proxy: letters, digits, dots, dashes
     * @param about what this proxy says of itself
     */
    public EtcdIntents(RegistryConfig.Etcd config, String self, Map<String, String> about, InstantSource clock) {
        this.config = config;
        this.self = self;
        this.about = Map.copyOf(about);
        this.clock = clock;
        Random random = new Random();
        this.writer = new ControlWriter(config, new Members(config, random), TTL);
        this.view = new ControlView(self, shared -> publish(), time -> canaryListener.accept(time));
        this.local = new LocalIntents("etcd denies writing below " + config.controlPrefix(), self, about, clock);
        WatchTiming timing = WatchTiming.DEFAULT.auditing(config.auditInterval());
        Members members = new Members(config, random);
        this.loop = new WatchLoop(
                () -> new JetcdLink(members.next(), config.controlPrefix()),
                watching,
                timing,
                new Backoff(timing.firstPause(), timing.maxPause(), random),
                view,
                new EtcdLink.Moment(0, 0),
                clock);
    }

    @Override
    public void watch(Consumer<Intents> newListener, Consumer<Instant> canary) {
        listener = newListener;
        canaryListener = canary;
        local.watch(this::ownChanged, time -> {});
        loop.start();
        Future<?> ignored = writing.scheduleWithFixedDelay(this::beat, 0, BEAT.toNanos(), TimeUnit.NANOSECONDS);
    }

    private synchronized void ownChanged(Intents changed) {
        own = changed;
        publish();
    }

    private synchronized void publish() {
        listener.accept(view.intents().with(own));
    }

    /** Says that this proxy lives and what it has let go of, and lets a canary fly. */
    private void beat() {
        try {
            if (view.isConnected()
                    && view.proxies().stream().noneMatch(proxy -> proxy.id().equals(self))) {
                writer.forget(); // somebody deleted the keys, or they were never written
            }
            long ignored = runFreshly(() -> writer.write(ownKeys()));
            told("");
        } catch (WriteFailure e) {
            told(e.reason());
        } catch (RuntimeException e) {
            log.error("Writing below {} failed unexpectedly", config.controlPrefix(), e);
            told("unexpected " + e);
        }
    }

    private Map<String, String> ownKeys() {
        Map<String, String> keys = new HashMap<>();
        keys.put(ControlKey.proxy(self), ControlJson.write(about));
        keys.put(ControlKey.canary(self), ControlJson.canary(clock.instant()));
        letGo.forEach((backend, ack) -> keys.put(ControlKey.ack(self, backend), ControlJson.write(ack)));
        return keys;
    }

    /** @param trouble why this proxy's keys could not be written; empty if they were */
    private void told(String trouble) {
        if (trouble.isEmpty() && !problem.isEmpty()) {
            log.info("etcd: this proxy is {} below {}", self, config.controlPrefix());
        } else if (!trouble.isEmpty() && problem.isEmpty()) {
            log.warn("etcd: this proxy cannot write below {}: {}", config.controlPrefix(), trouble);
        }
        problem = trouble;
    }

    @Override
    public CompletionStage<Placed> put(Intent intent) {
        String key = ControlKey.intent(intent.name(), intent.drain() ? ControlKey.DRAIN : ControlKey.WEIGHT);
        Duration life = Duration.between(clock.instant(), intent.until());
        return write(() -> writer.put(key, ControlJson.write(intent), life), () -> local.put(intent));
    }

    @Override
    public CompletionStage<Placed> remove(String service, String id) {
        String name = service + "/" + id;
        List<String> keys =
                List.of(ControlKey.intent(name, ControlKey.DRAIN), ControlKey.intent(name, ControlKey.WEIGHT));
        return local.remove(service, id)
                .thenCompose(gone -> write(() -> writer.delete(keys), () -> local.remove(service, id)));
    }

    /** @param locally what is done instead where etcd denies it */
    private CompletionStage<Placed> write(Write write, Supplier<CompletionStage<Placed>> locally) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            return CompletableFuture.failedFuture(
                    new IllegalStateException(MAX_WAITING + " intents wait to be written to etcd already"));
        }
        try {
            return CompletableFuture.supplyAsync(() -> place(write), writing)
                    .thenCompose(placed -> placed.shared()
                            ? CompletableFuture.completedFuture(placed)
                            : locally.get().thenApply(kept -> placed));
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new IllegalStateException("proxyd is stopping", e));
        }
    }

    private Placed place(Write write) {
        waiting.decrementAndGet();
        try {
            return new Placed(true, "", runFreshly(write));
        } catch (WriteFailure e) {
            if (e.denied()) {
                return new Placed(false, e.reason(), view.intents().revision());
            }
            throw new IllegalStateException("etcd did not take it: " + e.reason(), e);
        }
    }

    /** Tries once more where only the login was too old, as the next connection logs in anew. */
    private static long runFreshly(Write write) throws WriteFailure {
        try {
            return write.run();
        } catch (WriteFailure e) {
            if (e.staleLogin()) {
                return write.run();
            }
            throw e;
        }
    }

    @Override
    public void letGo(Map<String, LetGo> backends) {
        letGo = Map.copyOf(backends);
        if (!beatDue.compareAndSet(false, true)) {
            return;
        }
        try {
            writing.execute(() -> {
                beatDue.set(false);
                beat();
            });
        } catch (RejectedExecutionException e) {
            log.debug("stopping, {} is not told", backends.keySet());
        }
    }

    @Override
    public BoardStatus status() {
        List<Proxy> living = new ArrayList<>();
        living.add(new Proxy(self, about, letGo));
        if (view.isConnected()) {
            view.proxies().stream().filter(proxy -> !proxy.id().equals(self)).forEach(living::add);
        }
        String why = problem.isEmpty() && !view.isConnected() ? "the watch does not stand" : problem;
        return new BoardStatus(why.isEmpty(), why, self, List.copyOf(living));
    }

    @Override
    public void close() {
        if (writing.isShutdown()) {
            return;
        }
        watching.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy()); // late answers have nowhere to go
        watching.execute(loop::stop);
        writing.execute(writer::close);
        watching.shutdown();
        writing.shutdown();
        try {
            if (!writing.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                log.warn("etcd: leaving {} took more than {} s", config.controlPrefix(), CLOSE_SECONDS);
                writing.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ScheduledThreadPoolExecutor thread(String name) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread runner = new Thread(task, name);
            runner.setDaemon(true);
            return runner;
        });
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        return executor;
    }
}
