package io.proxyd.proxy.http;

/** Takes what the downstream connections of one event loop receive. */
public interface Requests {
    /**
     * A request head arrived.
     *
     * @param head borrowed until the exchange has ended
     * @return who wants to know what follows
     */
    RequestEvents begin(Downstream downstream, RequestHead head);

    /** A request was refused before it became an exchange; the downstream answers it itself. */
    void refused(Downstream downstream, RequestHead head, FailureKind kind, String detail);
}
