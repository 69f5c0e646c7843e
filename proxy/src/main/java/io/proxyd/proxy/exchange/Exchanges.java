package io.proxyd.proxy.exchange;

import io.proxyd.proxy.http.Downstream;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.http.RequestEvents;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.Requests;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.upstream.ConnectionPool;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * Makes the exchanges of one event loop and holds what they share.
 *
 * @param table the current routing table; an exchange asks once
 * @param clock for what is logged; durations are taken from {@link System#nanoTime}
 */
public record Exchanges(
        LoopResources loop,
        Supplier<RoutingTable> table,
        ConnectionPool pool,
        LoopCounts counts,
        ExchangeLog log,
        InstantSource clock)
        implements Requests {

    @Override
    public RequestEvents begin(Downstream downstream, RequestHead head) {
        counts.exchangeStarted();
        Exchange exchange = new Exchange(this, downstream, head);
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
}
