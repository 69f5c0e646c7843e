package io.proxyd.proxy.exchange;

import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.ResponseHead;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Reads Retry-After (RFC 9110, section 10.2.3): seconds, or a date. */
final class RetryAfter {
    private static final int MAX_DIGITS = 9;

    private RetryAfter() {}

    /** How long the backend wants to be left alone; empty if it does not say so, or not in a way that can be understood. */
    static Optional<Duration> seconds(ResponseHead response, InstantSource clock) {
        if (!response.has(Field.RETRY_AFTER)) {
            return Optional.empty();
        }
        String text = response.value(Field.RETRY_AFTER);
        if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.of(
                    Duration.ofSeconds(Long.parseLong(text.substring(0, Math.min(text.length(), MAX_DIGITS)))));
        }
        try {
            ZonedDateTime date = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
            Duration rest = Duration.between(clock.instant(), date.toInstant());
            return rest.isNegative() ? Optional.empty() : Optional.of(rest);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
