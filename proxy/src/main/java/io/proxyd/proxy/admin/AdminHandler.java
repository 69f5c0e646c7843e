package io.proxyd.proxy.admin;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a connection's first request, ignores what follows and closes. A GET is answered once its head is there, an order
 * once its body is. One for each connection, on the admin loop.
 */
final class AdminHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);
    private static final int MAX_BODY_BYTES = 65_536;
    private static final String A_BUG = "a bug in proxyd; its log says more";

    private final Pages pages;
    private boolean answered;
    private @Nullable Action action;
    private String uri = "";
    private String allowed = "";
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    AdminHandler(Pages pages) {
        this.pages = pages;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
        if (answered) {
            return;
        }
        try {
            if (message instanceof HttpRequest request) {
                head(ctx, request);
            }
            if (message instanceof HttpContent content && action != null) {
                body(ctx, action, content);
            }
        } catch (Action.BadOrder e) {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, uri + ": " + e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("admin: {} failed", uri, e);
            refuse(ctx, HttpResponseStatus.INTERNAL_SERVER_ERROR, A_BUG);
        }
    }

    private void head(ChannelHandlerContext ctx, HttpRequest request) {
        uri = request.uri();
        if (request.decoderResult().isFailure()) {
            String fault = request.decoderResult().cause().getMessage();
            refuse(ctx, HttpResponseStatus.BAD_REQUEST, "this is not an HTTP request that is understood: " + fault);
            return;
        }
        QueryStringDecoder target = new QueryStringDecoder(uri);
        Action wanted = pages.action(target.path());
        if (request.method().equals(HttpMethod.POST) && wanted != null) {
            order(ctx, wanted, request);
        } else if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
            String accept = request.headers().get(HttpHeaderNames.ACCEPT);
            get(ctx, target.path(), new Page.Query(target.parameters(), accept, ctx.alloc()));
        } else {
            allowed = wanted == null ? "GET, HEAD" : "GET, HEAD, POST";
            refuse(
                    ctx,
                    HttpResponseStatus.METHOD_NOT_ALLOWED,
                    request.method() + " is not understood here, expected one of " + allowed);
        }
    }

    private void get(ChannelHandlerContext ctx, String path, Page.Query query) {
        Lookup lookup = pages.lookup(path);
        if (lookup == null) {
            send(ctx, pages.answer(path, query));
        } else {
            answered = true;
            later(ctx, lookup.answer(query, ctx.executor()));
        }
    }

    /**
     * A page in a browser can send a POST here without asking, but not with this type, nor without telling its origin: so
     * neither a foreign page nor a rebound name operates proxyd.
     */
    private void order(ChannelHandlerContext ctx, Action wanted, HttpRequest request) {
        String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        if (!type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
            refuse(
                    ctx,
                    HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
                    "content-type is \"" + type + "\", expected application/json");
        } else if (request.headers().contains(HttpHeaderNames.ORIGIN)) {
            refuse(ctx, HttpResponseStatus.FORBIDDEN, "orders of pages in a browser are not taken");
        } else {
            action = wanted;
        }
    }

    private void body(ChannelHandlerContext ctx, Action wanted, HttpContent content) {
        byte[] part = ByteBufUtil.getBytes(content.content());
        if (body.size() + part.length > MAX_BODY_BYTES) {
            refuse(
                    ctx,
                    HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                    "the body is longer than " + MAX_BODY_BYTES + " bytes");
            return;
        }
        body.writeBytes(part);
        if (content instanceof LastHttpContent) {
            answered = true;
            act(ctx, wanted, body.toString(StandardCharsets.UTF_8));
        }
    }

    private void act(ChannelHandlerContext ctx, Action wanted, String order) {
        later(ctx, wanted.act(new Action.Order(order, ctx.alloc())));
    }

    private void later(ChannelHandlerContext ctx, CompletionStage<Answer> coming) {
        CompletionStage<Answer> ignored = coming.whenComplete((answer, failure) -> {
            try {
                ctx.executor().execute(() -> acted(ctx, answer, failure));
            } catch (RejectedExecutionException stopping) {
                ReferenceCountUtil.release(answer == null ? null : answer.body());
            }
        });
    }

    /** Exactly one of answer and failure is there. */
    private void acted(ChannelHandlerContext ctx, @Nullable Answer answer, @Nullable Throwable failure) {
        if (answer != null) {
            send(ctx, answer);
        } else if (failure != null) {
            LOG.warn("admin: {} was not done: {}", uri, reason(failure));
            refuse(ctx, HttpResponseStatus.SERVICE_UNAVAILABLE, reason(failure));
        }
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
    private void send(ChannelHandlerContext ctx, Answer answer) {
        answered = true;
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(), answer.body());
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                .set(HttpHeaderNames.CONTENT_LENGTH, answer.body().readableBytes())
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
                .set("x-content-type-options", "nosniff")
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (answer.status().equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, allowed);
        }
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("admin: a connection broke: {}", cause.toString());
        ctx.close();
    }
}
