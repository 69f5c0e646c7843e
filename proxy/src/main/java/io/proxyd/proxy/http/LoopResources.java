package io.proxyd.proxy.http;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.SplittableRandom;

/** What one event loop owns and all its connections share. Used on that loop only, so nothing in it is locked. */
public final class LoopResources {
    private static final int SPARE_HEADS = 256;
    private static final Duration TICK = Duration.ofMillis(50);
    private static final Duration FINE_TICK = Duration.ofMillis(4);

    private final int index;
    private final EventLoop loop;
    private final DeadlineWheel wheel;
    private final DeadlineWheel fineWheel;
    private final DateField date;
    private final SplittableRandom random;
    private final HeadBuffer headBuffer = new HeadBuffer();
    private final ArrayDeque<RequestHead> requestHeads = new ArrayDeque<>();
    private final ArrayDeque<ResponseHead> responseHeads = new ArrayDeque<>();

    /** @param index of the loop among all, from 0 */
    public LoopResources(int index, EventLoop loop, InstantSource clock, SplittableRandom random) {
        this.index = index;
        this.loop = loop;
        this.wheel = new DeadlineWheel(loop, TICK);
        this.fineWheel = new DeadlineWheel(loop, FINE_TICK);
        this.date = new DateField(clock);
        this.random = random;
    }

    public int index() {
        return index;
    }

    public EventLoop loop() {
        return loop;
    }

    public DeadlineWheel wheel() {
        return wheel;
    }

    /** For delays of milliseconds; what is armed here keeps the loop awake. */
    public DeadlineWheel fineWheel() {
        return fineWheel;
    }

    public DateField date() {
        return date;
    }

    public SplittableRandom random() {
        return random;
    }

    /** The scratch space for heads; used and emptied within one call. */
    public HeadBuffer headBuffer() {
        return headBuffer.clear();
    }

    /** An empty head; give it back with {@link #release(RequestHead)}. */
    public RequestHead requestHead() {
        RequestHead head = requestHeads.pollLast();
        if (head == null) {
            head = new RequestHead();
        }
        head.clear();
        return head;
    }

    public void release(RequestHead head) {
        if (requestHeads.size() < SPARE_HEADS) {
            requestHeads.addLast(head);
        }
    }

    /** An empty head; give it back with {@link #release(ResponseHead)}. */
    public ResponseHead responseHead() {
        ResponseHead head = responseHeads.pollLast();
        if (head == null) {
            head = new ResponseHead();
        }
        head.clear();
        return head;
    }

    public void release(ResponseHead head) {
        if (responseHeads.size() < SPARE_HEADS) {
            responseHeads.addLast(head);
        }
    }
}
