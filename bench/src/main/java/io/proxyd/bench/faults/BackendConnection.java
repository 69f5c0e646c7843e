package io.proxyd.bench.faults;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Answers the requests of one connection, rightly or as the present fault wants it. On the backend's one event loop. */
final class BackendConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final String HEALTH_PATH = "/healthz";
    private static final long SERVICE_MILLIS = 2;
    private static final long SLOW_SERVICE_MILLIS = 10 * SERVICE_MILLIS;
    /** So that what was sent before a reset has arrived. */
    private static final long BEFORE_RESET_MILLIS = 2;

    private static final double REFUSED_SHARE = 0.3;
    private static final String BODY = "x".repeat(400);

    private final FaultBackend backend;
    private final Executions executions;
    private final Random random;
    private boolean busy;
    private boolean leaving;

    BackendConnection(FaultBackend backend, Executions executions, Random random) {
        this.backend = backend;
        this.executions = executions;
        this.random = random;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        backend.opened(context.channel(), this);
        if (backend.fault() == BackendFault.RESET_AT_ACCEPT) {
            reset(context);
        }
    }

    /** Closes the connection, behind the answer if a request is in progress. */
    void leave(Channel channel) {
        leaving = true;
        if (!busy) {
            channel.close();
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        busy = true;
        BackendFault fault = backend.fault();
        boolean health = request.uri().equals(HEALTH_PATH);
        String id = request.method().equals(HttpMethod.POST) ? request.headers().get("X-Load-Id") : null;
        long millis = fault == BackendFault.SLOW ? SLOW_SERVICE_MILLIS : health ? 0 : SERVICE_MILLIS;
        context.executor()
                .schedule(
                        health ? () -> answer(context, "200 OK", "ok\n") : () -> serve(context, fault, id),
                        millis,
                        TimeUnit.MILLISECONDS);
    }

    /** @param id of a request that is to be executed once */
    private void serve(ChannelHandlerContext context, BackendFault fault, @Nullable String id) {
        if (fault == BackendFault.SOME_503 && random.nextDouble() < REFUSED_SHARE) {
            answer(context, "503 Service Unavailable", "refused\n");
            return;
        }
        if (id != null) {
            executions.executed(id);
        }
        answer(context, fault);
    }

    private void answer(ChannelHandlerContext context, BackendFault fault) {
        switch (fault) {
            case RESET_AFTER_REQUEST -> reset(context);
            case RESET_IN_HEAD -> resetAfter(context, "HTTP/1.1 200 OK\r\nContent-Le");
            case RESET_IN_BODY -> resetAfter(context, half());
            case STALL_IN_BODY -> write(context, half());
            case NO_ANSWER -> {}
            case NONE, SOME_503, SLOW, RESET_AT_ACCEPT -> answer(context, "200 OK", BODY);
        }
    }

    private static String half() {
        String whole = response("200 OK", BODY, false);
        return whole.substring(0, whole.length() - BODY.length() / 2);
    }

    private void answer(ChannelHandlerContext context, String status, String body) {
        boolean last = leaving || backend.ending();
        ChannelFuture written = write(context, response(status, body, last));
        busy = false;
        if (last) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    private static String response(String status, String body, boolean last) {
        return "HTTP/1.1 " + status + "\r\nContent-Type: text/plain\r\nContent-Length: " + body.length() + "\r\n"
                + (last ? "Connection: close\r\n" : "") + "\r\n" + body;
    }

    private static ChannelFuture write(ChannelHandlerContext context, String text) {
        return context.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    private static void resetAfter(ChannelHandlerContext context, String part) {
        write(context, part);
        context.executor().schedule(() -> reset(context), BEFORE_RESET_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static void reset(ChannelHandlerContext context) {
        context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
        context.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close(); // the proxy went away or reset the connection, which is its right
    }
}
