package io.proxyd.demo;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.timeout.IdleStateEvent;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Answers the requests of one connection one after the other: the next is read when the last is answered.
 *
 * <p>Runs on the event loop of its connection and leaves the pages, which may block, to another executor. Expects a
 * {@link io.netty.handler.flow.FlowControlHandler} before it, which holds back pipelined requests.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes the connection: nothing is left to do
final class GuestbookHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    /** RFC 9110, section 5.6.7. */
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final GuestbookPages pages;
    private final Executor pageThreads;
    private final Duration delay;
    private final BooleanSupplier stopping;
    private final Clock clock;
    private boolean answering;

    /**
     * @param pageThreads where pages are drawn; gets at most one task at a time from each connection
     * @param delay how long each delayed reply is held back
     * @param stopping whether connections are to be closed after their next response
     */
    GuestbookHandler(
            GuestbookPages pages, Executor pageThreads, Duration delay, BooleanSupplier stopping, Clock clock) {
        this.pages = pages;
        this.pageThreads = pageThreads;
        this.delay = delay;
        this.stopping = stopping;
        this.clock = clock;
    }

    /** The event that tells a connection to close now unless a request is being answered. */
    enum CloseIfIdle {
        EVENT
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        answering = true;
        ctx.channel().config().setAutoRead(false);
        if (request.decoderResult().isFailure()) {
            send(ctx, Reply.text(HttpResponseStatus.BAD_REQUEST, "This is not HTTP."));
            return;
        }
        request.retain();
        try {
            pageThreads.execute(() -> answer(ctx, request));
        } catch (RejectedExecutionException e) {
            request.release();
            send(ctx, Reply.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "Too many pages are waiting to be drawn."));
        }
    }

    private void answer(ChannelHandlerContext ctx, FullHttpRequest request) {
        try {
            Reply reply = pages.answer(request);
            long waitMillis = reply.delayed() ? delay.toMillis() : 0;
            ctx.executor().schedule(() -> send(ctx, reply), waitMillis, TimeUnit.MILLISECONDS);
        } finally {
            request.release();
        }
    }

    private void send(ChannelHandlerContext ctx, Reply reply) {
        FullHttpResponse response = reply.response();
        response.headers().set(HttpHeaderNames.DATE, HTTP_DATE.format(clock.instant()));
        if (stopping.getAsBoolean() || reply.status().equals(HttpResponseStatus.BAD_REQUEST)) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        ctx.writeAndFlush(response);
        answering = false;
        ctx.channel().config().setAutoRead(true);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof CloseIfIdle || event instanceof IdleStateEvent) {
            if (!answering) {
                ctx.close();
            }
            return;
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) { // which is a client that went away
            System.err.println(
                    "guestbook: closing the connection from " + ctx.channel().remoteAddress() + ": " + cause);
        }
        ctx.close();
    }
}
