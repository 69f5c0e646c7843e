package io.proxyd.proxy.http;

import io.netty.buffer.ByteBuf;
import java.net.SocketAddress;

/**
 * The client's side of one exchange, whatever the protocol. All on the event loop of the client's connection. The order of
 * calls is: interim heads, head, body parts, end; {@link #abort} may come at any point after the head instead.
 */
public interface Downstream {
    /** Passes a 1xx response on, or drops it where the client's version knows none. Borrows the head. */
    void sendInterim(ResponseHead head);

    /**
     * Starts the response. Borrows the head.
     *
     * @param added field lines of our own, each with its end; empty for none
     * @param rawChunks the body parts will be a chunked body as it stood on the wire; only if {@link #takesRawChunks}
     */
    void sendHead(ResponseHead head, byte[] added, boolean rawChunks);

    /** Answers on the proxy's own behalf, without a backend, and ends the response. */
    void sendFailure(FailureKind kind, String detail);

    /**
     * The same with an HTML page, as a 503.
     *
     * @param page in UTF-8; never changed by either side
     */
    void sendPage(byte[] page);

    /** The connection is to end behind this response; before its head. */
    void endConnection();

    /** Sends a part of the body; takes ownership. */
    void sendBody(ByteBuf part);

    /** Ends the response and flushes. */
    void sendEnd();

    /**
     * Takes back a response that was started, if no byte of it has been handed to the transport.
     *
     * @return whether that was so; then another answer may be given
     */
    boolean retract();

    /** Gives up on a response that cannot be completed, so that the client sees that it was cut. */
    void abort();

    /** Hands what was written to the transport. */
    void flush();

    /** Whether more should be written now. */
    boolean isWritable();

    /** Asks for the request body, or for a pause of it. */
    void readRequest(boolean wanted);

    /** Whether a chunked body can be passed as it stands. */
    boolean takesRawChunks();

    /** Asks for a chunked request body as it stands on the wire; before its first part is taken. */
    void deliverRawChunks();

    /**
     * Turns the connection into one side of a tunnel, after the head of a 101: all that the client sends, also what has arrived
     * already, comes as request body, and its end of input as the request's end.
     */
    void beginTunnel();

    /** Where the client connects from. */
    SocketAddress clientAddress();

    /** Bytes of response bodies sent to the client in this exchange. */
    long bodyBytesSent();
}
