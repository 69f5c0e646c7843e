package io.proxyd.proxy.telemetry;

import io.proxyd.discovery.RegistryStatus;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.evidence.Journal;
import io.proxyd.proxy.exchange.LoopCounts;
import io.proxyd.proxy.route.RoutingTable;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where metrics and the operator API read what the running proxy does. Every one of them may be asked from any thread and
 * answers at once.
 *
 * @param table the table that requests are served from; null before the first
 * @param registry the state of the watch
 * @param evidence where the registry is not followed
 * @param journal what happened of late
 * @param propagation how long changes take from etcd to the table
 * @param loops what each event loop counts, in their order
 * @param listeners what each open listener counts
 * @param memory how much is in use and how much may be
 * @param listening whether every listener is open and no stop was asked for
 * @param clock the time of day
 * @param nanoTime the clock of {@link System#nanoTime}, by which ejections end and rates are made
 */
public record Sources(
        Supplier<@Nullable RoutingTable> table,
        Supplier<RegistryStatus> registry,
        Supplier<EvidenceStatus> evidence,
        Journal journal,
        Propagation propagation,
        List<LoopCounts> loops,
        Supplier<List<ListenerCounts>> listeners,
        Supplier<MemoryUse> memory,
        BooleanSupplier listening,
        InstantSource clock,
        LongSupplier nanoTime) {

    /** Whether requests are welcome: there is a routing table and the listeners are open. */
    public boolean ready() {
        return table.get() != null && listening.getAsBoolean();
    }
}
