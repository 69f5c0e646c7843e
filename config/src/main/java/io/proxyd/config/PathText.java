package io.proxyd.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The syntax of a path, and the one form of it (RFC 3986 section 6.2.2) in which requests are routed. */
final class PathText {
    private static final Pattern CHARS = Pattern.compile("[!-~&&[^?#\\\\]]*");
    private static final Pattern ENCODED = Pattern.compile("%([0-9A-Fa-f]{2})?");
    private static final Pattern UNRESERVED = Pattern.compile("[A-Za-z0-9._~-]");
    private static final Pattern DOT_SEGMENT = Pattern.compile("/\\.\\.?(/|$)");

    private PathText() {}

    /** Checks that it is a path in its normal form, which is the only one that could ever match. */
    static void requireNormal(String path) {
        if (!path.startsWith("/")) {
            throw new BadValue("does not start with /");
        }
        if (!CHARS.matcher(path).matches()) {
            throw BadValue.expecting("no space, ?, # or \\ in it, and all but ASCII percent-encoded", "is not a path");
        }
        String normal = ENCODED.matcher(path).replaceAll(encoded -> Matcher.quoteReplacement(normal(encoded.group(1))));
        if (DOT_SEGMENT.matcher(normal).find()) {
            throw BadValue.expecting("a path without . and .. between its slashes", "has a dot segment");
        }
        if (!normal.equals(path)) {
            throw BadValue.expecting(Quoted.text(normal), "is not in the form in which requests are routed");
        }
    }

    private static String normal(@Nullable String digits) {
        if (digits == null) {
            throw BadValue.expecting("two hexadecimal digits behind each %, such as %20", "is not a path");
        }
        String character = String.valueOf((char) Integer.parseInt(digits, 16));
        if (character.equals("\0")) {
            throw BadValue.expecting("no %00 in it", "is not a path");
        }
        return UNRESERVED.matcher(character).matches() ? character : "%" + digits.toUpperCase(Locale.ROOT);
    }
}
