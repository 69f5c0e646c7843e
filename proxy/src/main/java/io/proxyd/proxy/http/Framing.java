package io.proxyd.proxy.http;

/** How the end of a message body is found (RFC 9112 section 6). */
public enum Framing {
    /** There is no body. */
    NONE,
    /** Content-Length says how many bytes. */
    LENGTH,
    /** Transfer-Encoding: chunked. */
    CHUNKED,
    /** A response that ends when its connection does. */
    UNTIL_CLOSE
}
