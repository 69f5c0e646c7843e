package io.proxyd.proxy.http;

import io.netty.buffer.ByteBuf;

/** The backend's side of one attempt, whatever the protocol. All on the event loop of the exchange. */
public interface Upstream {
    /**
     * Starts the request. Borrows the head.
     *
     * @param listener gets all that follows until the response has ended or failed, or {@link #cancel} was called
     */
    void send(RequestHead head, ResponseEvents listener);

    /** Sends a part of the body; takes ownership. */
    void sendBody(ByteBuf part);

    /** Ends the request and flushes. */
    void sendEnd();

    /** Hands what was written to the transport. */
    void flush();

    /** Gives the request up; nothing is delivered any more and the connection is not used again. */
    void cancel();

    /** Gives a connection back that was not used for any request after all. */
    void release();

    boolean isWritable();

    /**
     * From now on, {@link ResponseEvents#onResponseTimeout} comes after this time unless this is called again before.
     *
     * @param nanos 0 for never
     */
    void timeoutAfter(long nanos);

    /**
     * {@link ResponseEvents#onLate} comes after this time unless this is called again before or the response ends.
     *
     * @param nanos 0 for never
     */
    void lateAfter(long nanos);

    /** Asks for the response, or for a pause of it. */
    void readResponse(boolean wanted);

    /** Whether its chunked bodies can be taken and given as they stand on the wire. */
    boolean passesRawChunks();

    /** Asks for a chunked response body as it stands; within {@link ResponseEvents#onResponseHead} only. */
    void deliverRawChunks();

    /** Whether the connection had served a request before this one. */
    boolean reused();
}
