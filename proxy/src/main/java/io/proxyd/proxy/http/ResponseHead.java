package io.proxyd.proxy.http;

/** The head of a response. */
public final class ResponseHead extends Head {
    private int status;
    private int reasonStart;
    private int reasonEnd;

    /** The status code, 100 to 599. */
    public int status() {
        return status;
    }

    public int reasonStart() {
        return reasonStart;
    }

    public int reasonEnd() {
        return reasonEnd;
    }

    public void status(int code, int startOfReason, int endOfReason) {
        status = code;
        reasonStart = startOfReason;
        reasonEnd = endOfReason;
    }

    /** Whether a further response to the same request follows (1xx except 101). */
    public boolean interim() {
        return status < 200 && !switchesProtocols();
    }

    /** Whether what follows on the connection is no longer HTTP (RFC 9110 section 15.2.2). */
    public boolean switchesProtocols() {
        return status == 101;
    }
}
