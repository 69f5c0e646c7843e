package io.proxyd.proxy.health;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.proxyd.config.HealthCheckConfig;
import java.util.function.Consumer;

/** Sends the GET of one check and judges the head of its response; what follows the head is not looked at. */
final class StatusHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final String USER_AGENT = "proxyd-health-check";

    private final HealthCheckConfig.Http check;
    private final String host;
    private final Consumer<Outcome> listener;

    /**
     * @param host the Host field to send
     * @param listener may be called more than once; the first call counts
     */
    StatusHandler(HealthCheckConfig.Http check, String host, Consumer<Outcome> listener) {
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
        } else if (message instanceof HttpResponse response
                && response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
            listener.accept(judge(response.status().code()));
        }
    }

    private Outcome judge(int status) {
        if (status >= check.statusMin() && status <= check.statusMax()) {
            return Outcome.passed("HTTP " + status);
        }
        String expected = check.statusMin() == check.statusMax()
                ? String.valueOf(check.statusMin())
                : check.statusMin() + " to " + check.statusMax();
        return Outcome.failed("HTTP " + status + ", expected " + expected);
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
