package io.proxyd.proxy;

import io.proxyd.discovery.RegistryStatus;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How proxyd stands, in the one line that {@code systemctl status} shows. Pure. */
final class StatusLine {
    /** Where the view is younger its age says nothing. */
    private static final Duration FRESH = Duration.ofSeconds(5);

    private StatusLine() {}

    /**
     * Such as {@code serving: 3 of 4 backends up, etcd followed}.
     *
     * @param unanswered addresses that systemd holds open and nobody accepts on
     */
    static String serving(
            @Nullable RoutingTable table,
            RegistryStatus registry,
            EvidenceStatus evidence,
            List<String> unanswered,
            Instant now,
            long nowNanos) {
        StringBuilder line = new StringBuilder("serving: ");
        line.append(backends(table, nowNanos)).append(", ").append(registry(registry, now));
        if (!evidence.brakes().isEmpty()) {
            line.append(", brake held for ")
                    .append(String.join(
                            " ",
                            evidence.brakes().stream()
                                    .map(EvidenceStatus.Brake::service)
                                    .toList()));
        }
        if (!unanswered.isEmpty()) {
            line.append(", NOBODY ANSWERS ON ")
                    .append(String.join(" ", unanswered))
                    .append(" (see the journal)");
        }
        return line.toString();
    }

    /** While it stops. */
    static String draining(long connections, Duration left) {
        return "draining: " + connections + " connections, " + Math.max(0, left.toSeconds()) + " s left";
    }

    private static String backends(@Nullable RoutingTable table, long nowNanos) {
        if (table == null) {
            return "no routing table yet";
        }
        int all = 0;
        int up = 0;
        for (Service service : table.services().values()) {
            all += service.backends().size();
            up += (int) service.backends().stream()
                    .filter(backend -> service.standing(backend, nowNanos) == Standing.UP)
                    .count();
        }
        return all == 0 ? "no backend yet" : up + " of " + all + " backends up";
    }

    private static String registry(RegistryStatus status, Instant now) {
        if (status.kind().equals("none")) {
            return "no registry";
        }
        Instant confirmed = status.confirmed();
        if (confirmed == null) {
            return status.kind() + " has not answered yet";
        }
        Duration age = Duration.between(confirmed, now);
        if (status.connected() && age.compareTo(FRESH) < 0) {
            return status.kind() + " followed";
        }
        // Rounded, so that the line changes now and then and not each second.
        long seconds = age.toSeconds() < 60 ? age.toSeconds() / 5 * 5 : age.toSeconds() / 60 * 60;
        return "view of " + status.kind() + " " + seconds + " s old" + (status.connected() ? "" : ", not connected");
    }
}
