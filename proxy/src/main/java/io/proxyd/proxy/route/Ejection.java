package io.proxyd.proxy.route;

import io.proxyd.config.ServiceConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Passive removal of one backend: what requests meet there speaks against it until it is out for a while; then it is on trial,
 * with one request at a time, until it has given some good answers. What it does badly on trial puts it out again at once, for
 * twice as long. Any thread; while nothing is wrong no lock is taken.
 */
public final class Ejection {
    /** Good answers that end a trial. */
    static final int TRIAL_ANSWERS = 3;
    /** Late requests without an answer since that end a trial badly: one may be due to a process that has just started. */
    static final int TRIAL_LATE = 2;
    /** A trial with at least one good answer and nothing bad ends after this time, too. */
    static final long TRIAL_NANOS = Duration.ofSeconds(5).toNanos();
    /** On trial a further request is let through without an answer to the one before after this time: its client may be gone. */
    static final long TRIAL_PAUSE_NANOS = Duration.ofSeconds(1).toNanos();
    /** A backend that is silent for less than this may just collect garbage. */
    static final long STALL_NANOS = Duration.ofMillis(100).toNanos();
    /** The time of the newest answer is kept no more exactly than this, so that event loops rarely write it. */
    private static final long ANSWER_NANOS = Duration.ofMillis(1).toNanos();

    private static final long NEVER = Long.MIN_VALUE;

    /** Asks whether one more backend of the service may be out. */
    interface Limit {
        /**
         * Runs {@code ejecting} if that is so.
         *
         * @param maxShare of the backends that may be
         * @return whether it ran
         */
        boolean eject(double maxShare, long nowNanos, Runnable ejecting);
    }

    /** What came of a signal. */
    enum Effect {
        NONE,
        /** It is out from now on. */
        EJECTED,
        /** It would be out, but too many others are. */
        REFUSED,
        /** It is not out any more, but on trial. */
        ON_TRIAL,
        /** It is as good as the others again. */
        RESTORED
    }

    /** The ejection that is in force until its end, and under trial from then on. */
    private record Term(EjectionReason reason, String evidence, Instant since, long startNanos, long endNanos) {}

    private final Limit limit;
    private final EjectionLength length;
    private final AtomicLongArray totals = new AtomicLongArray(EjectionReason.values().length);
    private volatile ServiceConfig.Ejection rule;
    /** Null while nothing is wrong. */
    private volatile @Nullable Term term;

    private volatile Instant ended = Instant.EPOCH;
    private volatile long lastAnswerNanos = NEVER;
    private volatile int connectFailures;
    private volatile int gatewayErrors;
    /** Guarded by this, as are all writes of the above but of the newest answer. */
    private int late;
    /** The newest answer at the time when {@link #late} began to count. Guarded by this. */
    private long lateSinceAnswerNanos = NEVER;
    /** When the first of them was sent. Guarded by this. */
    private long firstLateNanos;
    /** Guarded by this. */
    private int trialAnswers;

    private long trialSinceNanos;
    private volatile long nextTrialNanos;

    Ejection(ServiceConfig.Ejection rule, Limit limit) {
        this.rule = rule;
        this.limit = limit;
        this.length = new EjectionLength();
    }

    void rule(ServiceConfig.Ejection newRule) {
        rule = newRule;
    }

    /** A connect failed. */
    synchronized Effect connectFailed(long nowNanos, InstantSource clock) {
        int threshold = rule.connectFailures();
        if (threshold == 0 || active(nowNanos)) {
            return Effect.NONE;
        }
        int failures = connectFailures + 1;
        connectFailures = failures;
        if (term != null) {
            return eject(EjectionReason.CONNECT, "a connect failed when it was tried again", nowNanos, clock);
        }
        String evidence = failures == 1 ? "a connect failed" : failures + " connects in a row failed";
        return failures < threshold ? Effect.NONE : eject(EjectionReason.CONNECT, evidence, nowNanos, clock);
    }

