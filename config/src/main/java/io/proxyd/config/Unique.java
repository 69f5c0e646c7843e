package io.proxyd.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Remembers where each thing was written first, to name that place when it comes again. */
final class Unique<T> {
    private final Map<T, String> places = new HashMap<>();

    /** Where the same thing was written before, such as {@code routes[0] on line 12}; empty for a new one. */
    Optional<String> earlier(T thing, String path, int line) {
        return Optional.ofNullable(places.putIfAbsent(thing, path + " on line " + line));
    }
}
