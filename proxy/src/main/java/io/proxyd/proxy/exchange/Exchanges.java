package io.proxyd.proxy.exchange;

import io.proxyd.proxy.http.Downstream;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.http.RequestEvents;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.Requests;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.upstream.ConnectionPool;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes the exchanges of one event loop and holds what they share. On that loop. */
public final class Exchanges implements Requests {
    private final LoopResources loop;
    private final Supplier<RoutingTable> table;
    private final ConnectionPool pool;
    private final LoopCounts counts;
    private final BooleanSupplier memoryShort;
    private final ExchangeLog log;
    private final InstantSource clock;
    private final FurtherAttempts further;
    private final Underway underway = new Underway();
    private final Traces traces = new Traces();

    /**
     * @param table the current routing table; an exchange asks once
     * @param memoryShort whether proxyd has no memory left for further requests
     * @param clock for what is logged; durations are taken from {@link System#nanoTime}
     */
    public Exchanges(
            LoopResources loop,
            Supplier<RoutingTable> table,
            ConnectionPool pool,
            LoopCounts counts,
            BooleanSupplier memoryShort,
            ExchangeLog log,
            InstantSource clock) {
        this.loop = loop;
        this.table = table;
        this.pool = pool;
        this.counts = counts;
        this.memoryShort = memoryShort;
        this.log = log;
        this.clock = clock;
        this.further = new FurtherAttempts(pool, clock);
    }

    LoopResources loop() {
        return loop;
    }

    Supplier<RoutingTable> table() {
        return table;
    }

    ConnectionPool pool() {
        return pool;
    }

    FurtherAttempts further() {
        return further;
    }

    LoopCounts counts() {
        return counts;
    }

    boolean memoryShort() {
        return memoryShort.getAsBoolean();
    }

    ExchangeLog log() {
        return log;
    }

    InstantSource clock() {
        return clock;
    }

    Traces traces() {
        return traces;
    }

    @Override
    public RequestEvents begin(Downstream downstream, RequestHead head) {
        counts.exchangeStarted();
        Exchange exchange = new Exchange(this, downstream, head);
        underway.add(exchange);
        exchange.route();
        return exchange;
    }

    @Override
    public void refused(Downstream downstream, RequestHead head, FailureKind kind, String detail) {
        counts.unrouted().failed(kind);
        if (log.enabled()) {
            log.record(ExchangeRecords.refused(clock.instant(), downstream, head, kind, detail));
        }
    }

    void ended(Exchange exchange) {
        underway.remove(exchange);
        traces.keep(exchange.trace());
        counts.exchangeEnded();
    }

    /** What is remembered of the newest exchange with this id, or of one under way; null if there is none. */
    public @Nullable TracedExchange trace(String requestId) {
        RequestId id = RequestId.of(requestId);
        Exchange current = underway.find(exchange -> exchange.trace().is(id));
        Trace found = current == null ? traces.find(id) : current.trace();
        return found == null ? null : found.copy(System.nanoTime(), clock.instant());
    }

    /** The health check has convicted a backend: what waits for it goes elsewhere, and its idle connections are closed. */
    public void convicted(LiveBackend backend) {
        pool.forget(backend);
        underway.forEach(exchange -> exchange.onConvicted(backend));
    }
}