    /** A connect succeeded: that disproves failed connects, and nothing else. */
    Effect connected(long nowNanos, InstantSource clock) {
        if (connectFailures == 0 && term == null) {
            return Effect.NONE;
        }
        synchronized (this) {
            connectFailures = 0;
            Term out = term;
            boolean ends = out != null && out.reason() == EjectionReason.CONNECT && active(nowNanos);
            return ends ? endAt(nowNanos, nowNanos, clock) : Effect.NONE;
        }
    }

    /** A response head came. */
    Effect answered(int status, long nowNanos, InstantSource clock) {
        long last = lastAnswerNanos;
        if (last == NEVER || nowNanos - last > ANSWER_NANOS) {
            lastAnswerNanos = nowNanos;
        }
        if (isGatewayError(status)) {
            return gatewayError(nowNanos, clock);
        }
        return gatewayErrors == 0 && term == null ? Effect.NONE : answeredWell(nowNanos);
    }

    /** Whether a status says that the backend could not do its work: 502, 503 or 504. */
    static boolean isGatewayError(int status) {
        return status >= 502 && status <= 504;
    }

    /** An attempt ended without a response. */
    synchronized Effect gatewayError(long nowNanos, InstantSource clock) {
        int threshold = rule.gatewayErrors();
        if (threshold == 0 || active(nowNanos)) {
            return Effect.NONE;
        }
        int errors = gatewayErrors + 1;
        gatewayErrors = errors;
        if (term != null) {
            return eject(EjectionReason.GATEWAY, "a gateway error when it was tried again", nowNanos, clock);
        }
        String evidence = errors == 1 ? "a gateway error" : errors + " gateway errors in a row";
        return errors < threshold ? Effect.NONE : eject(EjectionReason.GATEWAY, evidence, nowNanos, clock);
    }

    private synchronized Effect answeredWell(long nowNanos) {
        gatewayErrors = 0;
        if (term == null || active(nowNanos)) {
            return Effect.NONE;
        }
        if (trialAnswers++ == 0) {
            trialSinceNanos = nowNanos;
        }
        nextTrialNanos = nowNanos;
        if (trialAnswers < TRIAL_ANSWERS && nowNanos - trialSinceNanos < TRIAL_NANOS) {
            return Effect.NONE;
        }
        term = null;
        connectFailures = 0;
        return Effect.RESTORED;
    }

    /** An attempt that began at {@code startNanos} takes longer than is normal. It counts if nothing was answered since then. */
    synchronized Effect late(long startNanos, long nowNanos, InstantSource clock) {
        long answer = lastAnswerNanos;
        int threshold = rule.stalled();
        if (threshold == 0 || active(nowNanos) || (answer != NEVER && startNanos - answer < 0)) {
            return Effect.NONE;
        }
        Term tried = term;
        if (tried != null && startNanos - tried.endNanos() < 0) {
            return Effect.NONE; // sent before the trial
        }
        boolean first = late == 0 || answer != lateSinceAnswerNanos;
        firstLateNanos = first ? startNanos : firstLateNanos;
        late = first ? 1 : late + 1;
        lateSinceAnswerNanos = answer;
        int most = tried == null ? threshold : Math.min(threshold, TRIAL_LATE);
        String evidence = (late == 1 ? "a request" : late + " requests") + " late and no answer since";
        boolean stalls = late >= most && nowNanos - firstLateNanos >= STALL_NANOS;
        return stalls ? eject(EjectionReason.STALLED, evidence, nowNanos, clock) : Effect.NONE;
    }

    /** It fails more often than the others. */
    synchronized Effect outlier(String evidence, long nowNanos, InstantSource clock) {
        return active(nowNanos) ? Effect.NONE : eject(EjectionReason.FAILURE_RATE, evidence, nowNanos, clock);
    }

