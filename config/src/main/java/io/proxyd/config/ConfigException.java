package io.proxyd.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A configuration was refused, with every problem it has. The message is one line for each of them. It has no stack
 * trace: the place to look at is in the file.
 */
public final class ConfigException extends RuntimeException {
    // Exceptions are serializable by inheritance only; nothing serializes this one.
    private final transient List<Problem> problems;

    ConfigException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")), null, false, false);
        this.problems = List.copyOf(problems);
    }

    /** Never empty; sorted by line. */
    public List<Problem> problems() {
        return problems;
    }
}
