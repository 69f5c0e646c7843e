package io.proxyd.proxy.route;

/** Since when a backend could be picked, from which its slow start counts. Any thread. */
final class WarmUp {
    /** The age of one that has no slow start. */
    static final long WARM = Long.MAX_VALUE;

    private boolean warm;
    private boolean begun;
    private long startNanos;

    /** Says that it was there from the start, so that nothing speaks for it being new. */
    synchronized void skip() {
        warm = true;
    }

    /**
     * It may be picked now. The first call begins the slow start; nothing that happens to its health or registration later begins
     * it anew.
     *
     * @return how long ago the first call was, or {@link #WARM}
     */
    synchronized long ageNanos(long nowNanos) {
        if (warm) {
            return WARM;
        }
        if (!begun) {
            begun = true;
            startNanos = nowNanos;
        }
        return nowNanos - startNanos;
    }
}
