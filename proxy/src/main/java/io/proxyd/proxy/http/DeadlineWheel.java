package io.proxyd.proxy.http;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Timeouts of one event loop: a hashed wheel (Varghese and Lauck, 1987), whose timeouts fire up to two ticks late. Arming a deadline again for a later time leaves it in its slot; it moves on when the slot
 * comes by. The wheel ticks only while something is in it. All on the event loop.
 */
public final class DeadlineWheel {
    private static final Logger LOG = LoggerFactory.getLogger(DeadlineWheel.class);
    private static final int SLOTS = 1024;

    private final EventLoop loop;
    private final LongSupplier nanoTime;
    private final long tickNanos;
    private final long startNanos;
    private final @Nullable Deadline[] slots = new Deadline[SLOTS];
    private final Runnable tick = this::tick;
    private long doneTick;
    private int linked;
    private boolean ticking;

    /** @param tick how exact it is; shorter ones wake the loop more often while a deadline is armed */
    public DeadlineWheel(EventLoop loop, Duration tick) {
        this(loop, tick, System::nanoTime);
    }

    DeadlineWheel(EventLoop loop, Duration tick, LongSupplier nanoTime) {
        this.loop = loop;
        this.tickNanos = tick.toNanos();
        this.nanoTime = nanoTime;
        this.startNanos = nanoTime.getAsLong();
    }

    /**
     * Arms or re-arms a deadline.
     *
     * @param nowNanos the current {@link System#nanoTime}
     * @param delayNanos from now
     */
    public void arm(Deadline deadline, long nowNanos, long delayNanos) {
        long at = (nowNanos - startNanos + delayNanos) / tickNanos + 1;
        deadline.atTick = at;
        if (deadline.linked) {
            if (at >= deadline.slotTick) {
                return;
            }
            unlink(deadline);
        }
        if (!ticking) {
            doneTick = (nowNanos - startNanos) / tickNanos;
            ticking = true;
            loop.schedule(tick, tickNanos, TimeUnit.NANOSECONDS);
        }
        link(deadline);
    }

    /** Lets go of a deadline for good, and with it of what it belongs to. */
    public void forget(Deadline deadline) {
        deadline.disarm();
        if (deadline.linked) {
            unlink(deadline);
        }
    }

    private void tick() {
        long nowTick = (nanoTime.getAsLong() - startNanos) / tickNanos;
        while (doneTick < nowTick) {
            turn(++doneTick);
        }
        ticking = linked > 0;
        if (ticking) {
            loop.schedule(tick, tickNanos, TimeUnit.NANOSECONDS);
        }
    }

    private void turn(long tickNumber) {
        int slot = (int) (tickNumber % SLOTS);
        Deadline deadline;
        while ((deadline = slots[slot]) != null) {
            unlink(deadline);
            if (deadline.atTick <= tickNumber) {
                deadline.atTick = Deadline.NEVER;
                expire(deadline);
            } else if (deadline.atTick != Deadline.NEVER) {
                link(deadline);
            }
        }
    }

    /** A bug in the handling of one timeout must not end all timeouts of the loop. */
    private static void expire(Deadline deadline) {
        try {
            deadline.expire();
        } catch (RuntimeException e) {
            LOG.error("A timeout could not be handled.", e);
        }
    }

    private void link(Deadline deadline) {
        deadline.slotTick = Math.min(Math.max(deadline.atTick, doneTick + 1), doneTick + SLOTS - 1);
        int slot = (int) (deadline.slotTick % SLOTS);
        Deadline head = slots[slot];
        deadline.next = head;
        deadline.previous = null;
        if (head != null) {
            head.previous = deadline;
        }
        slots[slot] = deadline;
        deadline.linked = true;
        linked++;
    }

    private void unlink(Deadline deadline) {
        Deadline previous = deadline.previous;
        Deadline next = deadline.next;
        if (previous != null) {
            previous.next = next;
        } else {
            slots[(int) (deadline.slotTick % SLOTS)] = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        deadline.next = null;
        deadline.previous = null;
        deadline.linked = false;
        linked--;
    }
}
