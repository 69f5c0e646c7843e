package io.proxyd.proxy.health;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.proxyd.config.HealthCheckConfig;
import io.proxyd.config.HealthCheckConfig.Http;
import io.proxyd.config.HealthCheckConfig.StatusRange;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Sends the GET of one check and judges its response: the head, and where the check names a text the beginning of the body.
 * What follows is not looked at.
 */
final class AnswerHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final String USER_AGENT = "proxyd-health-check";

    private final Http check;
    private final String host;
    private final Consumer<Outcome> listener;
    /** The verdict if the body holds what is expected; null until the head has come, and for a body that does not matter. */
    private @Nullable Outcome ifBodyFits;
    /** Byte by byte. */
    private final StringBuilder body = new StringBuilder();

    /**
     * @param host the Host field to send
     * @param listener may be called more than once; the first call counts
     */
    AnswerHandler(Http check, String host, Consumer<Outcome> listener) {
        super(HttpObject.class);
        this.check = check;
        this.host = host;
        this.listener = listener;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, check.path());
        request.headers()
                .set(HttpHeaderNames.HOST, host)
                .set(HttpHeaderNames.USER_AGENT, USER_AGENT)
                .set(HttpHeaderNames.ACCEPT, "*/*")
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        check.headers().forEach((name, value) -> request.headers().set(name, value));
        ctx.writeAndFlush(request).addListener(written -> {
            if (!written.isSuccess()) {
                listener.accept(Outcome.failed(written.cause()));
            }
        });
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
        if (message.decoderResult().isFailure()) {
            listener.accept(Outcome.notHttp(message.decoderResult().cause()));
            return;
        }
        if (message instanceof HttpResponse response
                && response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
            judge(response);
        }
        Outcome fits = ifBodyFits;
        if (fits != null && message instanceof HttpContent content) {
            judge(content.content(), content instanceof LastHttpContent, fits);
        }
    }

    private void judge(HttpResponse response) {
        int status = response.status().code();
        boolean drains = saysThatItDrains(response);
        boolean passes =
                status == check.draining().status() || check.statuses().stream().anyMatch(range -> range.holds(status));
        Outcome outcome = passes ? Outcome.passed("HTTP " + status) : Outcome.failed(unexpected(status));
        Outcome said = drains ? outcome.andDraining() : outcome;
        if (check.body() == null || !passes || drains) {
            listener.accept(said);
        } else {
            ifBodyFits = said;
        }
    }

    private boolean saysThatItDrains(HttpResponse response) {
        HealthCheckConfig.Draining draining = check.draining();
        if (response.status().code() == draining.status()) {
            return true;
        }
        String value = draining.header() == null ? null : response.headers().get(draining.header());
        return value != null && !value.isBlank() && !value.equalsIgnoreCase("false") && !value.equals("0");
    }

    private String unexpected(int status) {
        String expected = check.statuses().stream().map(StatusRange::toString).collect(Collectors.joining(", "));
        return "HTTP " + status + ", expected " + expected;
    }

    /** @param part borrowed */
    private void judge(ByteBuf part, boolean last, Outcome fits) {
        String wanted = check.body();
        if (wanted == null) {
            return;
        }
        int room = Http.BODY_BYTES - body.length();
        body.append(
                part.toString(part.readerIndex(), Math.min(room, part.readableBytes()), StandardCharsets.ISO_8859_1));
        if (body.indexOf(bytewise(wanted)) >= 0) {
            listener.accept(fits);
        } else if (last || body.length() == Http.BODY_BYTES) {
            listener.accept(Outcome.failed(fits.reason() + ", but its body does not hold " + Outcome.quoted(wanted)));
        }
    }

    /** One character for each byte of its UTF-8. */
    private static String bytewise(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        listener.accept(Outcome.closed());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        listener.accept(Outcome.failed(cause));
    }
}
