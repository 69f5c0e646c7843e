package io.proxyd.ctl;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/**
 * One run of proxyctl.
 *
 * @param code it exited with
 */
record CommandRun(int code, String out, String err) {
    /** Runs it with its output in a pipe. */
    static CommandRun of(String... args) {
        return of(false, Map.of(), args);
    }

    /** @param interactive whether standard output is a terminal */
    static CommandRun of(boolean interactive, Map<String, String> environment, String... args) {
        return of(interactive, environment, Thread::sleep, args);
    }

    static CommandRun of(boolean interactive, Map<String, String> environment, Pause pause, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal =
                new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), interactive, environment);
        int code = ProxyCtl.run(terminal, pause, args);
        return new CommandRun(code, out.toString(), err.toString());
    }
}
