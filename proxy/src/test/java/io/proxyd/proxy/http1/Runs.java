package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.function.LongConsumer;

/**
 * How often a property is tried. {@code -Dproxyd.property.runs=N} tries it N times, {@code -Dproxyd.property.seed=S} starts with
 * another seed; a failure names the seed with which one run repeats it. A long hunt:
 *
 * <pre>mvn -pl proxy -am test -Dtest='Forwarded*Test' -Dsurefire.failIfNoSpecifiedTests=false -Dproxyd.property.runs=5000000
 * -Dproxyd.property.seed=$RANDOM</pre>
 */
final class Runs {
    /** Without the leak detection that other tests have: it would take most of the time. */
    static final ByteBufAllocator QUICK = new UnpooledByteBufAllocator(false, true);

    private Runs() {}

    /** @param property tried with one seed after the other; fails with an error */
    static void each(int usual, LongConsumer property) {
        long first = Long.getLong("proxyd.property.seed", 20_260_101);
        long runs = Long.getLong("proxyd.property.runs", usual);
        for (long seed = first; seed < first + runs; seed++) {
            try {
                property.accept(seed);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "repeat it with -Dproxyd.property.runs=1 -Dproxyd.property.seed=" + seed + ": "
                                + e.getMessage(),
                        e);
            }
        }
    }

    /** For messages of failed assertions. */
    static String shown(String stream) {
        StringBuilder shown = new StringBuilder();
        for (char c : stream.toCharArray()) {
            shown.append(
                    c == '\r'
                            ? "\\r"
                            : c == '\n' ? "\\n\n" : c < ' ' || c > '~' ? String.format("\\x%02X", (int) c) : c);
        }
        return shown.toString();
    }
}
