package io.proxyd.proxy.telemetry;

import io.proxyd.proxy.exchange.ExchangeRecord;
import java.time.Instant;

/** Records of exchanges for tests. */
final class Records {
    private Records() {}

    static ExchangeRecord answered() {
        return new ExchangeRecord(
                Instant.parse("2026-11-22T18:31:07.250123456Z"),
                "203.0.113.7",
                "10.0.0.9",
                "GET",
                "/?page=2",
                1,
                "example.org",
                "curl/8.14.1",
                "https://example.org/",
                "8c1f",
                200,
                512,
                "guestbook",
                "guestbook-1",
                1,
                12_345_400,
                0,
                11_900_000,
                45_000,
                null,
                null);
    }

    static ExchangeRecord refused() {
        return new ExchangeRecord(
                Instant.parse("2026-11-22T18:31:08Z"),
                "2001:db8::7",
                "2001:db8::7",
                "",
                "",
                1,
                "",
                "",
                "",
                "",
                400,
                0,
                null,
                null,
                0,
                1_500,
                0,
                -1,
                1_500,
                "bad-request",
                "a field line without a colon");
    }

    static ExchangeRecord withUserAgent(String userAgent) {
        ExchangeRecord r = answered();
        return new ExchangeRecord(
                r.start(),
                r.client(),
                r.peer(),
                r.method(),
                r.target(),
                r.minorVersion(),
                r.host(),
                userAgent,
                r.referer(),
                r.requestId(),
                r.status(),
                r.bodyBytes(),
                r.service(),
                r.backend(),
                r.attempts(),
                r.durationNanos(),
                r.queueNanos(),
                r.backendNanos(),
                r.ownNanos(),
                r.failure(),
                r.failureDetail());
    }
}
