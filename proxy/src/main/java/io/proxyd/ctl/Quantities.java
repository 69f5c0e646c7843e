package io.proxyd.ctl;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers as an operator reads them. */
final class Quantities {
    private Quantities() {}

    /** Two units of a time, such as {@code 3m12s} or {@code 4d3h}; a negative one counts as 0. */
    static String age(Duration age) {
        long seconds = Math.max(0, age.toSeconds());
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return String.format(Locale.ROOT, "%dm%02ds", seconds / 60, seconds % 60);
        }
        if (seconds < 86_400) {
            return String.format(Locale.ROOT, "%dh%02dm", seconds / 3600, seconds / 60 % 60);
        }
        return String.format(Locale.ROOT, "%dd%02dh", seconds / 86_400, seconds / 3600 % 24);
    }

    /** A latency in ms or s with two or three digits; {@code -} for none. */
    static String latency(@Nullable Double millis) {
        if (millis == null) {
            return "-";
        }
        if (millis < 999.5) {
            String format = millis < 0.995 ? "%.2fms" : millis < 9.95 ? "%.1fms" : "%.0fms";
            return String.format(Locale.ROOT, format, millis);
        }
        return String.format(Locale.ROOT, millis < 9_950 ? "%.1fs" : "%.0fs", millis / 1000);
    }

    /** A rate, with a decimal as long as that says something. */
    static String rate(@Nullable Double perSecond) {
        double rate = perSecond == null ? 0 : perSecond;
        return String.format(Locale.ROOT, rate < 99.95 ? "%.1f" : "%.0f", rate);
    }

    /** A count with its share, such as {@code 3 (12.5%)}; {@code 0} for none. */
    static String errors(long count, @Nullable Double share) {
        return count == 0 ? "0" : String.format(Locale.ROOT, "%d (%.1f%%)", count, share == null ? 0 : share * 100);
    }
}
