package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelConfig;
import org.jspecify.annotations.Nullable;

/**
 * What has arrived on a connection and cannot be used yet, and whether its socket is read meanwhile. Reading stops while bytes
 * are held, so that at most one read's worth is. All on the event loop.
 */
final class HeldInput {
    private final MessageOutput output;
    private @Nullable ByteBuf held;
    private @Nullable ByteBuf consumed;
    private boolean paused;

    /** @param output of the same connection, whose channel is read */
    HeldInput(MessageOutput output) {
        this.output = output;
    }

    /**
     * Joins what has arrived to what is held, taking ownership; false, and nothing taken, if nothing is held. Rare: it happens for
     * the reads that were under way when reading stopped.
     */
    boolean join(ByteBuf in) {
        ByteBuf first = held;
        if (first == null) {
            return false;
        }
        held = in.alloc()
                .directBuffer(first.readableBytes() + in.readableBytes())
                .writeBytes(first)
                .writeBytes(in);
        first.release();
        in.release();
        return true;
    }

    /** Bytes are being used from here on until {@link #consumed()}; borrows them. */
    void consuming(ByteBuf in) {
        consumed = in;
    }

    void consumed() {
        consumed = null;
    }

    /** Whether a call that uses bytes is under way. */
    boolean isConsuming() {
        return consumed != null;
    }

    /** Keeps the rest of what is being used for later. */
    void hold(ByteBuf in) {
        held = in.retain();
        updateReading();
    }

    boolean isHeld() {
        return held != null;
    }

    /** Whether bytes have arrived that were not used yet. */
    boolean moreAtHand() {
        return held != null || (consumed != null && consumed.isReadable());
    }

    /** Gives what is held, passing ownership; null if that is nothing. */
    @Nullable ByteBuf take() {
        ByteBuf taken = held;
        held = null;
        updateReading();
        return taken;
    }

    /** Stops reading, or goes on with it. */
    void pause(boolean wanted) {
        if (paused != wanted) {
            paused = wanted;
            updateReading();
        }
    }

    boolean isPaused() {
        return paused;
    }

    /** Lets go of what is held. */
    void release() {
        if (held != null) {
            held.release();
            held = null;
        }
    }

    /** Lets go of what is held and reads on, for somebody who discards it all. */
    void discard() {
        release();
        paused = false;
        updateReading();
    }

    private void updateReading() {
        boolean wanted = held == null && !paused;
        ChannelConfig config = output.context().channel().config();
        if (config.isAutoRead() != wanted) {
            config.setAutoRead(wanted);
        }
    }
}
