package io.proxyd.proxy.wire;

import io.proxyd.config.ProxydConfig;
import io.proxyd.discovery.IntentBoard;
import io.proxyd.discovery.LocalIntents;
import io.proxyd.discovery.Registration;
import io.proxyd.process.InheritedSockets;
import io.proxyd.proxy.ProxyServer;
import io.proxyd.proxy.RegistryParts;
import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.ExchangeLog;
import io.proxyd.proxy.exchange.ExchangeRecord;
import io.proxyd.proxy.exchange.LoopCounts;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.telemetry.ListenerCounts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;

/** A whole data path, started, with a registry that the test sets and a log that the test reads. */
final class RunningProxy implements AutoCloseable {
    private final SettableRegistry registry;
    private final AtomicLong aheadNanos = new AtomicLong();
    private final IntentBoard board = new LocalIntents(
            "the registry is a test", "proxy-1", Map.of(), () -> Instant.now().plusNanos(aheadNanos.get()));
    private final BlockingQueue<ExchangeRecord> records = new LinkedBlockingQueue<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ProxyServer server;

    private RunningProxy(ProxydConfig config, SettableRegistry registry, InheritedSockets given) {
        this.registry = registry;
        server = new ProxyServer(
                config,
                new RegistryParts(registry, board, Optional.empty()),
                new LiteralHostNames(),
                log(),
                () -> Instant.now().plusNanos(aheadNanos.get()),
                () -> System.nanoTime() + aheadNanos.get(),
                given);
    }

    static RunningProxy start(Rig rig) throws InterruptedException {
        return start(rig, new SettableRegistry());
    }

    static RunningProxy start(Rig rig, SettableRegistry registry) throws InterruptedException {
        return start(rig, registry, InheritedSockets.NONE);
    }

    static RunningProxy start(Rig rig, SettableRegistry registry, InheritedSockets given) throws InterruptedException {
        RunningProxy proxy = new RunningProxy(rig.config(), registry, given);
        try {
            proxy.server.start();
        } catch (RuntimeException e) {
            proxy.close();
            throw e;
        }
        return proxy;
    }

    RawClient client() throws IOException {
        return RawClient.connect(address());
    }

    IntentBoard board() {
        return board;
    }

    InetSocketAddress address() {
        return server.addresses().get(0);
    }

    List<InetSocketAddress> addresses() {
        return server.addresses();
    }

    void reload(Rig rig) {
        server.reload(rig.config());
    }

    /** Sets what is registered and waits until requests are served from it. */
    void register(Registration... registrations) {
        RoutingTable before = server.table();
        registry.set(registrations);
        Eventually.until("a new routing table", () -> server.table() != before);
    }

    /** Puts the clocks forward by which the registry is weighed. */
    void advance(Duration time) {
        aheadNanos.addAndGet(time.toNanos());
    }

    Instant now() {
        return Instant.now().plusNanos(aheadNanos.get());
    }

    ProxyServer server() {
        return server;
    }

    SettableRegistry registry() {
        return registry;
    }

    RoutingTable table() {
        RoutingTable table = server.table();
        if (table == null) {
            throw new AssertionError("no routing table yet");
        }
        return table;
    }

    /** The next line of the access log, waiting for it. */
    ExchangeRecord record() throws InterruptedException {
        ExchangeRecord record = records.poll(Eventually.DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        if (record == null) {
            throw new AssertionError("the proxy recorded no exchange");
        }
        return record;
    }

    /** Lines of the access log that were not asked for. */
    int unseenRecords() {
        return records.size();
    }

    /** What the first listener counts. */
    ListenerCounts listener() {
        return server.listenerCounts().get(0);
    }

    /** A count summed over all event loops. */
    long count(ToLongFunction<LoopCounts> of) {
        return server.counts().stream().mapToLong(of).sum();
    }

    void awaitCount(String what, ToLongFunction<LoopCounts> of, long wanted) {
        Eventually.until(wanted + " " + what, () -> count(of) == wanted);
    }

    private ExchangeLog log() {
        return new ExchangeLog() {
            @Override
            public boolean enabled() {
                return true;
            }

            @Override
            public void record(ExchangeRecord record) {
                records.add(record);
            }
        };
    }

    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            server.close();
        }
    }
}
