package io.proxyd.proxy.health;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.util.concurrent.Future;
import io.proxyd.config.HealthCheckConfig;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One check under way: a connection of its own, which is closed when the check ends. It tells exactly one outcome within its
 * timeout, or none once cancelled. On its event loop.
 */
final class Probe {
    private static final int MAX_STATUS_LINE_BYTES = 4 * 1024;
    private static final int MAX_HEAD_BYTES = 16 * 1024;

    private final EventLoop loop;
    private final Duration timeout;
    private final Consumer<Outcome> listener;
    private @Nullable Channel channel;
    private @Nullable Future<?> timer;
    private boolean ended;

    Probe(EventLoop loop, Duration timeout, Consumer<Outcome> listener) {
        this.loop = loop;
        this.timeout = timeout;
        this.listener = listener;
    }

    /**
     * Connects; called once.
     *
     * @param host the Host field of an HTTP check that names none
     */
    void start(Bootstrap bootstrap, InetSocketAddress address, HealthCheckConfig check, String host) {
        timer = loop.schedule(this::timedOut, timeout.toNanos(), TimeUnit.NANOSECONDS);
        ChannelFuture connect = bootstrap.clone().handler(handler(check, host)).connect(address);
        channel = connect.channel();
        connect.addListener(done -> {
            if (!done.isSuccess()) {
                end(Outcome.failed(done.cause()));
            } else if (!(check instanceof HealthCheckConfig.Http)) {
                end(Outcome.passed("connected"));
            }
        });
    }

    /** Gives up without an outcome. */
    void cancel() {
        ended = true;
        if (timer != null) {
            timer.cancel(false);
        }
        if (channel != null) {
            channel.close();
        }
    }

    private ChannelHandler handler(HealthCheckConfig check, String host) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel ch) {
                if (check instanceof HealthCheckConfig.Http http) {
                    String hostField = http.host() == null ? host : http.host();
                    HttpDecoderConfig limits = new HttpDecoderConfig()
                            .setMaxInitialLineLength(MAX_STATUS_LINE_BYTES)
                            .setMaxHeaderSize(MAX_HEAD_BYTES);
                    ch.pipeline()
                            .addLast(new HttpClientCodec(limits, false, false))
                            .addLast(new AnswerHandler(http, hostField, Probe.this::end));
                }
            }
        };
    }

    private void timedOut() {
        boolean connected = channel != null && channel.isActive();
        end(Outcome.failed((connected ? "no answer within " : "no connection within ") + Outcome.words(timeout)));
    }

    private void end(Outcome outcome) {
        if (!ended) {
            cancel();
            listener.accept(outcome);
        }
    }
}
