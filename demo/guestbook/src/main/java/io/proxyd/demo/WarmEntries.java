package io.proxyd.demo;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Entries that call themselves well only when the instance has drawn its page a number of times: the first pages of a young Java
 * process take long, and a load balancer that is told to wait spares people those.
 */
final class WarmEntries implements Entries {
    private static final int PAGES = 300;
    private static final Duration AT_MOST = Duration.ofSeconds(2);
    private static final int POLL_MILLIS = 50;

    private final Entries entries;
    private volatile boolean warm;

    WarmEntries(Entries entries) {
        this.entries = entries;
    }

    /** Begins to draw pages once the entries can be reached; on a thread of its own. */
    void warmUp(int port) {
        Thread thread = new Thread(() -> drawPages(port), "warm-up");
        thread.setDaemon(true);
        thread.start();
    }

    private void drawPages(int port) {
        try {
            while (entries.problem().isPresent()) {
                Thread.sleep(POLL_MILLIS);
            }
            URL page = URI.create("http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":" + port + "/")
                    .toURL();
            long end = System.nanoTime() + AT_MOST.toNanos();
            for (int i = 0; i < PAGES && System.nanoTime() - end < 0; i++) {
                try (InputStream body = page.openStream()) {
                    body.readAllBytes();
                }
            }
        } catch (IOException e) {
            System.err.println("guestbook: the warm-up ended early: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            warm = true;
        }
    }

    @Override
    public List<Entry> newest() throws IOException {
        return entries.newest();
    }

    @Override
    public void add(Entry entry) throws IOException {
        entries.add(entry);
    }

    @Override
    public Optional<String> problem() {
        Optional<String> problem = entries.problem();
        return problem.isPresent() || warm ? problem : Optional.of("the pages are not warm yet");
    }
}
