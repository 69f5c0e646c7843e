package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.proxyd.config.Address;
import io.proxyd.proxy.http.Deadline;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.HeadBuffer;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.ResponseEvents;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.http.Upstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One HTTP/1.1 connection to a backend, serving one request after the other. All on its event loop. */
public final class Http1Upstream extends ChannelInboundHandlerAdapter implements Upstream {
    private static final Logger LOG = LoggerFactory.getLogger(Http1Upstream.class);
    /** A backend that sends more of them before its response has run wild. */
    private static final int MAX_INTERIMS = 100;

    /** Where the connection goes when it is idle. */
    public interface Owner {
        /** How long it may lie idle. */
        long idleTimeoutNanos();

        /** Takes the idle connection, or not: then it is closed. */
        boolean keep(Http1Upstream connection);

        /** A connection that may lie idle is closing. */
        void lost(Http1Upstream connection);
    }

    private final LoopResources loop;
    private final byte[] authority;
    private final Owner owner;
    private final ResponseHeadParser parser = new ResponseHeadParser();
    private final BodyReader body = new BodyReader();
    private final Deadline deadline = new Deadline(this::onDeadline);
    private final Deadline late = new Deadline(this::onLate);
    private final MessageOutput output = new MessageOutput();

    private @Nullable ResponseEvents listener;
    private Method method = Method.OTHER;
    private boolean requestSent;
    private @Nullable ResponseHead head;
    private boolean inBody;
    private int interims;
    private boolean webSocket;
    private boolean tunnel;
    private boolean keepAlive;

    /** What the kernel said when writing or reading failed; null while nothing did. */
    private @Nullable String fault;

    private boolean used;
    private boolean reused;
    private long idleLimitNanos = Long.MAX_VALUE;

    public Http1Upstream(LoopResources loop, String host, int port, Owner owner) {
        this.loop = loop;
        this.authority = new Address(host, port).toString().getBytes(StandardCharsets.US_ASCII);
        this.owner = owner;
    }

    // The request.

    @Override
    public void send(RequestHead request, ResponseEvents events) {
        listener = events;
        reused = used;
        used = true;
        method = request.method();
        webSocket = request.webSocket();
        requestSent = false;
        inBody = false;
        interims = 0;
        parser.reset();
        HeadBuffer out = loop.headBuffer();
        RequestHeadWriter.write(request, authority, out);
        output.head(out, request.contentLength());
    }

    @Override
    public void sendBody(ByteBuf part) {
        output.body(part);
    }

    @Override
    public void sendEnd() {
        requestSent = true;
        flush();
        if (tunnel) {
            output.shutDownWhenWritten();
        }
    }

    @Override
    public void flush() {
        output.flush();
    }

    @Override
    public void cancel() {
        listener = null;
        close();
    }

    @Override
    public void release() {
        keep();
    }

    /** The close may take a while; until then nobody else is to get the connection. */
    private void closeIdle() {
        owner.lost(this);
        close();
    }

    /** Closes the connection, whatever it does. */
    public void close() {
        output.context().close();
    }

    @Override
    public boolean isWritable() {
        return output.isWritable();
    }

    @Override
    public void readResponse(boolean wanted) {
        output.context().channel().config().setAutoRead(wanted);
    }

    @Override
    public void timeoutAfter(long nanos) {
        if (nanos == 0) {
            deadline.disarm();
        } else {
            loop.wheel().arm(deadline, System.nanoTime(), nanos);
        }
    }

    @Override
    public void lateAfter(long nanos) {
        if (nanos == 0) {
            late.disarm();
        } else {
            loop.fineWheel().arm(late, System.nanoTime(), nanos);
        }
    }

    @Override
    public boolean passesRawChunks() {
        return true;
    }

    @Override
    public void deliverRawChunks() {
        body.raw(true);
    }

    @Override
    public boolean reused() {
        return reused;
    }

