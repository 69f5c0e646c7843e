package io.proxyd.demo;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What somebody filled in, tidied: no control characters, no spaces around it, lines ended by {@code \n}.
 *
 * @param name one line
 * @param message one or more lines
 */
record SignForm(String name, String message) {
    /** Longest name, in UTF-16 units as {@code maxlength} of HTML counts. */
    static final int MAX_NAME_CHARS = 40;

    /** Longest message, in UTF-16 units. */
    static final int MAX_MESSAGE_CHARS = 500;

    /** A form that nobody filled in yet. */
    static final SignForm EMPTY = new SignForm("", "");

    private static final int MAX_FIELDS = 10;

    /**
     * Reads {@code application/x-www-form-urlencoded}, in UTF-8.
     *
     * @throws IllegalArgumentException when a percent escape is broken
     */
    static SignForm parse(String body) {
        Map<String, List<String>> fields =
                new QueryStringDecoder(body, StandardCharsets.UTF_8, false, MAX_FIELDS).parameters();
        String name = first(fields, "name").replaceAll("[\\s\\p{Cntrl}]+", " ");
        String message = first(fields, "message").replaceAll("\r\n?", "\n").replaceAll("[\\p{Cntrl}&&[^\n\t]]", "");
        return new SignForm(name.strip(), message.strip());
    }

    /** What is wrong with it, in words for the person who filled it in; empty when it can be signed. */
    Optional<String> problem() {
        if (name.isEmpty() || message.isEmpty()) {
            return Optional.of("Please write a name and a message.");
        }
        if (name.length() > MAX_NAME_CHARS) {
            return Optional.of("The name has " + name.length() + " characters, " + MAX_NAME_CHARS + " are the most.");
        }
        if (message.length() > MAX_MESSAGE_CHARS) {
            return Optional.of(
                    "The message has " + message.length() + " characters, " + MAX_MESSAGE_CHARS + " are the most.");
        }
        return Optional.empty();
    }

    Entry signedAt(Instant at) {
        return new Entry(at, name, message);
    }

    private static String first(Map<String, List<String>> fields, String name) {
        return fields.getOrDefault(name, List.of("")).get(0);
    }
}
