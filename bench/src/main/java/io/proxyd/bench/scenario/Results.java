package io.proxyd.bench.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What became of the requests of one simulation. */
final class Results {
    private static final int DIGITS = 3;
    private static final double MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final Histogram all = new Histogram(DIGITS);
    private final List<Histogram> seconds = new ArrayList<>();
    private long affected;
    private long atFirst;
    private long failed;

    Results() {
        for (long at = 0; at < Scenario.LENGTH_NANOS; at += TimeUnit.SECONDS.toNanos(1)) {
            seconds.add(new Histogram(DIGITS));
        }
    }

    void whileAffected(boolean first) {
        affected++;
        atFirst += first ? 1 : 0;
    }

    void answered(long startNanos, long latencyNanos, boolean error) {
        all.recordValue(latencyNanos);
        seconds.get((int) TimeUnit.NANOSECONDS.toSeconds(startNanos)).recordValue(latencyNanos);
        failed += error ? 1 : 0;
    }

    double millisAt(double percentile) {
        return all.getValueAtPercentile(percentile) / MILLI;
    }

    /** Of the requests that came in each second. */
    List<Double> p99MillisBySecond() {
        return seconds.stream().map(h -> h.getValueAtPercentile(99) / MILLI).toList();
    }

    /** The first backend's share of the requests that came while it was affected, in percent; NaN if it never was. */
    double percentAtFirst() {
        return affected == 0 ? Double.NaN : 100.0 * atFirst / affected;
    }

    /** The share of all requests that were answered with an error, in percent. */
    double percentFailed() {
        return 100.0 * failed / all.getTotalCount();
    }
}
