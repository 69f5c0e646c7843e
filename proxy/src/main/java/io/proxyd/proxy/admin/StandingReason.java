package io.proxyd.proxy.admin;

import io.proxyd.discovery.Intent;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.evidence.Words;
import io.proxyd.proxy.route.Ejection;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Source;
import io.proxyd.proxy.route.Standing;
import io.proxyd.proxy.route.Terms;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Why a backend stands where it stands, and who says so, in words for the operator. */
final class StandingReason {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final LiveBackend backend;
    private final Terms terms;
    private final Standing standing;
    private final EvidenceStatus.@Nullable Kept kept;

    /** @param kept null for a backend that the registry or the configuration names */
    StandingReason(LiveBackend backend, Standing standing, EvidenceStatus.@Nullable Kept kept) {
        this.backend = backend;
        this.terms = backend.terms();
        this.standing = standing;
        this.kept = kept;
    }

    /**
     * The verdict's reason, and then why the backend is there if the registry dropped it.
     *
     * @param nowNanos the current {@link System#nanoTime}
     */
    String text(long nowNanos, Instant now) {
        String reason = verdict(nowNanos, now);
        return kept == null ? reason : reason + "; " + why(kept);
    }

    /** Whose word the standing follows: the first in the order of precedence that speaks against the backend. */
    String decidedBy() {
        Intent intent = terms.intent();
        return switch (standing) {
            case DRAINING ->
                !terms.draining() ? "health-check" : intent != null && intent.drain() ? "operator" : "registration";
            case DISABLED -> intent != null && intent.weight().isPresent() ? "operator" : "registration";
            case UNRESOLVED -> "name-resolution";
            case UNHEALTHY, UNCHECKED -> "health-check";
            case UNCONFIRMED -> "evidence";
            case EJECTED -> "ejection";
            case RESTING -> "retry-after";
            case UP ->
                switch (backend.health().health()) {
                    case PASSING, FAILING -> "health-check";
                    case UNCHECKED, NOT_CHECKED -> terms.source().label();
                };
        };
    }

    private String verdict(long nowNanos, Instant now) {
        Intent intent = terms.intent();
        String health = backend.health().reason();
        return switch (standing) {
            case UP ->
                intent == null
                        ? onTrial(health, nowNanos)
                        : health + "; " + Words.of(intent, now) + ", registered with weight " + terms.statedWeight();
            case UNCHECKED, UNCONFIRMED, UNHEALTHY -> health;
            case EJECTED -> ejected(backend.ejection(), nowNanos);
            case RESTING ->
                "it asked by Retry-After to be left alone, back in "
                        + secondsLeft(backend.rest().endNanos(), nowNanos) + " s";
            case UNRESOLVED -> "host name " + backend.key().host() + " was never resolved";
            case DISABLED ->
                intent != null && intent.weight().isPresent() ? Words.of(intent, now) : "its registration has weight 0";
            case DRAINING -> intent != null && intent.drain() ? Words.of(intent, now) : draining(now);
        };
    }

    private String onTrial(String health, long nowNanos) {
        Ejection ejection = backend.ejection();
        return ejection.onTrial(nowNanos)
                ? health + "; on trial with one request at a time after its ejection: " + ejection.evidence()
                : health;
    }

    private String draining(Instant now) {
        if (!terms.draining()) {
            return "its health check says that it drains";
        }
        String asks = "its registration asks for no new requests";
        if (terms.registration() == null) {
            return asks;
        }
        return terms.registration()
                .deadline()
                .map(deadline -> asks + "; it waits until " + Words.of(deadline, now))
                .orElse(asks);
    }

    private static String why(EvidenceStatus.Kept kept) {
        String left = Words.of(kept.left());
        if (kept.source() == Source.PROBATION) {
            return "its lease ended, on probation for another " + left;
        }
        String more = kept.counting() ? "" : " of a connected registry";
        return "it left the registry, held by the brake for another " + left + more;
    }

    private static String ejected(Ejection ejection, long nowNanos) {
        String often = ejection.total() > 1 ? " (ejected " + ejection.total() + " times)" : "";
        return ejection.evidence() + ", back in " + secondsLeft(ejection.endNanos(), nowNanos) + " s" + often;
    }

    private static long secondsLeft(long endNanos, long nowNanos) {
        return Math.max(1, (endNanos - nowNanos + SECOND - 1) / SECOND);
    }
}
