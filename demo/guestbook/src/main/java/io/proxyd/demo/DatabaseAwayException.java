package io.proxyd.demo;

import java.io.IOException;

/** The database did not answer. A write that failed so was not carried out, or its outcome is not known. */
final class DatabaseAwayException extends IOException {
    private static final long serialVersionUID = 1L;

    DatabaseAwayException(String message, Throwable cause) {
        super(message, cause);
    }

    DatabaseAwayException(String message) {
        super(message);
    }
}
