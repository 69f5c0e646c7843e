package io.proxyd.proxy.telemetry;

import io.proxyd.proxy.exchange.ExchangeRecord;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The combined format of Apache httpd and nginx, followed by fields of proxyd as {@code name=value}:
 *
 * <pre>{@code
 * 203.0.113.7 - - [22/Nov/2026:18:31:07 +0000] "GET /?page=2 HTTP/1.1" 200 512 "https://example.org/" "curl/8.14.1"
 *  host="example.org" service=guestbook backend=guestbook-1 attempts=1 duration=0.012345 queue_duration=0.000000
 *  backend_duration=0.011900 own_duration=0.000045 proxyd-failure=- failure_detail="-" request_id="8c1f"
 * }</pre>
 *
 * on one line. The time is that of the request's start, in UTC; durations are seconds. A {@code -} stands for what there is
 * not. In quotes, {@code "} and {@code \} are preceded by {@code \}, and whatever is not printable ASCII becomes {@code \xhh}
 * or {@code \}{@code uhhhh}, so that no client can forge a line.
 */
final class CombinedFormat implements LineFormat {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private long second = Long.MIN_VALUE;
    private String secondText = "";

    @Override
    public void append(ExchangeRecord record, StringBuilder line) {
        appendBare(record.client(), line);
        line.append(" - - [").append(time(record.start())).append("] ");
        appendRequest(record, line);
        line.append(' ').append(record.status()).append(' ');
        appendCount(record.bodyBytes(), line);
        appendQuoted(record.referer(), line.append(' '));
        appendQuoted(record.userAgent(), line.append(' '));
        appendQuoted(record.host(), line.append(" host="));
        appendBare(record.service(), line.append(" service="));
        appendBare(record.backend(), line.append(" backend="));
        line.append(" attempts=").append(record.attempts());
        LineFormat.appendSeconds(record.durationNanos(), line.append(" duration="));
        LineFormat.appendSeconds(record.queueNanos(), line.append(" queue_duration="));
        line.append(" backend_duration=");
        if (record.backendNanos() < 0) {
            line.append('-');
        } else {
            LineFormat.appendSeconds(record.backendNanos(), line);
        }
        LineFormat.appendSeconds(record.ownNanos(), line.append(" own_duration="));
        appendBare(record.failure(), line.append(" proxyd-failure="));
        appendQuoted(record.failureDetail(), line.append(" failure_detail="));
        appendQuoted(record.requestId(), line.append(" request_id="));
        line.append('\n');
    }

    /** Many lines share a second. */
    private String time(Instant instant) {
        if (instant.getEpochSecond() != second) {
            second = instant.getEpochSecond();
            secondText = TIME.format(instant);
        }
        return secondText;
    }

    private static void appendRequest(ExchangeRecord record, StringBuilder line) {
        if (record.method().isEmpty()) {
            line.append("\"-\"");
            return;
        }
        line.append('"');
        appendEscaped(record.method(), line);
        appendEscaped(record.target(), line.append(' '));
        line.append(" HTTP/1.").append(record.minorVersion()).append('"');
    }

    private static void appendCount(long bytes, StringBuilder line) {
        if (bytes == 0) {
            line.append('-');
        } else {
            line.append(bytes);
        }
    }

    private static void appendQuoted(@Nullable String value, StringBuilder line) {
        line.append('"');
        appendEscaped(value == null || value.isEmpty() ? "-" : value, line);
        line.append('"');
    }

    /** For names that proxyd or its operator chose; a blank in one is escaped as well, so that fields stay apart. */
    private static void appendBare(@Nullable String value, StringBuilder line) {
        int start = line.length();
        appendEscaped(value == null || value.isEmpty() ? "-" : value, line);
        for (int i = line.indexOf(" ", start); i >= 0; i = line.indexOf(" ", i)) {
            line.replace(i, i + 1, "\\x20");
        }
    }

    private static void appendEscaped(String value, StringBuilder line) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c >= ' ' && c <= '~') {
                line.append(c);
            } else if (c <= 0xff) {
                line.append("\\x").append(HexFormat.of().toHexDigits((byte) c));
            } else {
                line.append("\\u").append(HexFormat.of().toHexDigits(c));
            }
        }
    }
}
