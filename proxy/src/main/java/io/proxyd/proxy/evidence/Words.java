package io.proxyd.proxy.evidence;

import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Registration;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Durations, times and intents as an operator reads them. */
public final class Words {
    private static final DateTimeFormatter HOUR =
            DateTimeFormatter.ofPattern("HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Words() {}

    /** Such as {@code 1 backend} or {@code 12 backends}. */
    static String count(int number, String one) {
        return number + " " + one + (number == 1 ? "" : "s");
    }

    /** Two units of a time, such as {@code 3m 12s}, {@code 5m} or {@code 200ms}. */
    public static String of(Duration time) {
        if (time.toSeconds() == 0) {
            return time.toMillis() + "ms";
        }
        if (time.toMinutes() == 0) {
            return time.toSeconds() + "s";
        }
        if (time.toHours() == 0) {
            return two(time.toMinutes(), "m", time.toSecondsPart(), "s");
        }
        return time.toDays() == 0
                ? two(time.toHours(), "h", time.toMinutesPart(), "m")
                : two(time.toDays(), "d", time.toHoursPart(), "h");
    }

    private static String two(long first, String unit, int second, String smaller) {
        return first + unit + (second == 0 ? "" : " " + second + smaller);
    }

    /** An hour such as {@code 12:30 UTC}, with its day if that is not the same. */
    public static String of(Instant time, Instant now) {
        boolean today = time.truncatedTo(ChronoUnit.DAYS).equals(now.truncatedTo(ChronoUnit.DAYS));
        return (today ? HOUR : DAY).format(time);
    }

    /** Such as {@code weight 100 to 50, state up to draining}; empty if nothing changed that matters here. */
    static String changes(Registration before, Registration now) {
        List<String> changes = new ArrayList<>();
        if (before.weight() != now.weight()) {
            changes.add("weight " + before.weight() + " to " + now.weight());
        }
        if (before.state() != now.state()) {
            changes.add("state " + label(before) + " to " + label(now));
        }
        return String.join(", ", changes);
    }

    private static String label(Registration registration) {
        return registration.state().name().toLowerCase(Locale.ROOT);
    }

    /** Such as {@code drained by root@commander until 12:30 UTC: new disks}. */
    public static String of(Intent intent, Instant now) {
        String weight = intent.weight().map(w -> "weight " + w).orElse("");
        String what = !intent.drain() ? weight : weight.isEmpty() ? "drained" : "drained, " + weight;
        String reason = intent.reason().isBlank() ? "" : ": " + intent.reason();
        return what + " by " + intent.author() + " until " + of(intent.until(), now) + reason;
    }
}
