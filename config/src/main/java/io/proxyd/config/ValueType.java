package io.proxyd.config;

import java.util.function.Function;

/**
 * What a key takes as its value.
 *
 * @param expected in words, for whoever wrote something else
 * @param parser throws {@link BadValue} for what it cannot use
 */
record ValueType<T>(String expected, Function<Scalar, T> parser) {
    /**
     * The text of a value.
     *
     * @param quoted whether it is written in quotes, or as a block of text
     */
    record Scalar(String text, boolean quoted) {}

    /** A type to which it is all the same whether the text is in quotes. */
    static <T> ValueType<T> ofText(String expected, Function<String, T> parser) {
        return new ValueType<>(expected, scalar -> parser.apply(scalar.text()));
    }

    T parse(Scalar scalar) {
        return parser.apply(scalar);
    }

    T parseDefault(Schema.Key key) {
        return parser.apply(new Scalar(key.defaultText(), false));
    }
}