    // The response.

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        output.context(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            read(in);
        } catch (Refusal e) {
            fail(FailureKind.BAD_RESPONSE, e.detail());
        } finally {
            in.release();
        }
    }

    private void read(ByteBuf in) {
        while (in.isReadable()) {
            ResponseEvents events = listener;
            if (events == null) {
                closeIdle(); // bytes that no request asked for: nobody can say what they answer
                return;
            }
            if (inBody) {
                readBody(in, events);
            } else {
                readHead(in, events);
            }
        }
    }

    private void readHead(ByteBuf in, ResponseEvents events) {
        ResponseHead response = head;
        if (response == null) {
            response = loop.responseHead();
            head = response;
        }
        if (!parser.parse(response, in, method)) {
            return;
        }
        if (response.switchesProtocols() && !webSocket) {
            throw new Refusal(FailureKind.BAD_RESPONSE, "101 to a request without Upgrade");
        }
        if (response.switchesProtocols() && !UpgradeField.namesWebSocket(response)) {
            throw new Refusal(FailureKind.BAD_RESPONSE, "101 without Upgrade: websocket");
        }
        tunnel = response.switchesProtocols();
        parser.reset();
        if (response.interim()) {
            if (++interims > MAX_INTERIMS) {
                throw new Refusal(FailureKind.BAD_RESPONSE, "more than " + MAX_INTERIMS + " interim responses");
            }
            events.onInterim(response);
            response.clear();
            return;
        }
        keepAlive = response.keepAlive();
        if (response.has(Field.KEEP_ALIVE)) {
            idleLimitNanos = KeepAliveField.idleLimitNanos(response);
        }
        inBody = true;
        body.begin(response);
        events.onResponseHead(response);
        loop.release(response);
        head = null;
        endIfComplete(in, events);
    }

    private void readBody(ByteBuf in, ResponseEvents events) {
        ByteBuf part = body.read(in);
        if (part != null) {
            events.onResponseBody(part);
        }
        endIfComplete(in, events);
    }

    /** The listener may have cancelled within a call; then it is no longer ours to tell. */
    private void endIfComplete(ByteBuf in, ResponseEvents events) {
        if (!body.ended() || listener != events) {
            return;
        }
        listener = null;
        deadline.disarm();
        late.disarm();
        // A backend may answer before it has taken the whole request; then the rest must not meet the next one.
        boolean taken = requestSent && output.unwrittenBytes() == 0;
        if (keepAlive && taken && !in.isReadable()) {
            keep();
        } else {
            close();
        }
        events.onResponseEnd();
    }

    private void keep() {
        if (!output.context().channel().config().isAutoRead()) {
            readResponse(true);
        }
        long nanos = Math.min(owner.idleTimeoutNanos(), idleLimitNanos);
        if (nanos <= 0 || !owner.keep(this)) {
            close();
            return;
        }
        timeoutAfter(nanos);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        ResponseEvents events = listener;
        if (events != null) {
            events.onResponseReadComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        ResponseEvents events = listener;
        if (events != null) {
            events.onUpstreamWritabilityChanged();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        loop.wheel().forget(deadline);
        loop.fineWheel().forget(late);
        releaseHeads();
        if (listener == null) {
            owner.lost(this);
            return;
        }
        ResponseEvents events = listener;
        if (inBody && body.framing() == Framing.UNTIL_CLOSE && fault == null) {
            listener = null;
            events.onResponseEnd();
        } else {
            failClosed(fault == null ? "the backend closed the connection" : fault);
        }
    }

    /**
     * Remembers a fault of reading or writing; the channel is closed by it, or at the end of what can still be read: a backend
     * that refuses a long body answers, closes and so makes the next write fail. The listener hears of it then, and never within
     * its own calls.
     */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            fault = String.valueOf(cause.getMessage());
        } else {
            LOG.error("bug on the connection to a backend", cause);
            fail(FailureKind.INTERNAL, cause.toString());
        }
    }

    private void onDeadline() {
        ResponseEvents events = listener;
        if (events == null) {
            closeIdle();
        } else {
            events.onResponseTimeout();
        }
    }

    private void onLate() {
        ResponseEvents events = listener;
        if (events != null) {
            events.onLate();
        }
    }

    private void failClosed(String detail) {
        if (inBody) {
            fail(FailureKind.RESPONSE_TRUNCATED, detail + " within a response body");
        } else {
            fail(FailureKind.BACKEND_CLOSED, detail + " before the end of a response head");
        }
    }

    private void fail(FailureKind kind, String detail) {
        ResponseEvents events = listener;
        listener = null;
        releaseHeads();
        close();
        if (events != null) {
            events.onResponseFailed(kind, detail);
        }
    }

    private void releaseHeads() {
        if (head != null) {
            loop.release(head);
            head = null;
        }
        output.discard();
    }
}
