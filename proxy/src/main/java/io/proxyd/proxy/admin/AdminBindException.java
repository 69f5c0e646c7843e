package io.proxyd.proxy.admin;

/** The admin interface cannot listen where the configuration wants it. The message names the address and the reason. */
public final class AdminBindException extends RuntimeException {
    AdminBindException(String address, String reason, Throwable cause) {
        super(message(address, reason), cause);
    }

    AdminBindException(String address, String reason) {
        super(message(address, reason));
    }

    private static String message(String address, String reason) {
        return "admin interface cannot listen on " + address + ": " + reason;
    }
}
