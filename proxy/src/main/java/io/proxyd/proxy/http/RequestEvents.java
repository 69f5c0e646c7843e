package io.proxyd.proxy.http;

import io.netty.buffer.ByteBuf;

/** What a {@link Downstream} tells about the request that is under way; on its event loop. */
public interface RequestEvents {
    /** A part of the body; passes ownership. */
    void onRequestBody(ByteBuf part);

    /** The request is complete. */
    void onRequestEnd();

    /** The reads that were at hand have been delivered: time to flush. */
    void onRequestReadComplete();

    /** {@link Downstream#isWritable} changed. */
    void onDownstreamWritabilityChanged();

    /** The client went away, was too slow, or broke the rules within the body. Nothing else follows. */
    void onRequestFailed(FailureKind kind, String detail);
}
