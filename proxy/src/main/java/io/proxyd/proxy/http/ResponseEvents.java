package io.proxyd.proxy.http;

import io.netty.buffer.ByteBuf;

/** What an {@link Upstream} tells about the response that is under way; on its event loop. */
public interface ResponseEvents {
    /** A 1xx response; the head is borrowed for the call. */
    void onInterim(ResponseHead head);

    /** The response starts; the head is borrowed for the call. */
    void onResponseHead(ResponseHead head);

    /** A part of the body; passes ownership. */
    void onResponseBody(ByteBuf part);

    /** The response is complete and the upstream is no longer this exchange's. */
    void onResponseEnd();

    /** The reads that were at hand have been delivered: time to flush. */
    void onResponseReadComplete();

    /** {@link Upstream#isWritable} changed. */
    void onUpstreamWritabilityChanged();

    /** The time given to {@link Upstream#lateAfter} is over. */
    void onLate();

    /** The time given to {@link Upstream#timeoutAfter} is over. */
    void onResponseTimeout();

    /**
     * The backend closed, reset or broke the rules; the upstream is no longer this exchange's.
     *
     * @param kind BACKEND_CLOSED before the end of the response head, RESPONSE_TRUNCATED after it, or BAD_RESPONSE
     */
    void onResponseFailed(FailureKind kind, String detail);
}
