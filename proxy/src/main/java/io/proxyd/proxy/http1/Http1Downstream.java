package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.http.Downstream;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.RequestEvents;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.Requests;
import io.proxyd.proxy.http.ResponseHead;
import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/1 connection of a client: reads one request after the other, pipelined ones too, and writes their responses in
 * order. Bytes of a further request wait, and reading stops, until the exchange before it has ended. All on its event loop.
 */
public final class Http1Downstream extends ChannelInboundHandlerAdapter implements Downstream {
    private static final Logger LOG = LoggerFactory.getLogger(Http1Downstream.class);

    private final LoopResources loop;
    private final Requests requests;
    private final Connections connections;
    private final RequestHeadParser parser;
    private final BodyReader body = new BodyReader();
    private final ResponseOutput output;
    private final DownstreamTimeouts timeouts;
    private final byte[] forwarded;
    private final SocketAddress clientAddress;
    private @Nullable ChannelHandlerContext ctx;

    /** The request that is being read or answered; null between two. */
    private @Nullable RequestHead head;

    private @Nullable RequestEvents exchange;
    private @Nullable ByteBuf waiting;

    /** What is being read within the current call. */
    private @Nullable ByteBuf consumed;

    private boolean requestEnded;
    private boolean tunnel;
    private boolean responseEnded;
    private boolean bodyPaused;
    private boolean closeAfter;
    private boolean inputEnded;

    /** No further request is served; what still comes is discarded. */
    private boolean ending;

    /** Keeps count of the open connections, to drain them. */
    public interface Connections {
        void opened(Http1Downstream connection);

        void closed(Http1Downstream connection);

        /** Whether responses should say that their connection ends, so that the client sends no further request on it. */
        boolean draining();

        /** Whether connections end even after a response that did not say so. */
        boolean closing();
    }

    /** @param clientAddress where the client connects from */
    public Http1Downstream(
            LoopResources loop,
            ListenerConfig listener,
            SocketAddress clientAddress,
            Requests requests,
            Connections connections) {
        this.loop = loop;
        this.requests = requests;
        this.connections = connections;
        this.clientAddress = clientAddress;
        this.parser = new RequestHeadParser(listener.limits());
        this.forwarded = ForwardedFields.lines(clientAddress);
        this.output = new ResponseOutput(loop);
        this.timeouts = new DownstreamTimeouts(loop, listener.timeouts(), this);
    }

