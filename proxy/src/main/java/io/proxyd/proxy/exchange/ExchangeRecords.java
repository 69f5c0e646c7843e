package io.proxyd.proxy.exchange;

import io.proxyd.proxy.http.ClientAddress;
import io.proxyd.proxy.http.Downstream;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.RequestHead;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Makes the records that the log gets. */
final class ExchangeRecords {
    private ExchangeRecords() {}

    /** Of an exchange that has ended. */
    static ExchangeRecord ended(
            Instant start,
            Downstream downstream,
            RequestHead head,
            int status,
            @Nullable String service,
            @Nullable String backend,
            int attempts,
            long durationNanos,
            long queueNanos,
            long backendNanos,
            long ownNanos,
            @Nullable Failure failure) {
        return new ExchangeRecord(
                start,
                head.forwarding().client(head),
                head.forwarding().peer(),
                head.methodText(),
                head.targetText(),
                head.minorVersion(),
                head.authorityText(),
                head.value(Field.USER_AGENT),
                head.value(Field.REFERER),
                head.forwarding().requestId(head),
                status,
                downstream.bodyBytesSent(),
                service,
                backend,
                attempts,
                durationNanos,
                queueNanos,
                backendNanos,
                ownNanos,
                failure == null ? null : failure.kind().label(),
                failure == null ? null : failure.detail());
    }

    /** Of a request whose head was refused, so that nothing in it can be trusted. */
    static ExchangeRecord refused(
            Instant start, Downstream downstream, RequestHead head, FailureKind kind, String detail) {
        String peer = ClientAddress.text(ClientAddress.ip(downstream.clientAddress()));
        return new ExchangeRecord(
                start,
                peer,
                peer,
                "",
                "",
                head.minorVersion(),
                "",
                "",
                "",
                "",
                kind.status(),
                0,
                null,
                null,
                0,
                0,
                0,
                -1,
                0,
                kind.label(),
                detail);
    }
}
