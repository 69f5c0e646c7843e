package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.http.Downstream;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Forwarding;
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
    private final MessageOutput output = new MessageOutput();
    private final ResponseOutput response;
    private final HeldInput input = new HeldInput(output);
    private final DownstreamTimeouts timeouts;
    private final ConnectionEnd end;
    private final Forwarding forwarding;
    private final SocketAddress clientAddress;

    /** The request that is being read or answered; null between two. */
    private @Nullable RequestHead head;

    private @Nullable RequestEvents exchange;
    private boolean requestEnded;
    private boolean responseEnded;
    private boolean tunnel;

    /** The connection does not outlive this exchange. */
    private boolean closeAfter;

    /** The client has sent its FIN. */
    private boolean inputEnded;

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
        this.forwarding = new Forwarding(listener.forwarding(), clientAddress);
        this.response = new ResponseOutput(loop, output, forwarding.via());
        this.timeouts = new DownstreamTimeouts(loop, listener.timeouts(), this);
        this.end = new ConnectionEnd(output, timeouts, this::dropAll);
    }

    // Reading requests.

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
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
        if (!input.join(in)) {
            consume(in);
        }
    }

    /** Takes ownership of {@code in}. */
    private void consume(ByteBuf in) {
        input.consuming(in);
        try {
            while (in.isReadable() && !input.isHeld() && !end.begun()) {
                if (mustWait()) {
                    input.hold(in);
                } else if (exchange == null) {
                    readHead(in);
                } else {
                    readBody(in);
                }
            }
            if (end.begun()) {
                timeouts.discarded();
            }
        } finally {
            input.consumed();
            in.release();
        }
    }

    /** A further request waits for the end of the one before, and for a client that leaves responses unread. */
    private boolean mustWait() {
        return exchange == null ? head == null && !isWritable() : requestEnded;
    }

    /** Goes on with the next request, unless a loop is under way that does so by itself. */
    private void resume() {
        if (input.isConsuming()) {
            return;
        }
        if (head == null && isWritable()) {
            consumeHeld();
        }
        closeIfNothingCanCome();
    }

    private void consumeHeld() {
        ByteBuf held = input.take();
        if (held != null) {
            consume(held);
            onReadComplete();
        }
    }

    private void closeIfNothingCanCome() {
        if (inputEnded && exchange == null && !input.isHeld() && !end.begun()) {
            end.closeWhenWritten();
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
        request.forwarding(forwarding);
        request.requestId(loop.random().nextLong(), loop.random().nextLong());
        body.begin(request);
        response.begin(request);
        requestEnded = body.ended();
        responseEnded = false;
        tunnel = false;
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
        onReadComplete();
    }

    private void onReadComplete() {
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
        if (end.begun()) {
            end.closeWhenWritten();
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
        input.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("bug on the connection of {}", clientAddress, cause);
            failRequest(FailureKind.INTERNAL, cause.toString());
        }
        end.close();
    }

    // What the timeouts say; called by DownstreamTimeouts.

    void onIdleTimeout() {
        end.close();
    }

    void onHeadTimeout() {
        RequestHead request = head;
        if (request != null && exchange == null && !end.begun()) {
            refuse(request, FailureKind.REQUEST_HEAD_TIMEOUT, "the request head took too long");
        }
    }

    void onBodyTimeout() {
        failRequest(FailureKind.REQUEST_BODY_TIMEOUT, "no byte of the request body in time");
    }

    void onWriteTimeout() {
        failRequest(FailureKind.RESPONSE_WRITE_TIMEOUT, "the client took no byte of the response in time");
        end.reset();
    }

    void onLingerTimeout() {
        end.close();
    }

    /** Bytes that wait to be written; the timeouts watch it shrink. */
    long unwrittenBytes() {
        return output.unwrittenBytes();
    }

    boolean bodyPaused() {
        return input.isPaused();
    }

    // Writing responses.

    @Override
    public void sendInterim(ResponseHead interim) {
        response.interim(interim);
    }

    @Override
    public void sendHead(ResponseHead from, byte[] added, boolean rawChunks) {
        response.head(from, added, rawChunks, endsConnection());
        closeAfter |= response.closes();
    }

    @Override
    public void sendFailure(FailureKind kind, String detail) {
        if (kind == FailureKind.CLIENT_CLOSED) {
            end.close(); // nobody is left to read an answer
            return;
        }
        if (kind == FailureKind.RESPONSE_WRITE_TIMEOUT) {
            end.reset();
            return;
        }
        boolean close = endsConnection();
        closeAfter |= close;
        response.failure(kind, detail, close);
        sendEnd();
    }

    @Override
    public void sendPage(byte[] page) {
        boolean close = endsConnection();
        closeAfter |= close;
        response.page(page, close);
        sendEnd();
    }

    @Override
    public void endConnection() {
        closeAfter = true;
    }

    @Override
    public void sendBody(ByteBuf part) {
        response.body(part);
    }

    @Override
    public void sendEnd() {
        response.end();
        responseEnded = true;
        if (requestEnded) {
            finishIfEnded();
        } else {
            endConnection(false);
        }
    }

    @Override
    public boolean retract() {
        return response.retract();
    }

    @Override
    public void abort() {
        if (response.untilClose() || !output.context().channel().isActive()) {
            end.reset();
            return;
        }
        output.flush(); // what has come of the response arrives; its framing shows that the rest is missing
        endConnection(false);
    }

    @Override
    public void flush() {
        output.flush();
    }

    @Override
    public boolean isWritable() {
        return output.isWritable();
    }

    @Override
    public void readRequest(boolean wanted) {
        input.pause(!wanted);
    }

    @Override
    public boolean takesRawChunks() {
        return response.takesChunked();
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
        consumeHeld(); // what the client sent without waiting for the 101
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
        return response.bodyBytes();
    }

    /** Whether no exchange is under way and none has begun to arrive. */
    public boolean isIdle() {
        return head == null && !end.begun();
    }

    /** Ends the connection if it is idle. */
    public void closeIfIdle() {
        if (isIdle()) {
            end.closeWhenWritten();
        }
    }

    // The end of an exchange and of the connection.

    private boolean endsConnection() {
        RequestHead request = head;
        return closeAfter
                || !requestEnded
                || (inputEnded && !input.moreAtHand())
                || connections.draining()
                || request == null
                || !request.keepAlive();
    }

    private void refuse(RequestHead request, FailureKind kind, String detail) {
        timeouts.headEnded();
        requestEnded = false;
        closeAfter = true;
        response.begin(request);
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
        releaseHead();
        input.pause(false);
        timeouts.idle();
        if (closeAfter || connections.closing()) {
            endConnection(askedToClose && !input.moreAtHand());
        } else {
            resume();
        }
    }

    /** @param saidAll the client sends nothing more and knows that we close */
    private void endConnection(boolean saidAll) {
        if (saidAll || inputEnded) {
            end.closeWhenWritten();
        } else {
            end.linger();
        }
    }

    /** What still comes is discarded. */
    private void dropAll() {
        exchange = null;
        releaseHead();
        input.discard();
    }

    private void releaseHead() {
        if (head != null) {
            loop.release(head);
            head = null;
        }
    }
}