    // Reading requests.

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
        output.context(context);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        connections.opened(this);
        timeouts.connected();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (waiting != null) {
            waiting = Waiting.join(context.alloc(), waiting, in);
            return;
        }
        consume(in);
    }

    /** Takes ownership of {@code in}. */
    private void consume(ByteBuf in) {
        consumed = in;
        try {
            while (in.isReadable() && waiting == null && !ending) {
                if (mustWait()) {
                    waiting = in.retain();
                    updateReading();
                } else if (exchange == null) {
                    readHead(in);
                } else {
                    readBody(in);
                }
            }
            if (ending) {
                timeouts.discarded();
            }
        } finally {
            consumed = null;
            in.release();
        }
    }

    /** A further request waits for the end of the one before, and for a client that leaves responses unread. */
    private boolean mustWait() {
        return exchange == null ? head == null && !isWritable() : requestEnded;
    }

    private boolean moreAtHand() {
        return waiting != null || (consumed != null && consumed.isReadable());
    }

    /** Goes on with what waited. */
    private void resume() {
        updateReading();
        ByteBuf next = waiting;
        if (consumed != null) {
            return; // the loop that reads it goes on by itself
        }
        if (next != null && head == null && isWritable()) {
            waiting = null;
            updateReading();
            consume(next);
            channelReadComplete(context());
        }
        closeIfNothingCanCome();
    }

    private void closeIfNothingCanCome() {
        if (inputEnded && exchange == null && waiting == null && !ending) {
            closeWhenWritten();
        }
    }

    private void readHead(ByteBuf in) {
        RequestHead request = head;
        if (request == null) {
            request = loop.requestHead();
            head = request;
            parser.reset();
        }
        try {
            if (!parser.parse(request, in)) {
                timeouts.headStarted();
                return;
            }
        } catch (Refusal e) {
            refuse(request, e.kind(), e.detail());
            return;
        }
        timeouts.headEnded();
        request.forwarded(forwarded);
        request.requestId(loop.random().nextLong(), loop.random().nextLong());
        body.begin(request);
        output.begin(request);
        requestEnded = body.ended();
        responseEnded = false;
        tunnel = false;
        bodyPaused = false;
        RequestEvents begun = requests.begin(this, request);
        if (head != request) {
            return; // answered and done within the call
        }
        exchange = begun;
        if (!requestEnded) {
            timeouts.bodyProgressed();
        }
    }

    private void readBody(ByteBuf in) {
        RequestEvents events = exchange;
        if (events == null) {
            return;
        }
        try {
            ByteBuf part = body.read(in);
            requestEnded = body.ended();
            if (!tunnel) {
                timeouts.bodyProgressed();
            }
            if (part != null) {
                events.onRequestBody(part);
            }
        } catch (Refusal e) {
            failRequest(e.kind(), e.detail());
            return;
        }
        if (requestEnded && exchange == events) {
            timeouts.bodyEnded();
            events.onRequestEnd();
            finishIfEnded();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        RequestEvents events = exchange;
        if (events != null) {
            events.onRequestReadComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        boolean writable = isWritable();
        timeouts.writabilityChanged(writable);
        RequestEvents events = exchange;
        if (events != null) {
            events.onDownstreamWritabilityChanged();
        } else if (writable) {
            resume();
        }
    }

    /** The client sent its FIN: it may still read the answers to what it has asked. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event != ChannelInputShutdownEvent.INSTANCE) {
            return;
        }
        inputEnded = true;
        RequestEvents events = exchange;
        if (ending) {
            closeWhenWritten();
        } else if (events != null && tunnel) {
            requestEnded = true;
            events.onRequestEnd();
        } else if (events != null && !requestEnded) {
            failRequest(FailureKind.CLIENT_CLOSED, "the client closed within a request body");
        } else {
            closeIfNothingCanCome();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        connections.closed(this);
        timeouts.closed();
        failRequest(FailureKind.CLIENT_CLOSED, "the client closed the connection");
        exchange = null;
        releaseHead();
        output.discard();
        releaseWaiting();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("bug on the connection of {}", clientAddress, cause);
            failRequest(FailureKind.INTERNAL, cause.toString());
        }
        close();
    }

    // What the timeouts say; called by DownstreamTimeouts.

    void onIdleTimeout() {
        close();
    }

    void onHeadTimeout() {
        RequestHead request = head;
        if (request != null && exchange == null && !ending) {
            refuse(request, FailureKind.REQUEST_HEAD_TIMEOUT, "the request head took too long");
        }
    }

    void onBodyTimeout() {
        failRequest(FailureKind.REQUEST_BODY_TIMEOUT, "no byte of the request body in time");
    }

    void onWriteTimeout() {
        resetWhenClosed();
        failRequest(FailureKind.RESPONSE_WRITE_TIMEOUT, "the client took no byte of the response in time");
        close();
    }

    void onLingerTimeout() {
        close();
    }

    /** Bytes that wait to be written; the timeouts watch it shrink. */
    long unwrittenBytes() {
        ChannelOutboundBuffer buffer = context().channel().unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    boolean bodyPaused() {
        return bodyPaused;
    }

    // Writing responses.

    @Override
    public void sendInterim(ResponseHead interim) {
        output.interim(interim);
    }

    @Override
    public void sendHead(ResponseHead response, boolean rawChunks) {
        output.head(response, rawChunks, endsConnection());
        closeAfter |= output.closes();
    }

    @Override
    public void sendFailure(FailureKind kind, String detail) {
        if (kind == FailureKind.CLIENT_CLOSED || kind == FailureKind.RESPONSE_WRITE_TIMEOUT) {
            close(); // nobody is left to read an answer
            return;
        }
        boolean close = endsConnection();
        closeAfter |= close;
        output.failure(kind, detail, close);
        sendEnd();
    }

    @Override
    public void sendBody(ByteBuf part) {
        output.body(part);
    }

    @Override
    public void sendEnd() {
        output.end();
        responseEnded = true;
        if (!requestEnded) {
            linger();
            return;
        }
        finishIfEnded();
    }

    @Override
    public void abort() {
        if (output.untilClose() || !context().channel().isActive()) {
            resetWhenClosed();
            close();
            return;
        }
        output.flush(); // what has come of the response arrives; its framing shows that the rest is missing
        linger();
    }

    /** A FIN could be taken for the proper end of a response. */
    private void resetWhenClosed() {
        if (context().channel().isOpen()) {
            context().channel().config().setOption(ChannelOption.SO_LINGER, 0);
        }
    }

    @Override
    public void flush() {
        output.flush();
    }

    @Override
    public boolean isWritable() {
        return context().channel().isWritable();
    }

    @Override
    public void readRequest(boolean wanted) {
        if (bodyPaused == wanted) {
            bodyPaused = !wanted;
            updateReading();
        }
    }

    @Override
    public boolean takesRawChunks() {
        return output.takesChunked();
    }

    @Override
    public void deliverRawChunks() {
        body.raw(true);
    }

    @Override
    public void beginTunnel() {
        output.flush();
        body.beginTunnel();
        tunnel = true;
        requestEnded = false;
        closeAfter = true;
        ByteBuf early = waiting;
        if (early != null) {
            waiting = null;
            updateReading();
            consume(early);
            channelReadComplete(context());
        }
        RequestEvents events = exchange;
        if (inputEnded && events != null) { // its FIN came before the 101
            requestEnded = true;
            events.onRequestEnd();
        }
    }

    @Override
    public SocketAddress clientAddress() {
        return clientAddress;
    }

    @Override
    public long bodyBytesSent() {
        return output.bodyBytes();
    }

    /** Ends the connection if no exchange is under way on it and none has begun to arrive. */
    public void closeIfIdle() {
        if (head == null && !ending) {
            closeWhenWritten();
        }
    }

    // The end of an exchange and of the connection.

    private boolean endsConnection() {
        RequestHead request = head;
        return closeAfter
                || !requestEnded
                || (inputEnded && !moreAtHand())
                || connections.draining()
                || request == null
                || !request.keepAlive();
    }

    private void refuse(RequestHead request, FailureKind kind, String detail) {
        timeouts.headEnded();
        requestEnded = false;
        closeAfter = true;
        output.begin(request);
        requests.refused(this, request, kind, detail);
        sendFailure(kind, detail);
    }

    private void failRequest(FailureKind kind, String detail) {
        RequestEvents events = exchange;
        exchange = null;
        if (events != null) {
            events.onRequestFailed(kind, detail);
        }
    }

    private void finishIfEnded() {
        RequestHead request = head;
        if (!requestEnded || !responseEnded || request == null) {
            return;
        }
        boolean askedToClose = !request.keepAlive();
        exchange = null;
        bodyPaused = false;
        releaseHead();
        timeouts.idle();
        if (!closeAfter && !connections.closing()) {
            resume();
        } else if (askedToClose && !moreAtHand()) {
            closeWhenWritten();
        } else {
            linger();
        }
    }

    /** For a client that has said all and knows that we close: it needs no lingering. */
    private void closeWhenWritten() {
        if (!ending) {
            end();
        }
        output.writeEmpty().addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * Closes our side, then reads on for a while and discards: closing at once with unread input would reset the connection and
     * could destroy the response on its way (RFC 9112 section 9.6).
     */
    private void linger() {
        if (ending) {
            return;
        }
        if (inputEnded) {
            closeWhenWritten();
            return;
        }
        end();
        output.shutdownWhenWritten().addListener(f -> timeouts.lingering());
    }

    private void end() {
        ending = true;
        exchange = null;
        releaseHead();
        releaseWaiting();
        bodyPaused = false;
        timeouts.idle(); // watches that what is unwritten leaves
        updateReading();
    }

    private void close() {
        ending = true; // the transport may deliver more before it has closed
        context().close();
    }

    private void releaseWaiting() {
        if (waiting != null) {
            waiting.release();
            waiting = null;
        }
    }

    private void releaseHead() {
        if (head != null) {
            loop.release(head);
            head = null;
        }
    }

    private void updateReading() {
        boolean wanted = waiting == null && !bodyPaused;
        if (context().channel().config().isAutoRead() != wanted) {
            context().channel().config().setAutoRead(wanted);
        }
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext context = ctx;
        if (context == null) {
            throw new IllegalStateException("the connection has no channel yet");
        }
        return context;
    }
}
