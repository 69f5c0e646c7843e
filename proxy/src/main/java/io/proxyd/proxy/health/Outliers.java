package io.proxyd.proxy.health;

import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Traffic;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the backends that fail a much larger share of their attempts than the other backends of their service taken together,
 * over about the last five seconds. A failed attempt is one that ended without a whole response, or with a status of 5xx. On the
 * event loop of the health checks.
 */
final class Outliers {
    /** What remains of a window from one sweep to the next: at a sweep a second it holds some five seconds. */
    private static final double KEPT = 0.8;
    /** Fewer attempts than these in the window say nothing, neither of a backend nor of the others. */
    private static final double FEWEST_ATTEMPTS = 20;

    private Map<LiveBackend, Window> windows = new HashMap<>();

    /** The attempts of one backend of late. */
    private static final class Window {
        private long attemptsSeen;
        private long failuresSeen;
        private double attempts;
        private double failures;

        Window(LiveBackend backend) {
            read(backend);
            forget();
        }

        /** Takes in what the event loops have counted since the last time. */
        void read(LiveBackend backend) {
            long nowAttempts = 0;
            long nowFailures = 0;
            for (Traffic traffic : backend.traffic()) {
                long failed = traffic.failedAttempts();
                nowFailures += failed + traffic.responses(5);
                nowAttempts += failed;
                for (int statusClass = 1; statusClass <= 5; statusClass++) {
                    nowAttempts += traffic.responses(statusClass);
                }
            }
            attempts = attempts * KEPT + (nowAttempts - attemptsSeen);
            failures = failures * KEPT + (nowFailures - failuresSeen);
            attemptsSeen = nowAttempts;
            failuresSeen = nowFailures;
        }

        void forget() {
            attempts = 0;
            failures = 0;
        }
    }

    /** Looks at all services; to be called once a second. */
    void sweep(Collection<Service> services, long nowNanos) {
        Map<LiveBackend, Window> known = new HashMap<>();
        for (Service service : services) {
            for (LiveBackend backend : service.backends()) {
                Window window = windows.get(backend);
                if (window == null) {
                    window = new Window(backend);
                } else {
                    window.read(backend);
                }
                known.put(backend, window);
            }
        }
        windows = known;
        services.forEach(service -> judge(service, nowNanos));
    }

    private void judge(Service service, long nowNanos) {
        double tolerated = service.config().ejection().failureRate();
        List<LiveBackend> backends = service.backends();
        if (tolerated >= 1 || backends.size() < 2) {
            return;
        }
        double attempts = 0;
        double failures = 0;
        for (LiveBackend backend : backends) {
            Window window = window(backend);
            attempts += window.attempts;
            failures += window.failures;
        }
        for (LiveBackend backend : backends) {
            Window window = window(backend);
            double othersAttempts = attempts - window.attempts;
            if (window.attempts < FEWEST_ATTEMPTS || othersAttempts < FEWEST_ATTEMPTS) {
                continue;
            }
            double share = window.failures / window.attempts;
            double othersShare = (failures - window.failures) / othersAttempts;
            if (share - othersShare > tolerated) {
                backend.outlier(
                        "fails " + percent(share) + " of its attempts, the others " + percent(othersShare), nowNanos);
                window.forget();
            }
        }
    }

    private Window window(LiveBackend backend) {
        return windows.computeIfAbsent(backend, Window::new);
    }

    private static String percent(double share) {
        return Math.round(share * 100) + " %";
    }
}
