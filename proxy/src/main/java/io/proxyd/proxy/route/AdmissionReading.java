package io.proxyd.proxy.route;

import org.jspecify.annotations.Nullable;

/**
 * How a service stands with its limits, over all event loops, which go on meanwhile.
 *
 * @param inFlight how many requests are in
 * @param waiting how many wait to be let in
 * @param limit how many may be in at once, as of the last answers; null while an event loop has no limit
 */
public record AdmissionReading(long inFlight, long waiting, @Nullable Long limit) {
    static AdmissionReading of(ServiceLoop[] loops) {
        long inFlight = 0;
        long waiting = 0;
        long limit = 0;
        boolean limited = true;
        for (ServiceLoop loop : loops) {
            AdmissionGauges gauges = loop.admission().gauges();
            inFlight += gauges.inFlight();
            waiting += gauges.waiting();
            limit += gauges.limit();
            limited &= gauges.limit() != AdmissionGauges.NONE;
        }
        return new AdmissionReading(inFlight, waiting, limited ? limit : null);
    }
}
