package io.proxyd.proxy.admin;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers a connection's first request, ignores what follows and closes. One for each connection, on the admin loop. */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);
    private static final String A_BUG = "a bug in proxyd; its log says more";

    private final Pages pages;
    private boolean answered;

    AdminHandler(Pages pages) {
        this.pages = pages;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (answered) {
            return;
        }
        answered = true;
        if (request.decoderResult().isFailure()) {
            String fault = request.decoderResult().cause().getMessage();
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, "this is not an HTTP request that is understood: " + fault);
            return;
        }
        try {
            answer(ctx, request);
        } catch (Action.BadOrder e) {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, request.uri() + ": " + e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("admin: {} failed", request.uri(), e);
            refuse(ctx, HttpResponseStatus.INTERNAL_SERVER_ERROR, A_BUG);
        }
    }

    private void answer(ChannelHandlerContext ctx, FullHttpRequest request) {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        Action action = pages.action(uri.path());
        if (request.method().equals(HttpMethod.POST) && action != null) {
            act(ctx, action, request);
        } else if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
            String accept = request.headers().get(HttpHeaderNames.ACCEPT);
            send(ctx, pages.answer(uri.path(), new Page.Query(uri.parameters(), accept, ctx.alloc())));
        } else {
            refuse(
                    ctx,
                    HttpResponseStatus.METHOD_NOT_ALLOWED,
                    request.method() + " is not understood here, only " + allowed(action) + " are");
        }
    }

    /**
     * A page in a browser can send a POST here without asking, but not with this type, nor without telling its origin: so
     * neither a foreign page nor a rebound name operates proxyd.
     */
    private void act(ChannelHandlerContext ctx, Action action, FullHttpRequest request) {
        String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        if (!type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
            refuse(
                    ctx,
                    HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
                    "content-type is \"" + type + "\", expected application/json");
            return;
        }
        if (request.headers().contains(HttpHeaderNames.ORIGIN)) {
            refuse(ctx, HttpResponseStatus.FORBIDDEN, "orders of pages in a browser are not taken");
            return;
        }
        String body = request.content().toString(StandardCharsets.UTF_8);
        CompletionStage<Answer> ignored = action.act(new Action.Order(body, ctx.alloc()))
                .whenComplete((answer, failure) -> ctx.executor().execute(() -> {
                    if (failure == null) {
                        send(ctx, answer);
                    } else {
                        LOG.warn("admin: {} was not done", request.uri(), failure);
                        refuse(ctx, HttpResponseStatus.SERVICE_UNAVAILABLE, reason(failure));
                    }
                }));
    }

    private static String allowed(@Nullable Action action) {
        return action == null ? "GET and HEAD" : "GET, HEAD and POST";
    }

    private static String reason(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String message) {
        send(ctx, pages.error(status, message, ctx.alloc()));
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
