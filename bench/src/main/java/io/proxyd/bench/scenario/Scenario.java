package io.proxyd.bench.scenario;

import java.util.concurrent.TimeUnit;

/** What befalls the first backend of a service while the others answer in 10 ms on average. */
enum Scenario {
    ALL_ALIKE("all alike", "nothing happens", 10, 4_000),
    COLD_START(
            "cold start",
            "one joins after a third; its first 1,000 answers take from 20 times as long down to the usual",
            10,
            4_000),
    SLOW_MIDDLE("slow middle", "one takes 10 times as long in the middle third", 10, 4_000),
    ONE_SLOW("one slow in ten", "one takes 10 times as long all the time", 10, 4_000),
    HANGS("temporary failure, slow", "one answers with an error after 2 s in the middle third", 10, 4_000),
    FAILS_FAST("temporary failure, fast", "one answers with an error after 1 ms in the middle third", 10, 4_000),
    QUIET("one slow in three, quiet", "one takes 10 times as long in the middle third", 3, 30);

    static final long LENGTH_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long USUAL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int COLD_ANSWERS = 1_000;

    final String label;
    final String text;
    final int backends;
    final int requestsPerSecond;

    Scenario(String label, String text, int backends, int requestsPerSecond) {
        this.label = label;
        this.text = text;
        this.backends = backends;
        this.requestsPerSecond = requestsPerSecond;
    }

    /** Whether the first backend is there at that time. */
    boolean complete(long nowNanos) {
        return this != COLD_START || nowNanos >= LENGTH_NANOS / 3;
    }

    /** Whether the first backend is not as it should be, or is new. */
    boolean affected(long nowNanos) {
        boolean middle = nowNanos >= LENGTH_NANOS / 3 && nowNanos < LENGTH_NANOS * 2 / 3;
        return this != ALL_ALIKE && (this == ONE_SLOW || middle);
    }

    /** Whether the first backend's answers are errors. */
    boolean fails(long nowNanos) {
        return (this == HANGS || this == FAILS_FAST) && affected(nowNanos);
    }

    /**
     * How long the first backend works at one request.
     *
     * @param usual the time that another one would take, as a multiple of the mean
     * @param answers that it gave until now
     */
    long nanos(double usual, int answers, long nowNanos) {
        if (this == COLD_START) {
            double cold = Math.max(0, 1 - (double) answers / COLD_ANSWERS);
            return nanos(usual * (1 + 19 * cold));
        }
        if (!affected(nowNanos)) {
            return nanos(usual);
        }
        return switch (this) {
            case HANGS -> TimeUnit.SECONDS.toNanos(2);
            case FAILS_FAST -> TimeUnit.MILLISECONDS.toNanos(1);
            default -> nanos(usual * 10);
        };
    }

    static long nanos(double usual) {
        return (long) (usual * USUAL_NANOS);
    }
}
