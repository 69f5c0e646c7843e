package io.proxyd.ctl;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where proxyctl prints.
 *
 * @param interactive whether standard output is a terminal
 * @param environment of the process
 */
record Terminal(PrintWriter out, PrintWriter err, boolean interactive, Map<String, String> environment) {
    /** Whether to colour: on a terminal, unless NO_COLOR is set (no-color.org). */
    boolean colours() {
        return interactive && environment.getOrDefault("NO_COLOR", "").isEmpty();
    }

    /** Prints text that ends in its own line feed, at once. */
    void print(String text) {
        out.print(text);
        out.flush();
    }

    /**
     * Whether standard output is a terminal. Java only tells whether input and output both are, and differently from release
     * to release; Linux names the device.
     */
    static boolean standardOutputIsTerminal() {
        try {
            String device = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.equals("/dev/console");
        } catch (IOException e) {
            return false; // a system that does not tell gets plain text
        }
    }
}
