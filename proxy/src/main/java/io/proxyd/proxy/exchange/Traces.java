package io.proxyd.proxy.exchange;

import io.proxyd.proxy.http.RequestHead;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The newest exchanges of one event loop, so that an operator can ask about one of them. Those that may be asked about are kept
 * apart, so that the many that went well do not push them out. On the event loop.
 */
public final class Traces {
    /** How many exchanges are kept, and how many of those that failed, took several attempts or took long. */
    public static final int KEPT = 1024;

    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int SPARES = 256;

    private final @Nullable Trace[] ordinary = new @Nullable Trace[KEPT];
    private final @Nullable Trace[] remarkable = new @Nullable Trace[KEPT];
    private int nextOrdinary;
    private int nextRemarkable;
    private final ArrayDeque<Trace> spares = new ArrayDeque<>();

    Traces() {}

    /** One for an exchange that begins; it has to be {@link #keep kept} when that ends. */
    Trace begin(RequestHead head, long nowNanos) {
        Trace spare = spares.pollLast();
        Trace trace = spare == null ? new Trace() : spare;
        trace.begin(head, nowNanos);
        return trace;
    }

    /** Takes the trace of an exchange that has ended. */
    void keep(Trace trace) {
        Trace oldest;
        if (trace.remarkable(LONG_NANOS)) {
            oldest = remarkable[nextRemarkable];
            remarkable[nextRemarkable] = trace;
            nextRemarkable = (nextRemarkable + 1) % KEPT;
        } else {
            oldest = ordinary[nextOrdinary];
            ordinary[nextOrdinary] = trace;
            nextOrdinary = (nextOrdinary + 1) % KEPT;
        }
        if (oldest != null && spares.size() < SPARES) {
            spares.addLast(oldest);
        }
    }

    /** The newest one kept with this id, or null. */
    @Nullable Trace find(RequestId id) {
        Trace found = find(id, remarkable, nextRemarkable);
        return found == null ? find(id, ordinary, nextOrdinary) : found;
    }

    private static @Nullable Trace find(RequestId id, @Nullable Trace[] ring, int next) {
        for (int i = 1; i <= KEPT; i++) {
            Trace trace = ring[Math.floorMod(next - i, KEPT)];
            if (trace == null) {
                return null;
            }
            if (trace.is(id)) {
                return trace;
            }
        }
        return null;
    }
}
