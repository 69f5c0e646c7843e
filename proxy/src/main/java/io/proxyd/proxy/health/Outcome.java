package io.proxyd.proxy.health;

import io.netty.handler.codec.PrematureChannelClosureException;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Locale;

/**
 * How one check ended.
 *
 * @param reason in words for the operator
 * @param draining whether the backend said that it wants no new requests
 */
record Outcome(boolean passed, String reason, boolean draining) {
    private static final int MAX_QUOTED_CHARS = 120;

    static Outcome passed(String reason) {
        return new Outcome(true, reason, false);
    }

    static Outcome failed(String reason) {
        return new Outcome(false, reason, false);
    }

    /** The backend said that it drains. */
    Outcome andDraining() {
        return new Outcome(passed, reason, true);
    }

    /** A connection that broke or never opened. */
    static Outcome failed(Throwable cause) {
        String kind = cause.getClass().getSimpleName();
        String message = cause.getMessage();
        if (message == null) {
            return failed(kind);
        }
        String lowerCase = message.toLowerCase(Locale.ROOT);
        if (cause instanceof ConnectException && lowerCase.contains("refused")) {
            return failed("connection refused");
        }
        if (lowerCase.contains("no route to host")) {
            return failed("no route to host");
        }
        if (lowerCase.contains("network is unreachable")) {
            return failed("network unreachable");
        }
        if (cause instanceof IOException && (lowerCase.contains("reset") || lowerCase.contains("broken pipe"))) {
            return failed("connection reset before a response");
        }
        return failed(kind + ": " + quotable(message));
    }

    static Outcome closed() {
        return failed("connection closed before a response");
    }

    /** The peer sent something that is not an HTTP response, or not all of one. */
    static Outcome notHttp(Throwable cause) {
        if (cause instanceof PrematureChannelClosureException) {
            return closed();
        }
        return failed("not HTTP: " + quotable(String.valueOf(cause.getMessage())));
    }

    /** A text in quotes, of bounded length and fit for a log. */
    static String quoted(String text) {
        return '"' + quotable(text) + '"';
    }

    /** A text that may hold what the peer sent: one line of bounded length, fit for a log. */
    private static String quotable(String text) {
        String printable = text.replaceAll("[^\\x20-\\x7E]", "?");
        return printable.length() <= MAX_QUOTED_CHARS ? printable : printable.substring(0, MAX_QUOTED_CHARS) + "...";
    }

    /** Such as {@code 500 ms} or {@code 2 s}. */
    static String words(Duration duration) {
        long millis = duration.toMillis();
        return millis >= 1000 && millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }
}
