package io.proxyd.config;

/** How the operator's own words are shown in a message: in quotes, on one line, and not at any length. */
final class Quoted {
    private static final int MAX_CHARS = 80;

    private Quoted() {}

    static String text(String text) {
        StringBuilder shown = new StringBuilder("\"");
        text.codePoints().limit(MAX_CHARS).forEach(c -> append(shown, c));
        if (text.codePointCount(0, text.length()) > MAX_CHARS) {
            shown.append("...");
        }
        return shown.append('"').toString();
    }

    private static void append(StringBuilder shown, int c) {
        if (c == '\n') {
            shown.append("\\n");
        } else if (isInvisible(c)) {
            shown.append(String.format("\\u%04x", c));
        } else {
            shown.appendCodePoint(c);
        }
    }

    private static boolean isInvisible(int c) {
        int type = Character.getType(c);
        return Character.isISOControl(c)
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || type == Character.SURROGATE;
    }
}
