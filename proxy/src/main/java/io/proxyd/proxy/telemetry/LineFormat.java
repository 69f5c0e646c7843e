package io.proxyd.proxy.telemetry;

import io.proxyd.proxy.exchange.ExchangeRecord;

/** Writes one record as one line of ASCII, whatever its strings hold. Confined to the access log's thread. */
interface LineFormat {
    /** Appends the line with its line feed. */
    void append(ExchangeRecord record, StringBuilder line);

    /** Appends seconds with six decimals, such as {@code 0.012345}. */
    static void appendSeconds(long nanos, StringBuilder line) {
        long micros = Math.round(nanos / 1000.0);
        line.append(micros / 1_000_000).append('.');
        String fraction = Long.toString(1_000_000 + micros % 1_000_000);
        line.append(fraction, 1, fraction.length());
    }
}
