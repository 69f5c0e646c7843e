package io.proxyd.bench.registry;

import io.proxyd.config.ConfigLoader;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.LocalIntents;
import io.proxyd.discovery.dns.NettyHostNames;
import io.proxyd.discovery.etcd.EtcdRegistry;
import io.proxyd.proxy.ProxyServer;
import io.proxyd.proxy.RegistryParts;
import io.proxyd.proxy.exchange.ExchangeLog;
import io.proxyd.proxy.route.RoutingTable;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Runs a proxy in this process against a real etcd with many registrations, changes them, and prints what that took as lines
 * of JSON. Requests come from outside meanwhile.
 */
public final class RegistryBench {
    private static final int USAGE = 2;
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final double MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final double MIB = 1024.0 * 1024;

    private final Changes changes;
    private final ProxyServer server;

    private RegistryBench(Changes changes, ProxyServer server) {
        this.changes = changes;
        this.server = server;
    }

    /** Arguments: etcd's URL, port of the backends, port to listen on, services, backends each, changes a second, seconds. */
    public static void main(String[] args) throws InterruptedException {
        if (args.length != 7) {
            System.err.println(
                    "usage: RegistryBench ETCD BACKEND_PORT PORT SERVICES BACKENDS_EACH CHANGES_PER_SECOND SECONDS");
            System.exit(USAGE);
        }
        Registrations registrations =
                new Registrations(Integer.parseInt(args[3]), Integer.parseInt(args[4]), Integer.parseInt(args[1]));
        ProxydConfig config =
                ConfigLoader.parse("bench.yaml", registrations.configuration(args[0], Integer.parseInt(args[2]), 0));
        InstantSource clock = InstantSource.system();
        try (Changes changes = new Changes(URI.create(args[0]), registrations);
                ProxyServer server = new ProxyServer(
                        config,
                        new RegistryParts(
                                new EtcdRegistry((RegistryConfig.Etcd) config.registry()),
                                new LocalIntents("a benchmark", "bench", Map.of(), clock),
                                Optional.empty()),
                        new NettyHostNames(),
                        ExchangeLog.OFF,
                        clock)) {
            server.start();
            new RegistryBench(changes, server)
                    .run(registrations, Integer.parseInt(args[5]), Duration.ofSeconds(Long.parseLong(args[6])));
        }
    }

    private void run(Registrations registrations, int perSecond, Duration time) throws InterruptedException {
        double empty = usedMib();
        long start = System.nanoTime();
        Applied first = follow(() -> awaitTable(changes.putAll(100).join()));
        System.out.printf(
                Locale.ROOT,
                "{\"phase\": \"fill\", \"registrations\": %d, \"ms\": %.0f, \"tables\": %d, \"heap_mib\": %.1f}%n",
                registrations.count(),
                (System.nanoTime() - start) / MILLI,
                first.tables(),
                usedMib() - empty);
        report("warm-up", perSecond, follow(() -> changes.run(perSecond, time)), 0);
        long cpu = cpuNanos();
        Applied steady = follow(() -> changes.run(perSecond, time));
        report("changes", perSecond, steady, (cpuNanos() - cpu) / (double) time.toNanos());
        long burst = System.nanoTime();
        Applied storm = follow(() -> awaitTable(changes.putAll(50).join()));
        report("burst", registrations.count(), storm, (System.nanoTime() - burst) / MILLI);
    }

    /** Runs something while watching what is applied, until all of it is. */
    private Applied follow(Runnable work) throws InterruptedException {
        Applied applied = new Applied(server::table, changes);
        Thread watcher = new Thread(applied, "bench-applied");
        watcher.start();
        work.run();
        while (!changes.written().isEmpty()) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        applied.stop();
        watcher.join();
        return applied;
    }

    private void awaitTable(long revision) {
        RoutingTable table = server.table();
        while (table == null || table.catalog().revision() < revision) {
            LockSupport.parkNanos(POLL_NANOS);
            table = server.table();
        }
    }

    private static void report(String phase, int count, Applied applied, double extra) {
        Histogram times = applied.times();
        System.out.printf(
                Locale.ROOT,
                "{\"phase\": \"%s\", \"count\": %d, \"writes\": %d, \"tables\": %d, \"p50_ms\": %.2f, \"p99_ms\": %.2f,"
                        + " \"max_ms\": %.2f, \"extra\": %.3f}%n",
                phase,
                count,
                times.getTotalCount(),
                applied.tables(),
                times.getValueAtPercentile(50) / MILLI,
                times.getValueAtPercentile(99) / MILLI,
                times.getMaxValue() / MILLI,
                extra);
    }

    private static double usedMib() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MIB;
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
