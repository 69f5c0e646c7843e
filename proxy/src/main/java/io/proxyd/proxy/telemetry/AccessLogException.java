package io.proxyd.proxy.telemetry;

/** The access log cannot be written where the configuration wants it. The message names the file and the reason. */
public final class AccessLogException extends RuntimeException {
    AccessLogException(String message, Throwable cause) {
        super(message, cause);
    }
}
