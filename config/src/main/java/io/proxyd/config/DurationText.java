package io.proxyd.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as they are written: {@code 500ms}, {@code 1.5s}, {@code 5m}, {@code 1h}. The unit is not optional. */
final class DurationText {
    static final String EXPECTED = "a number with a unit, such as 500ms, 10s, 5m";

    private static final Pattern FORM = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(ms|s|m|h)");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+(\\.[0-9]+)?");
    private static final BigDecimal NANOS_PER_MILLI = BigDecimal.valueOf(1_000_000);
    private static final BigDecimal NANOS_PER_SECOND = BigDecimal.valueOf(1_000_000_000);

    /** Zero would mean never to one reader and at once to the next, so it is no timeout. */
    static final ValueType<Duration> TIMEOUT = between(Duration.ofMillis(1), Duration.ofHours(24));

    /** A timeout that can be switched off, which reads as zero. */
    static final ValueType<Duration> TIMEOUT_OR_NONE = new ValueType<>(
            "none or " + EXPECTED, scalar -> scalar.text().equals("none") ? Duration.ZERO : TIMEOUT.parse(scalar));

    private DurationText() {}

    static ValueType<Duration> between(Duration min, Duration max) {
        String range = "a duration from " + format(min) + " to " + format(max);
        return ValueType.ofText(EXPECTED, text -> {
            Duration duration = parse(text);
            if (duration.compareTo(min) < 0) {
                throw BadValue.expecting(range, "is too short");
            }
            if (duration.compareTo(max) > 0) {
                throw BadValue.expecting(range, "is too long");
            }
            return duration;
        });
    }

    static Duration parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new BadValue(NUMBER.matcher(text).matches() ? "has no unit" : "is not a duration");
        }
        BigDecimal nanos = new BigDecimal(matcher.group(1)).multiply(nanosPer(matcher.group(2)));
        BigDecimal[] parts = nanos.divideAndRemainder(NANOS_PER_SECOND);
        return Duration.ofSeconds(parts[0].longValueExact(), parts[1].longValue());
    }

    /** The same duration in the largest unit that needs no fraction. */
    static String format(Duration duration) {
        long nanos = duration.toNanos();
        for (String unit : new String[] {"h", "m", "s", "ms"}) {
            long unitNanos = nanosPer(unit).longValueExact();
            if (nanos >= unitNanos && nanos % unitNanos == 0) {
                return nanos / unitNanos + unit;
            }
        }
        return BigDecimal.valueOf(nanos, 6).stripTrailingZeros().toPlainString() + "ms";
    }

    private static BigDecimal nanosPer(String unit) {
        return switch (unit) {
            case "ms" -> NANOS_PER_MILLI;
            case "s" -> NANOS_PER_SECOND;
            case "m" -> NANOS_PER_SECOND.multiply(BigDecimal.valueOf(60));
            case "h" -> NANOS_PER_SECOND.multiply(BigDecimal.valueOf(3600));
            default -> throw new IllegalArgumentException("unit " + unit);
        };
    }
}
