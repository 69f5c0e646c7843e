package io.proxyd.discovery.etcd;

import io.etcd.jetcd.common.exception.CompactedException;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says in one line why a call to etcd failed. */
final class EtcdFailures {
    private static final int MAX_CAUSES = 10;
    private static final List<String> DENIALS = List.of(
            "etcdserver: permission denied",
            "etcdserver: user name is empty",
            "etcdserver: authentication failed",
            "etcdserver: invalid auth token");
    private static final List<String> STALE_LOGINS = List.of(
            "etcdserver: invalid auth token",
            "etcdserver: revision of auth store is old",
            "etcdserver: user name is empty");

    private EtcdFailures() {}

    /** The deepest cause that has something to say: gRPC puts "io exception" and a pipeline around it. */
    static String reason(Throwable failure) {
        Throwable told = failure;
        Throwable cause = failure;
        String stage = "";
        for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
            if (cause.getMessage() != null) {
                told = cause;
            }
            if (cause instanceof SSLException) {
                stage = "TLS failed: ";
            }
            cause = cause.getCause();
        }
        return stage + firstLine(told.getMessage(), told);
    }

    /** Whether the revision asked for is compacted away; a list tells so by its text alone. */
    static boolean isCompacted(Throwable failure) {
        return failure instanceof CompactedException
                || reason(failure).toLowerCase(Locale.ROOT).contains("required revision has been compacted");
    }

    /** Whether etcd refuses whoever asks, and will until rights, user or password change. */
    static boolean isDenied(Throwable failure) {
        String reason = reason(failure);
        return DENIALS.stream().anyMatch(reason::contains);
    }

    /** Whether the call was refused for a token that is too old, or missing since it was not needed before. */
    static boolean isStaleLogin(Throwable failure) {
        String reason = reason(failure);
        return STALE_LOGINS.stream().anyMatch(reason::contains);
    }

    /** Whether the answer had more bytes than the client takes. */
    static boolean isTooLarge(Throwable failure) {
        return reason(failure).contains("exceeds maximum size");
    }

    private static String firstLine(@Nullable String message, Throwable failure) {
        if (message == null || message.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        return message.lines().findFirst().orElse(message);
    }
}
