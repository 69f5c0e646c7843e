package io.proxyd.proxy.exchange;

import io.proxyd.proxy.http.Upstream;
import io.proxyd.proxy.route.LiveBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The attempts of one exchange: those under way, nearly always one, and which backends have had theirs. */
final class Attempts {
    private @Nullable Attempt newest;
    private @Nullable LiveBackend lastTried;
    private List<LiveBackend> tried = List.of();
    private int made;

    /** How many were made. */
    int made() {
        return made;
    }

    void add(Attempt attempt) {
        attempt.next = newest;
        newest = attempt;
        lastTried = attempt.backend();
        made++;
    }

    /** Lets go of one; false if it was let go before. */
    boolean remove(Attempt attempt) {
        Attempt before = null;
        for (Attempt a = newest; a != null; before = a, a = a.next) {
            if (a == attempt) {
                if (before == null) {
                    newest = a.next;
                } else {
                    before.next = a.next;
                }
                return true;
            }
        }
        return false;
    }

    /** Whether any is under way. */
    boolean underWay() {
        return newest != null;
    }

    /** The only one under way; null if there are none or several. */
    @Nullable Attempt only() {
        return newest != null && newest.next == null ? newest : null;
    }

    /** The connection of the newest one whose request was sent; null if there is none. */
    @Nullable Upstream upstream() {
        for (Attempt a = newest; a != null; a = a.next) {
            if (a.upstream() != null) {
                return a.upstream();
            }
        }
        return null;
    }

    /** The one under way at this backend that has no response yet; null if there is none. */
    @Nullable Attempt waitingFor(LiveBackend backend) {
        for (Attempt a = newest; a != null; a = a.next) {
            if (a.backend() == backend && a.progress() != Progress.RESPONSE_STARTED) {
                return a;
            }
        }
        return null;
    }

    /** Lets go of all but one. */
    void dropOthers(@Nullable Attempt one, Consumer<Attempt> drop) {
        Attempt next;
        for (Attempt a = newest; a != null; a = next) {
            next = a.next;
            if (a != one) {
                remove(a);
                drop.accept(a);
            }
        }
    }

    /** The backends that have had an attempt, not to be picked again while another is left. */
    List<LiveBackend> tried() {
        if (lastTried != null) {
            if (tried.isEmpty()) {
                tried = new ArrayList<>(2);
            }
            tried.add(lastTried);
            lastTried = null;
        }
        return tried;
    }
}
