package io.proxyd.bench.faults;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What became of each request. On the event loop of the load; written out when that has ended. */
final class Outcomes {
    /**
     * One request.
     *
     * @param dueNanos when it should have been sent, on the clock of {@link System#nanoTime}
     * @param endedNanos when its answer was complete, or it had failed
     * @param outcome the status of the answer, or a word for what went wrong
     */
    private record Outcome(long dueNanos, long endedNanos, String method, String outcome) {}

    private final List<Outcome> all = new ArrayList<>();

    void add(long dueNanos, long endedNanos, String method, String outcome) {
        all.add(new Outcome(dueNanos, endedNanos, method, outcome));
    }

    /** A line for each: when it was due and when it ended, in nanoseconds, method and outcome, with spaces between. */
    void write(Path file) throws IOException {
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.US_ASCII))) {
            for (Outcome o : all) {
                out.println(o.dueNanos + " " + o.endedNanos + " " + o.method + " " + o.outcome);
            }
            if (out.checkError()) {
                throw new IOException("cannot write the outcomes of " + all.size() + " requests to " + file);
            }
        }
    }
}
