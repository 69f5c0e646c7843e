package io.proxyd.proxy.wire;

import io.proxyd.proxy.exchange.LoopCounts;
import java.io.IOException;
import java.time.Duration;

/**
 * Brings about responses whose last bytes lie in the proxy, which is done with the backend, as the client reads nothing and the
 * kernel takes no more. How long they must be for that is found by trying.
 */
final class UnreadResponse {
    private static final int STEP_BYTES = 8 * 1024;
    private static final Duration STILL = Duration.ofMillis(20);

    private UnreadResponse() {}

    /** Answers a request for {@code /N} with N bytes. */
    static RawBackend.Script sized() {
        return connection -> {
            while (true) {
                int size = Integer.parseInt(connection.request().target().substring(1));
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
                connection.write(new byte[size]);
            }
        };
    }

    static RawClient ask(RunningProxy proxy, int size) throws IOException {
        return RawClient.connectNarrow(proxy.address()).send("GET /" + size + " HTTP/1.1\r\nHost: a.example\r\n\r\n");
    }

    /** Whether no exchange is under way any more, once that number stands still. */
    static boolean settled(RunningProxy proxy) {
        return Eventually.steady(() -> proxy.count(LoopCounts::exchanges), STILL) == 0;
    }

    /** The length of about the longest response that the proxy gets rid of, or nearly so, while the client reads nothing. */
    static int longest(RunningProxy proxy) throws IOException {
        int low = 0;
        int high = 32 * 1024 * 1024;
        while (high - low > STEP_BYTES) {
            int middle = (low + high) / 2;
            try (RawClient client = ask(proxy, middle)) {
                client.head();
                if (settled(proxy)) {
                    low = middle;
                } else {
                    high = middle;
                }
                client.reset();
            }
            proxy.awaitCount("exchanges", LoopCounts::exchanges, 0);
        }
        return low;
    }
}
