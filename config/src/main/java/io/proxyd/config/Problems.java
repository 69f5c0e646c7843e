package io.proxyd.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong with one file, so that all of it can be told at once. */
final class Problems {
    /** Aliases let a small file hold the same mistake very often; nobody reads further than this. */
    static final int MAX = 1000;

    private final String file;
    private final List<Problem> list = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    void add(int line, String path, String message) {
        if (!isFull()) {
            list.add(new Problem(file, line, path, message));
        }
    }

    boolean isFull() {
        return list.size() >= MAX;
    }

    /** Whether nothing was found so far at this path and below it. */
    boolean noneAt(String path) {
        return list.stream()
                .noneMatch(problem -> problem.path().equals(path)
                        || problem.path().startsWith(path + ".")
                        || problem.path().startsWith(path + "["));
    }

    void throwIfAny() {
        if (!list.isEmpty()) {
            throw exception();
        }
    }

    /** For what ends the reading at once. */
    ConfigException fatal(int line, String message) {
        add(line, "", message);
        return exception();
    }

    private ConfigException exception() {
        return new ConfigException(
                list.stream().sorted(Comparator.comparingInt(Problem::line)).toList());
    }
}
