package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.ResponseHead;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The Keep-Alive field, in which many servers say how long they keep an idle connection. */
final class KeepAliveField {
    private static final String TIMEOUT = "timeout=";
    private static final int MAX_DIGITS = 9;
    private static final long MARGIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private KeepAliveField() {}

    /** A little less than the backend says, so that no request crosses its close; for ever if it says nothing. */
    static long idleLimitNanos(ResponseHead response) {
        String value = response.value(Field.KEEP_ALIVE).toLowerCase(Locale.ROOT);
        int start = value.indexOf(TIMEOUT);
        if (start < 0) {
            return Long.MAX_VALUE;
        }
        start += TIMEOUT.length();
        int end = start;
        while (end < value.length() && end - start < MAX_DIGITS && Character.isDigit(value.charAt(end))) {
            end++;
        }
        if (end == start) {
            return Long.MAX_VALUE;
        }
        long nanos = TimeUnit.SECONDS.toNanos(Long.parseLong(value, start, end, 10));
        return nanos - Math.min(MARGIN_NANOS, nanos / 2);
    }
}