    /**
     * Its health checks speak for it, after they had convicted it or were made for the ejection: that ends the ejection before its
     * time, though each further one within a while takes longer at least. A failure rate is nothing that a check could disprove.
     */
    synchronized Effect acquitted(long nowNanos, InstantSource clock) {
        Term out = term;
        if (out == null || out.reason() == EjectionReason.FAILURE_RATE || !active(nowNanos)) {
            return Effect.NONE;
        }
        long earliest = out.startNanos()
                + length.least(rule, out.reason() == EjectionReason.CONNECT).toNanos();
        return out.endNanos() - earliest <= 0 ? Effect.NONE : endAt(earliest, nowNanos, clock);
    }

    private Effect eject(EjectionReason reason, String evidence, long nowNanos, InstantSource clock) {
        connectFailures = 0;
        gatewayErrors = 0;
        late = 0;
        boolean done = limit.eject(rule.maxShare(), nowNanos, () -> {
            Duration time = length.next(rule, nowNanos);
            Instant now = clock.instant();
            ended = now.plus(time);
            trialAnswers = 0;
            nextTrialNanos = nowNanos + time.toNanos();
            term = new Term(reason, evidence, now, nowNanos, nextTrialNanos);
            totals.incrementAndGet(reason.ordinal());
        });
        return done ? Effect.EJECTED : Effect.REFUSED;
    }

    /** Brings the end forward. Guarded by this. */
    private Effect endAt(long endNanos, long nowNanos, InstantSource clock) {
        Term out = term;
        if (out == null) {
            return Effect.NONE;
        }
        long newEnd = endNanos - nowNanos < 0 ? nowNanos : endNanos;
        term = new Term(out.reason(), out.evidence(), out.since(), out.startNanos(), newEnd);
        nextTrialNanos = newEnd;
        ended = clock.instant().plusNanos(newEnd - nowNanos);
        length.ended(newEnd);
        return Effect.ON_TRIAL;
    }

    /** Whether the backend is out at that time. */
    public boolean active(long nowNanos) {
        Term out = term;
        return out != null && nowNanos - out.endNanos() < 0;
    }

    /** Whether it is back after an ejection and has to prove itself: {@link #admits} then says when it may be tried. */
    public boolean onTrial(long nowNanos) {
        Term out = term;
        return out != null && nowNanos - out.endNanos() >= 0;
    }

    /**
     * Whether one more request may go to it: always but on trial, when it takes one at a time. To be asked once for each request
     * that would go there, as the answer yes counts as one. While nothing is wrong that is one volatile read.
     */
    boolean admits(long nowNanos) {
        return term == null || admitsOnTrial(nowNanos);
    }

    private synchronized boolean admitsOnTrial(long nowNanos) {
        if (!onTrial(nowNanos)) {
            return true;
        }
        if (nowNanos - nextTrialNanos < 0) {
            return false;
        }
        nextTrialNanos = nowNanos + TRIAL_PAUSE_NANOS;
        return true;
    }

    /** When it ends, as {@link System#nanoTime}; meaningful while {@link #active}. */
    public long endNanos() {
        Term out = term;
        return out == null ? 0 : out.endNanos();
    }

    /** When it began; {@link Instant#EPOCH} if there is none. */
    public Instant since() {
        Term out = term;
        return out == null ? Instant.EPOCH : out.since();
    }

    /** What the one in force, or under trial, was for; null if there is none. */
    public @Nullable EjectionReason reason() {
        Term out = term;
        return out == null ? null : out.reason();
    }

    /** The same in words for the operator, empty if there is none. */
    public String evidence() {
        Term out = term;
        return out == null ? "" : out.evidence();
    }

    /** When the last one ended or will end; {@link Instant#EPOCH} if there was none. */
    public Instant ended() {
        return ended;
    }

    /** How often the backend was ejected in its life. */
    public long total() {
        long sum = 0;
        for (EjectionReason reason : EjectionReason.values()) {
            sum += total(reason);
        }
        return sum;
    }

    /** How often for that. */
    public long total(EjectionReason reason) {
        return totals.get(reason.ordinal());
    }
}
