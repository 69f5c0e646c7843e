package io.proxyd.ctl;

/** Colours of a terminal. Without them, text stays as it is. */
enum Style {
    PLAIN(""),
    HEADING("1"),
    GOOD("32"),
    WARNING("33"),
    BAD("31");

    private final String code;

    Style(String code) {
        this.code = code;
    }

    /** @param colours whether the output is a terminal that shows them */
    String paint(String text, boolean colours) {
        return !colours || code.isEmpty() ? text : "\u001b[" + code + "m" + text + "\u001b[0m";
    }
}
