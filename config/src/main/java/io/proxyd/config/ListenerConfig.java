package io.proxyd.config;

import java.time.Duration;

/** One address that accepts downstream connections. */
public record ListenerConfig(Address address, Timeouts timeouts, Limits limits) {
    /**
     * How long a client may take.
     *
     * @param requestHead from the first byte of a request to the end of its head
     * @param requestBody longest pause between two reads of a request body
     * @param responseBody longest pause in which the client takes no byte of a response
     * @param keepAlive longest idle time between two requests of one connection
     */
    public record Timeouts(Duration requestHead, Duration requestBody, Duration responseBody, Duration keepAlive) {}

    /**
     * How much a client may send before it is refused.
     *
     * @param requestTargetBytes longest request target, above which the answer is 414
     * @param headBytes longest request head with its request line, above which the answer is 431
     * @param headerFields most fields in a request head, above which the answer is 431
     */
    public record Limits(int requestTargetBytes, int headBytes, int headerFields) {}
}
