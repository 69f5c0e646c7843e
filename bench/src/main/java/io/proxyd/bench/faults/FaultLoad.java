package io.proxyd.bench.faults;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Sends GET, PUT and POST requests at a fixed rate and writes down what became of each. It obeys lines of its standard input:
 * {@code warm-up RATE} and {@code send RATE} (requests per second, until the next line), and {@code stop}, or the end of input.
 * It prints {@code done} when it has obeyed, and for stop only when all requests have ended and the outcomes are written.
 */
public final class FaultLoad {
    private static final int USAGE = 2;

    private FaultLoad() {}

    /** Arguments: address and port of the proxy, what the ids of the requests begin with, the file of the outcomes. */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length != 4) {
            System.err.println("usage: FaultLoad ADDRESS PORT ID_PREFIX OUTCOMES_FILE");
            System.exit(USAGE);
        }
        InetSocketAddress target = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            Outcomes outcomes = new Outcomes();
            LoadSchedule schedule = new LoadSchedule(group.next(), target, args[2], outcomes);
            if (obey(schedule)) {
                schedule.stop();
                outcomes.write(Path.of(args[3]));
                System.out.println("done");
            }
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }

    /** Returns whether stop came, rather than the end of input. */
    private static boolean obey(LoadSchedule schedule) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", 2);
            if (words[0].equals("stop")) {
                return true;
            }
            schedule.send(Double.parseDouble(words[1]), words[0].equals("warm-up"));
            System.out.println("done");
        }
        return false;
    }
}
