package io.proxyd.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.proxyd.proxy.http.Downstream;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.route.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A small response of which the client is shown nothing until it is complete, so that it can still come from elsewhere if it breaks off
 * or stalls. On the event loop of the exchange.
 */
final class HeldResponse {
    /** How long another attempt may take to complete a response that stalls, before the client is shown the part that there is. */
    static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /** After how long without the rest a response that has begun stalls. */
    private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** A response whose length is not told may be a stream, so it is shown after that long. */
    private static final long STREAM_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private List<ByteBuf> parts = List.of();
    private int bytes;
    /** Of the body; -1 if that is not known. */
    private long expectedBytes;

    private boolean active;
    private boolean stalled;

    /** Whether a response is of a kind that is held. */
    static boolean fits(Service service, ResponseHead response) {
        int limit = service.config().retries().responseBytes();
        boolean small = response.framing() == Framing.LENGTH
                ? response.contentLength() <= limit
                : response.framing() != Framing.NONE;
        return small && limit > 0 && service.backends().size() > 1 && !response.switchesProtocols();
    }

    void begin(ResponseHead response) {
        active = true;
        expectedBytes = response.framing() == Framing.LENGTH ? response.contentLength() : -1;
    }

    /** Whether the client is not shown the response yet. */
    boolean active() {
        return active;
    }

    /** Whether this part is the whole body, so that there is nothing to hold. */
    boolean isWhole(ByteBuf part) {
        return bytes == 0 && part.readableBytes() == expectedBytes;
    }

    /** Takes ownership of a part; says how many bytes are held now. */
    int add(ByteBuf part) {
        if (parts.isEmpty()) {
            parts = new ArrayList<>(2);
        }
        bytes += part.readableBytes();
        parts.add(part);
        return bytes;
    }

    /** How long the rest may take to come before the response stalls; 0 once it was found to. */
    long patienceNanos(long lateNanos) {
        if (stalled) {
            return 0;
        }
        return expectedBytes < 0 ? STREAM_NANOS : Math.min(lateNanos, STALL_NANOS);
    }

    /** It stalls; true if that is new, and the rest is known to be missing. */
    boolean stalls() {
        boolean first = !stalled;
        stalled = true;
        return first && expectedBytes >= 0;
    }

    /** Hands all parts over: from now on nothing is held. */
    void show(Downstream downstream) {
        active = false;
        parts.forEach(downstream::sendBody);
        parts = List.of();
        bytes = 0;
    }

    /** Lets go of all parts. */
    void release() {
        active = false;
        stalled = false;
        parts.forEach(ByteBuf::release);
        parts = List.of();
        bytes = 0;
    }
}
