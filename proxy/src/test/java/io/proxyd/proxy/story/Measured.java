package io.proxyd.proxy.story;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** Prints what a story measured; nothing is asserted of it. */
final class Measured {
    private Measured() {}

    static void millis(String what, long... nanos) {
        double[] millis = Arrays.stream(nanos)
                .sorted()
                .mapToDouble(n -> (double) n / TimeUnit.MILLISECONDS.toNanos(1))
                .toArray();
        if (millis.length == 1) {
            System.out.printf("    %s: %.1f ms%n", what, millis[0]);
        } else {
            System.out.printf(
                    "    %s: median %.1f ms, at most %.1f ms, of %d%n",
                    what, millis[millis.length / 2], millis[millis.length - 1], millis.length);
        }
    }

    static void since(String what, long startNanos) {
        millis(what, System.nanoTime() - startNanos);
    }
}
