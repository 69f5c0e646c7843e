package io.proxyd.discovery.etcd;

import io.etcd.jetcd.common.exception.CompactedException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Says in one line why a call to etcd failed. */
final class EtcdFailures {
    private static final int MAX_CAUSES = 10;

    private EtcdFailures() {}

    /** The deepest cause that has something to say: gRPC puts "io exception" and a pipeline around it. */
    static String reason(Throwable failure) {
        Throwable told = failure;
        Throwable cause = failure;
        for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
            if (cause.getMessage() != null) {
                told = cause;
            }
            cause = cause.getCause();
        }
        return firstLine(told.getMessage(), told);
    }

    /** Whether the revision asked for is compacted away; a list tells so by its text alone. */
    static boolean isCompacted(Throwable failure) {
        return failure instanceof CompactedException
                || reason(failure).toLowerCase(Locale.ROOT).contains("required revision has been compacted");
    }

    private static String firstLine(@Nullable String message, Throwable failure) {
        if (message == null || message.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        return message.lines().findFirst().orElse(message);
    }
}
