package io.proxyd.proxy.route;

/** Where the time of the requests of one service went on one event loop, which alone writes; any thread reads. */
public final class RequestTimes {
    /** A part of the time from the end of a request head to the end of the response; together they are the whole. */
    public enum Part {
        /** Until the request was let in or turned away. */
        QUEUE,
        /** While a backend was connected to, asked and listened to. */
        BACKEND,
        /** The rest: what proxyd itself took. */
        OWN
    }

    private final Durations[] parts = new Durations[Part.values().length];

    RequestTimes() {
        for (int i = 0; i < parts.length; i++) {
            parts[i] = new Durations();
        }
    }

    /** Adds one exchange. */
    public void add(long queueNanos, long backendNanos, long ownNanos) {
        of(Part.QUEUE).add(queueNanos);
        of(Part.BACKEND).add(backendNanos);
        of(Part.OWN).add(Math.max(0, ownNanos));
    }

    public Durations of(Part part) {
        return parts[part.ordinal()];
    }
}
