package io.proxyd.proxy.admin;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.compression.StandardCompressionOptions;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets up connections to the admin interface and bounds their number and age. On the admin loop only. */
@Sharable
final class AdminInitializer extends ChannelInitializer<Channel> {
    static final int MAX_CONNECTIONS = 64;

    private static final Logger LOG = LoggerFactory.getLogger(AdminInitializer.class);
    private static final Duration LONGEST_LIFE = Duration.ofMinutes(1);
    private static final int MAX_REQUEST_LINE_BYTES = 4096;
    private static final int MAX_HEAD_BYTES = 8192;
    private static final int COMPRESSED_FROM_BYTES = 1024;

    private final Pages pages;
    private int open;

    AdminInitializer(Pages pages) {
        this.pages = pages;
    }

    @Override
    protected void initChannel(Channel channel) {
        if (open == MAX_CONNECTIONS) {
            LOG.warn("admin: {} connections are open, another one is closed", open);
            channel.close();
            return;
        }
        open++;
        Future<?> end =
                channel.eventLoop().schedule(() -> channel.close(), LONGEST_LIFE.toNanos(), TimeUnit.NANOSECONDS);
        channel.closeFuture().addListener(closed -> {
            open--;
            end.cancel(false);
        });
        HttpDecoderConfig limits = new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEAD_BYTES);
        channel.pipeline()
                .addLast(new HttpServerCodec(limits))
                .addLast(new HttpContentCompressor(COMPRESSED_FROM_BYTES, StandardCompressionOptions.gzip()))
                .addLast(new AdminHandler(pages));
    }
}
