package io.proxyd.ctl;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a URL again and again whether the backend is well: it is after one answer of 2xx, and is not after two failures in a
 * row. Runs on a thread of its own, which also tells the changes.
 */
final class LocalCheck {
    private static final Logger log = LoggerFactory.getLogger(LocalCheck.class);
    private static final int FALL = 2;
    /** The first one takes a while even where all is well. */
    private static final Duration MIN_TIMEOUT = Duration.ofSeconds(1);

    private static final long STOP_SECONDS = 10;

    private final URI url;
    private final Duration interval;
    private final Duration timeout;
    private final Runnable passes;
    private final Runnable fails;
    private final HttpClient client;
    private final ScheduledThreadPoolExecutor thread;
    private boolean passing;
    private int failures;
    /** The failure that was logged last, since the last pass. */
    private String told = "";

    /**
     * @param interval between two checks, and the time that one may take if that is more than a second
     * @param passes runs when the backend becomes well
     * @param fails runs when it stops to be
     */
    LocalCheck(URI url, Duration interval, Runnable passes, Runnable fails) {
        this.url = url;
        this.interval = interval;
        this.timeout = interval.compareTo(MIN_TIMEOUT) < 0 ? MIN_TIMEOUT : interval;
        this.passes = passes;
        this.fails = fails;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread started = new Thread(task, "proxyctl-check");
            started.setDaemon(true);
            return started;
        });
    }

    void start() {
        Future<?> ignored = thread.scheduleWithFixedDelay(this::check, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Ends it: nothing is told any more once this has returned. */
    void stop() throws InterruptedException {
        thread.shutdownNow();
        if (!thread.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
            log.warn("The check of {} did not end within {} s", url, STOP_SECONDS);
        }
    }

    private void check() {
        try {
            String failure = failure();
            if (failure.isEmpty()) {
                passed();
            } else {
                failed(failure);
            }
        } catch (InterruptedException e) {
            log.debug("The check of {} ends", url);
        } catch (RuntimeException e) { // else the schedule would end without a word
            log.error("The check of {} failed unexpectedly", url, e);
            failed("unexpected " + e);
        }
    }

    private void passed() {
        failures = 0;
        told = "";
        if (!passing) {
            passing = true;
            log.info("The check {} passes", url);
            passes.run();
        }
    }

    private void failed(String failure) {
        failures++;
        if (passing && failures >= FALL) {
            passing = false;
            told = failure;
            log.warn("The check {} fails: {}", url, failure);
            fails.run();
        } else if (!passing && !failure.equals(told)) {
            told = failure;
            log.info("The check {} does not pass: {}", url, failure);
        }
    }

    /** Asks once; returns why the backend is not well, or nothing. */
    private String failure() throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(url).timeout(timeout).build();
        CompletableFuture<HttpResponse<Void>> call = client.sendAsync(request, HttpResponse.BodyHandlers.discarding());
        try {
            int status = call.get(timeout.toNanos(), TimeUnit.NANOSECONDS).statusCode();
            return status >= 200 && status < 300 ? "" : "HTTP " + status;
        } catch (TimeoutException e) {
            return "no answer within " + timeout.toMillis() + " ms";
        } catch (ExecutionException e) {
            return reason(e.getCause() == null ? e : e.getCause());
        } finally {
            call.cancel(true);
        }
    }

    /** The client's exceptions for what is usual say little or nothing. */
    private static String reason(Throwable failure) {
        if (failure instanceof HttpTimeoutException) {
            return "no answer in time";
        }
        if (failure instanceof ConnectException) {
            return "cannot connect";
        }
        return failure instanceof IOException ? String.valueOf(failure.getMessage()) : failure.toString();
    }
}
