package io.proxyd.bench.faults;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/** One connection to the proxy with one request on its way at most. On the event loop of the load. */
final class LoadClient extends SimpleChannelInboundHandler<HttpObject> {
    private final LoadSchedule schedule;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable LoadRequest request;
    private int status;
    private boolean keepAlive;

    /** @param first what to send as soon as it is connected */
    LoadClient(LoadSchedule schedule, LoadRequest first) {
        this.schedule = schedule;
        this.request = first;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        ctx = context;
        if (request != null) {
            send(request);
        }
    }

    /** Sends a request; none may be on its way. */
    void send(LoadRequest next) {
        ChannelHandlerContext context = ctx;
        if (context == null) {
            throw new IllegalStateException("not connected");
        }
        request = next;
        context.writeAndFlush(next.bytes(), context.voidPromise());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
        if (part.decoderResult().isFailure()) {
            context.close();
            return;
        }
        if (part instanceof HttpResponse response) {
            status = response.status().code();
            keepAlive = HttpUtil.isKeepAlive(response);
        }
        if (part instanceof LastHttpContent) {
            answered(context);
        }
    }

    private void answered(ChannelHandlerContext context) {
        LoadRequest done = request;
        request = null;
        if (done != null) {
            schedule.ended(done, Integer.toString(status));
        }
        if (done == null || !keepAlive) {
            context.close();
            return;
        }
        schedule.free(this);
    }

    /** Connecting failed. */
    void refused() {
        fail("connect");
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail("closed");
        schedule.closed(this);
    }

    private void fail(String outcome) {
        LoadRequest failed = request;
        request = null;
        if (failed != null) {
            schedule.ended(failed, outcome);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close(); // counted when it is closed
    }
}
