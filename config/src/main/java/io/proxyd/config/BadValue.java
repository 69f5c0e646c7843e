package io.proxyd.config;

import org.jspecify.annotations.Nullable;

/** The text of a value cannot be used. Ends up as a {@link Problem}, never further. */
final class BadValue extends RuntimeException {
    private final String reason;
    private final @Nullable String advice;

    /** @param reason continues a sentence that starts with the value, such as {@code is not a duration} */
    BadValue(String reason) {
        this(reason, null);
    }

    private BadValue(String reason, @Nullable String advice) {
        super(reason, null, false, false);
        this.reason = reason;
        this.advice = advice;
    }

    /** With something more exact than what the type of the value says of itself. */
    static BadValue expecting(String expected, String reason) {
        return new BadValue(reason, "expected " + expected);
    }

    static BadValue unknown(String reason, String didYouMean) {
        return new BadValue(reason, didYouMean);
    }

    /** The whole message for the operator. */
    String explain(String text, ValueType<?> type) {
        return Quoted.text(text) + " " + reason + "; " + (advice == null ? "expected " + type.expected() : advice);
    }
}
