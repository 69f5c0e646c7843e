package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.ResponseEvents;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.http.ViaField;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.SplittableRandom;

/** One connection of the real thing to a backend, which answers one request, and what its client gets of that. */
final class ResponseRun implements ResponseEvents, Http1Upstream.Owner {
    /**
     * What came of it.
     *
     * @param sent what the client gets
     * @param complete whether that was a whole response
     * @param closes whether the client is told that its connection ends with it
     * @param kept whether the connection to the backend may be used again
     */
    record Outcome(String sent, boolean complete, boolean closes, boolean kept) {}

    private final EmbeddedChannel backend = new EmbeddedChannel();
    private final EmbeddedChannel client = new EmbeddedChannel();
    private final Http1Upstream upstream;
    private final MessageOutput out = new MessageOutput();
    private final ResponseOutput output;
    private boolean complete;
    private boolean kept;

    private ResponseRun() {
        backend.config().setAllocator(Runs.QUICK);
        client.config().setAllocator(Runs.QUICK);
        LoopResources loop =
                new LoopResources(0, backend.eventLoop(), InstantSource.fixed(Instant.EPOCH), new SplittableRandom(1));
        upstream = new Http1Upstream(loop, "backend", 1, this);
        backend.pipeline().addLast(upstream);
        output = new ResponseOutput(loop, out, ViaField.NONE);
        ChannelHandler end = new ChannelInboundHandlerAdapter();
        client.pipeline().addLast(end);
        out.context(client.pipeline().context(end));
    }

    /**
     * Lets a backend answer.
     *
     * @param request its head, as the client sends it
     * @param stream what the backend sends before it closes
     */
    static Outcome of(String request, String stream, int... cuts) {
        ResponseRun run = new ResponseRun();
        RequestHead head = new RequestHead();
        head.clear();
        RequestHeadParser parser = new RequestHeadParser(new ListenerConfig.Limits(8192, 32768, 128));
        if (!parser.parse(head, Unpooled.wrappedBuffer(Streams.bytes(request)))) {
            throw new IllegalArgumentException("not a whole request: " + request);
        }
        run.output.begin(head);
        run.upstream.send(head, run);
        run.upstream.sendEnd();
        run.receive(Streams.bytes(stream), cuts);
        return run.outcome();
    }

    private void receive(byte[] bytes, int... cuts) {
        int start = 0;
        for (int k = 0; k <= cuts.length && backend.isOpen(); k++) {
            int end = k < cuts.length ? cuts[k] : bytes.length;
            backend.writeInbound(Unpooled.copiedBuffer(bytes, start, end - start));
            start = end;
        }
    }

    private Outcome outcome() {
        boolean stillOpen = backend.isOpen();
        backend.finishAndReleaseAll();
        out.flush();
        StringBuilder sent = new StringBuilder();
        for (ByteBuf part = client.readOutbound(); part != null; part = client.readOutbound()) {
            sent.append(part.toString(StandardCharsets.ISO_8859_1));
            part.release();
        }
        client.finishAndReleaseAll();
        return new Outcome(sent.toString(), complete, output.closes(), kept && stillOpen);
    }

    @Override
    public void onInterim(ResponseHead head) {
        output.interim(head);
    }

    @Override
    public void onResponseHead(ResponseHead head) {
        boolean raw = head.framing() == Framing.CHUNKED && output.takesChunked();
        if (raw) {
            upstream.deliverRawChunks();
        }
        output.head(head, new byte[0], raw, false);
    }

    @Override
    public void onResponseBody(ByteBuf part) {
        output.body(part);
    }

    @Override
    public void onResponseEnd() {
        complete = true;
        output.end();
    }

    @Override
    public void onResponseReadComplete() {
        out.flush();
    }

    @Override
    public void onUpstreamWritabilityChanged() {}

    @Override
    public void onLate() {}

    @Override
    public void onResponseTimeout() {}

    @Override
    public void onResponseFailed(FailureKind kind, String detail) {}

    @Override
    public long idleTimeoutNanos() {
        return Long.MAX_VALUE / 4;
    }

    @Override
    public boolean keep(Http1Upstream connection) {
        kept = true;
        return true;
    }

    @Override
    public void lost(Http1Upstream connection) {}
}
