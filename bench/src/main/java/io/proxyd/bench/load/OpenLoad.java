package io.proxyd.bench.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import org.HdrHistogram.Histogram;

/**
 * Sends GET requests at a fixed rate, whatever the answers do, and prints their latencies as one line of JSON. A latency counts
 * from the moment at which the request was due, so that a stall shows in every request that it held up.
 */
public final class OpenLoad {
    private static final int USAGE = 2;

    private OpenLoad() {}

    /** Arguments: port, path, connections, requests per second, seconds of warm-up, seconds measured. */
    public static void main(String[] args) throws InterruptedException, ExecutionException {
        if (args.length != 6) {
            System.err.println("usage: OpenLoad PORT PATH CONNECTIONS RATE WARM_UP_SECONDS SECONDS");
            System.exit(USAGE);
        }
        InetSocketAddress target = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        int connections = Integer.parseInt(args[2]);
        double rate = Double.parseDouble(args[3]);
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            OpenSchedule schedule = new OpenSchedule(
                    group.next(),
                    rate,
                    Duration.ofSeconds(Long.parseLong(args[4])),
                    Duration.ofSeconds(Long.parseLong(args[5])));
            for (int i = 0; i < connections; i++) {
                connect(group, target, new LoadConnection(schedule, args[1]));
            }
            schedule.start();
            print(schedule.result().get(), rate);
        } finally {
            group.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS)
                    .await();
        }
    }

    private static void connect(MultiThreadIoEventLoopGroup group, InetSocketAddress target, LoadConnection connection)
            throws InterruptedException {
        new Bootstrap()
                .group(group)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(connection)
                .connect(target)
                .sync();
    }

    private static void print(OpenSchedule.Result result, double wanted) {
        Histogram latencies = result.latencies();
        System.out.printf(
                Locale.ROOT,
                "{\"rate\": %.0f, \"answered\": %d, \"failed\": %d, \"unanswered\": %d, \"p50_us\": %.1f, \"p99_us\": %.1f,"
                        + " \"p999_us\": %.1f, \"max_us\": %.1f}%n",
                wanted,
                latencies.getTotalCount(),
                result.failed(),
                result.unanswered(),
                micros(latencies.getValueAtPercentile(50)),
                micros(latencies.getValueAtPercentile(99)),
                micros(latencies.getValueAtPercentile(99.9)),
                micros(latencies.getMaxValue()));
    }

    private static double micros(long nanos) {
        return nanos / 1000.0;
    }
}
