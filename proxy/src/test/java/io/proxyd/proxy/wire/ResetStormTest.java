package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Resets that come at any moment of reading, as many as it takes to meet the rare ones. */
final class ResetStormTest extends WireTest {
    private static final int CLIENTS = 32;
    private static final int REQUESTS_EACH = 25;
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
    private static final String PART = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(500);

    @Test
    void everyResetWithinABodyEndsItsExchange() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write(PART);
            connection.reset();
        });
        RunningProxy proxy = proxy(rigTo(backend).retries(1, 0));
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(threads.submit(() -> {
                    ask(proxy);
                    return null;
                }));
            }
            for (Future<?> client : clients) {
                client.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(proxy.unseenRecords()).isEqualTo(CLIENTS * REQUESTS_EACH);
    }

    /** What comes of each is up to the moment of the reset; that something comes is what counts. */
    private static void ask(RunningProxy proxy) throws Exception {
        for (int i = 0; i < REQUESTS_EACH; i++) {
            try (RawClient client = proxy.client()) {
                client.send(GET);
                client.endsInReset();
            }
        }
    }
}
