package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.proxyd.config.Address;
import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.http.Downstream;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.HeadBuffer;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.RequestEvents;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.Requests;
import io.proxyd.proxy.http.ResponseHead;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One client connection of the real thing, in front of a backend that takes every request and answers each with 200. */
final class RequestRun implements Requests, Http1Downstream.Connections {
    static final String BACKEND = "backend:1";

    private static final Duration PATIENT = Duration.ofHours(1);
    private static final ListenerConfig LISTENER = new ListenerConfig(
            new Address("127.0.0.1", 80),
            new ListenerConfig.Connections(1, 0),
            new ListenerConfig.Forwarding(List.of(), ListenerConfig.Fields.X_FORWARDED, null),
            new ListenerConfig.Timeouts(PATIENT, PATIENT, PATIENT, PATIENT),
            new ListenerConfig.Limits(8192, 32768, 128));
    private static final byte[] OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final boolean answersLate;
    private final List<String> forwarded = new ArrayList<>();
    private @Nullable Taken open;

    /** @param answersLate whether a request is answered only after a read, so that others behind it have to wait */
    private RequestRun(boolean answersLate) {
        this.answersLate = answersLate;
        channel.config().setAllocator(Runs.QUICK);
        LoopResources loop =
                new LoopResources(0, channel.eventLoop(), InstantSource.fixed(Instant.EPOCH), new SplittableRandom(1));
        InetSocketAddress client = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        channel.pipeline().addLast(new Http1Downstream(loop, LISTENER, client, this, this));
        channel.pipeline().fireChannelActive();
    }

    /** The complete requests that a backend gets of this stream, as they stand on the wire. */
    static List<String> forwarded(String stream, boolean answersLate, int... cuts) {
        RequestRun run = new RequestRun(answersLate);
        byte[] bytes = Streams.bytes(stream);
        int start = 0;
        for (int k = 0; k <= cuts.length && run.channel.isOpen(); k++) {
            int end = k < cuts.length ? cuts[k] : bytes.length;
            run.channel.writeInbound(Unpooled.copiedBuffer(bytes, start, end - start));
            run.answerAll();
            start = end;
        }
        run.channel.finishAndReleaseAll();
        return run.forwarded;
    }

    private void answerAll() {
        for (Taken next = open; next != null && next.ended; next = open) {
            next.answer();
        }
    }

    @Override
    public RequestEvents begin(Downstream downstream, RequestHead head) {
        Taken taken = new Taken(downstream, head);
        open = taken;
        if (head.framing() == Framing.CHUNKED) {
            downstream.deliverRawChunks();
        }
        if (head.framing() == Framing.NONE) {
            taken.onRequestEnd();
        }
        return taken;
    }

    @Override
    public void refused(Downstream downstream, RequestHead head, FailureKind kind, String detail) {}

    @Override
    public void opened(Http1Downstream connection) {}

    @Override
    public void closed(Http1Downstream connection) {}

    @Override
    public boolean draining() {
        return false;
    }

    @Override
    public boolean closing() {
        return false;
    }

    /** A request on its way. */
    private final class Taken implements RequestEvents {
        private final Downstream downstream;
        private final StringBuilder wire = new StringBuilder();
        private boolean ended;

        Taken(Downstream downstream, RequestHead head) {
            this.downstream = downstream;
            HeadBuffer out = new HeadBuffer();
            RequestHeadWriter.write(head, BACKEND.getBytes(StandardCharsets.US_ASCII), out);
            onRequestBody(out.toBuffer(channel.alloc(), 0));
        }

        @Override
        public void onRequestBody(ByteBuf part) {
            wire.append(part.toString(StandardCharsets.ISO_8859_1));
            part.release();
        }

        @Override
        public void onRequestEnd() {
            ended = true;
            forwarded.add(wire.toString());
            if (!answersLate) {
                answer();
            }
        }

        void answer() {
            open = null;
            ResponseHead response = new ResponseHead();
            response.clear();
            new ResponseHeadParser().parse(response, Unpooled.wrappedBuffer(OK), Method.GET);
            downstream.sendHead(response, new byte[0], false);
            downstream.sendEnd();
        }

        @Override
        public void onRequestReadComplete() {}

        @Override
        public void onDownstreamWritabilityChanged() {}

        @Override
        public void onRequestFailed(FailureKind kind, String detail) {
            open = null;
            downstream.sendFailure(kind, detail);
        }
    }
}
