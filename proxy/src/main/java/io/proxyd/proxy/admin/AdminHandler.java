package io.proxyd.proxy.admin;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the head of a connection's first request, ignores what follows and closes. One for each connection, on the admin loop. */
final class AdminHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);

    private final Pages pages;
    private boolean answered;

    AdminHandler(Pages pages) {
        this.pages = pages;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
        if (!answered && message instanceof HttpRequest request) {
            answered = true;
            send(ctx, answer(ctx, request));
        }
    }

    private Answer answer(ChannelHandlerContext ctx, HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return pages.error(
                    HttpResponseStatus.BAD_REQUEST,
                    "this is not an HTTP request that is understood: "
                            + request.decoderResult().cause().getMessage(),
                    ctx.alloc());
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            return pages.error(
                    HttpResponseStatus.METHOD_NOT_ALLOWED,
                    request.method() + " is not understood here, only GET and HEAD are",
                    ctx.alloc());
        }
        try {
            QueryStringDecoder uri = new QueryStringDecoder(request.uri());
            String accept = request.headers().get(HttpHeaderNames.ACCEPT);
            return pages.answer(uri.path(), new Page.Query(uri.parameters(), accept, ctx.alloc()));
        } catch (IllegalArgumentException e) {
            return pages.error(HttpResponseStatus.BAD_REQUEST, request.uri() + ": " + e.getMessage(), ctx.alloc());
        } catch (RuntimeException e) {
            LOG.error("admin: {} failed", request.uri(), e);
            return pages.error(
                    HttpResponseStatus.INTERNAL_SERVER_ERROR, "a bug in proxyd; its log says more", ctx.alloc());
        }
    }

    /** Takes ownership of the answer's body. */
    private static void send(ChannelHandlerContext ctx, Answer answer) {
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(), answer.body());
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                .set(HttpHeaderNames.CONTENT_LENGTH, answer.body().readableBytes())
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set("x-content-type-options", "nosniff")
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (answer.status().equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
        }
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("admin: a connection broke: {}", cause.toString());
        ctx.close();
    }
}
