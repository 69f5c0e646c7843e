package io.proxyd.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.proxyd.proxy.http.Upstream;
import java.util.ArrayList;
import java.util.List;

/**
 * The parts of a request body on their way to a backend. Parts that were sent are kept up to a limit, without copying, so that a
 * failed attempt can be repeated; parts that were not sent yet wait for a connection. On the event loop of the exchange.
 */
final class RequestBody {
    private final int limitBytes;
    private final List<ByteBuf> parts = new ArrayList<>(2);
    private int sent;
    private long keptBytes;
    private boolean kept = true;
    private boolean begun;
    private boolean ended;

    /** @param limitBytes how much of what was sent is kept */
    RequestBody(int limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Takes ownership of a part that arrived. */
    void add(ByteBuf part) {
        begun = true;
        parts.add(part);
    }

    /** Whether a part has arrived. */
    boolean begun() {
        return begun;
    }

    /** The last part has arrived. */
    void end() {
        ended = true;
    }

    /** Whether the last part has arrived. */
    boolean ended() {
        return ended;
    }

    /** Whether all of the body so far can be sent again. */
    boolean atHand() {
        return kept;
    }

    /** Sends what was not sent in this attempt, and the end if it is known. */
    void sendTo(Upstream upstream) {
        while (sent < parts.size()) {
            ByteBuf part = parts.get(sent);
            keptBytes += part.readableBytes();
            if (kept && keptBytes > limitBytes) {
                dropSent();
            }
            if (kept) {
                sent++;
                upstream.sendBody(part.retainedDuplicate());
            } else {
                parts.remove(sent);
                upstream.sendBody(part);
            }
        }
        if (ended) {
            upstream.sendEnd();
        }
    }

    /** Makes ready to send it all again. */
    void rewind() {
        sent = 0;
        keptBytes = 0;
    }

    /** No further attempt will be made: lets go of what was sent. */
    void stopKeeping() {
        if (kept) {
            dropSent();
        }
    }

    /** Lets go of everything. */
    void release() {
        kept = false;
        parts.forEach(ByteBuf::release);
        parts.clear();
        sent = 0;
    }

    private void dropSent() {
        kept = false;
        List<ByteBuf> dropped = parts.subList(0, sent);
        dropped.forEach(ByteBuf::release);
        dropped.clear();
        sent = 0;
    }
}
