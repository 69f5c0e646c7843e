package io.proxyd.proxy.exchange;

import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The exchanges of one event loop that have begun and not ended, linked through themselves. On that loop. */
final class Underway {
    private @Nullable Exchange first;

    void add(Exchange exchange) {
        Exchange before = first;
        exchange.next = before;
        if (before != null) {
            before.previous = exchange;
        }
        first = exchange;
    }

    void remove(Exchange exchange) {
        Exchange previous = exchange.previous;
        Exchange next = exchange.next;
        if (previous != null) {
            previous.next = next;
        } else if (first == exchange) {
            first = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        exchange.previous = null;
        exchange.next = null;
    }

    /** The first that is found to be such, or null. */
    @Nullable Exchange find(Predicate<Exchange> such) {
        for (Exchange e = first; e != null; e = e.next) {
            if (such.test(e)) {
                return e;
            }
        }
        return null;
    }

    /** Visits each; the one visited may end meanwhile. */
    void forEach(Consumer<Exchange> visitor) {
        Exchange next;
        for (Exchange e = first; e != null; e = next) {
            next = e.next;
            visitor.accept(e);
        }
    }
}
