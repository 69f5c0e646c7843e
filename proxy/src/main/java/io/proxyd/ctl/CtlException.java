package io.proxyd.ctl;

/** What was asked for cannot be told. The message is the one line that the operator reads. */
final class CtlException extends RuntimeException {
    CtlException(String message) {
        super(message);
    }

    CtlException(String message, Throwable cause) {
        super(message, cause);
    }
}
