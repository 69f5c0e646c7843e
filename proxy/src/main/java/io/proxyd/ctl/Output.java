package io.proxyd.ctl;

import picocli.CommandLine.TypeConversionException;

/** How an answer is printed. */
enum Output {
    TABLE,
    JSON;

    static Output parse(String text) {
        return switch (text) {
            case "table" -> TABLE;
            case "json" -> JSON;
            default -> throw new TypeConversionException("expected table or json but was '" + text + "'");
        };
    }
}
