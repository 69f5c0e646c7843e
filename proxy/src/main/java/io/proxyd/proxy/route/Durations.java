package io.proxyd.proxy.route;

import java.util.concurrent.atomic.AtomicLongArray;

/** A histogram of times by the buckets of {@link Traffic}. One event loop writes; any thread reads. */
public final class Durations {
    private final AtomicLongArray counts = new AtomicLongArray(Traffic.buckets() + 1);

    void add(long nanos) {
        int sum = Traffic.buckets();
        int bucket = Traffic.bucket(nanos);
        counts.lazySet(sum, counts.getPlain(sum) + nanos);
        counts.lazySet(bucket, counts.getPlain(bucket) + 1);
    }

    /** Times in bucket {@code i}, above bound i - 1 and up to bound i. */
    public long inBucket(int i) {
        return counts.get(i);
    }

    public long sumNanos() {
        return counts.get(Traffic.buckets());
    }
}
