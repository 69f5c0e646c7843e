package io.proxyd.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as they are written: {@code 512B}, {@code 16KiB}, {@code 1MiB}. Binary units only, so that none is ambiguous. */
final class SizeText {
    static final String EXPECTED = "a whole number with a unit, such as 512B, 16KiB, 1MiB";

    private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(B|KiB|MiB)");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");
    private static final Pattern SLOPPY = Pattern.compile("([0-9]{1,9}) ?([kKmM])(i?[bB])?");
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    private SizeText() {}

    /** Both ends in bytes. */
    static ValueType<Integer> between(int min, int max) {
        String range = "a size from " + format(min) + " to " + format(max);
        return ValueType.ofText(EXPECTED, text -> {
            long bytes = parse(text);
            if (bytes < min) {
                throw BadValue.expecting(range, "is too small");
            }
            if (bytes > max) {
                throw BadValue.expecting(range, "is too large");
            }
            return (int) bytes;
        });
    }

    /** The size in bytes. */
    static long parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (matcher.matches()) {
            return Long.parseLong(matcher.group(1)) * unitBytes(matcher.group(2));
        }
        Matcher sloppy = SLOPPY.matcher(text);
        if (sloppy.matches()) {
            String unit = sloppy.group(2).equalsIgnoreCase("k") ? "KiB" : "MiB";
            throw BadValue.expecting(
                    sloppy.group(1) + unit + ", where 1" + unit + " is " + unitBytes(unit) + " bytes", "is not a size");
        }
        throw new BadValue(NUMBER.matcher(text).matches() ? "has no unit" : "is not a size");
    }

    /** The same size in the largest unit that needs no fraction. */
    static String format(long bytes) {
        if (bytes >= MIB && bytes % MIB == 0) {
            return bytes / MIB + "MiB";
        }
        return bytes >= KIB && bytes % KIB == 0 ? bytes / KIB + "KiB" : bytes + "B";
    }

    private static int unitBytes(String unit) {
        return switch (unit) {
            case "MiB" -> MIB;
            case "KiB" -> KIB;
            default -> 1;
        };
    }
}
