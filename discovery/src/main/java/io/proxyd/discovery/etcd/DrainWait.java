package io.proxyd.discovery.etcd;

import io.proxyd.discovery.AnnouncedValue;
import io.proxyd.discovery.Drained;
import io.proxyd.discovery.etcd.AnnounceLink.CallFailed;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which of the live proxies have let go of a draining backend.
 *
 * <p>Each proxy keeps {@code <control>proxies/<proxy-id>} while it lives, and writes
 * {@code <control>acks/<proxy-id>/<service>/<backend-id>} with the registry revision it stands at once it sends the backend
 * nothing new and has nothing in flight there. Used by one thread.
 */
final class DrainWait {
    private final String proxies;
    private final String acks;
    private final String backend;
    private final Duration grace;
    private final Set<String> letGo = new TreeSet<>();
    private final Set<String> missing = new TreeSet<>();
    private long aloneSinceNanos;
    private String why = "no proxy is known";

    /**
     * @param backend {@code <service>/<backend-id>}
     * @param grace how long to wait where no proxy is known
     */
    DrainWait(String controlPrefix, String backend, Duration grace, long nowNanos) {
        this.proxies = controlPrefix + "proxies/";
        this.acks = controlPrefix + "acks/";
        this.backend = backend;
        this.grace = grace;
        this.aloneSinceNanos = nowNanos;
    }

    /**
     * Looks who has let go.
     *
     * @param revision of the draining registration: an acknowledgement of an earlier one counts for nothing
     * @return whether there is nobody left to wait for
     */
    boolean look(AnnounceLink link, long revision, long nowNanos) throws CallFailed, InterruptedException {
        letGo.clear();
        missing.clear();
        try {
            read(link, revision);
        } catch (CallFailed e) {
            if (!e.isDenied()) {
                throw e;
            }
            why = "etcd does not let this user read " + proxies + " and " + acks;
        }
        if (letGo.isEmpty() && missing.isEmpty()) {
            return nowNanos - aloneSinceNanos >= grace.toNanos();
        }
        aloneSinceNanos = nowNanos;
        return missing.isEmpty();
    }

    /** How it stands; the remark says why no proxy was asked, if none was. */
    Drained outcome() {
        if (letGo.isEmpty() && missing.isEmpty()) {
            return Drained.unheard(why + "; waited " + grace.toMillis() / 1000.0 + " s");
        }
        return new Drained(Set.copyOf(letGo), new TreeSet<>(missing), "");
    }

    private void read(AnnounceLink link, long revision) throws CallFailed, InterruptedException {
        List<String> alive = link.names(proxies);
        Map<String, byte[]> said = link.values(alive.stream().map(this::ackKey).toList());
        for (String proxy : alive) {
            byte[] ack = said.get(ackKey(proxy));
            boolean counts =
                    ack != null && AnnouncedValue.number(ack, "registrations").orElse(0L) >= revision;
            (counts ? letGo : missing).add(proxy);
        }
    }

    private String ackKey(String proxy) {
        return acks + proxy + "/" + backend;
    }
}
