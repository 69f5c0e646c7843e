package io.proxyd.proxy.http;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;

/**
 * How many bytes of a body one connection holds on their way through, in either direction. An exchange that stalls keeps at most
 * one read and what was below the high mark.
 */
public final class StreamSizes {
    /** How much may wait to be written before the other side is no longer read, and how little before it is read again. */
    public static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    /** Reads begin small and grow with what they find, twice as far as Netty lets them (decision 9 in docs/adr). */
    public static final RecvByteBufAllocator READS = new AdaptiveRecvByteBufAllocator(64, 2048, 128 * 1024);

    private StreamSizes() {}
}
