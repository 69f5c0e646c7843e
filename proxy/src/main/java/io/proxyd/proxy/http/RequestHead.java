package io.proxyd.proxy.http;

import java.nio.charset.StandardCharsets;

/** The head of a request, with the parts that routing and forwarding read. */
public final class RequestHead extends Head {
    private Method method = Method.OTHER;
    private int methodStart;
    private int methodEnd;
    private byte[] target = new byte[0];
    private int targetStart;
    private int targetEnd;
    private int pathEnd;
    private int authorityStart;
    private int authorityEnd;
    private int hostEnd;
    private boolean expectContinue;
    private boolean webSocket;
    private Forwarding forwarding = Forwarding.UNKNOWN;
    private long maxForwards;
    private long requestIdHigh;
    private long requestIdLow;

    @Override
    public void clear() {
        super.clear();
        method = Method.OTHER;
        target = bytes();
        authorityStart = 0;
        authorityEnd = 0;
        hostEnd = 0;
        expectContinue = false;
        webSocket = false;
        maxForwards = -1;
    }

    public Method method() {
        return method;
    }

    public int methodStart() {
        return methodStart;
    }

    public int methodEnd() {
        return methodEnd;
    }

    public void method(Method value, int start, int end) {
        method = value;
        methodStart = start;
        methodEnd = end;
    }

    /** The array that {@link #targetStart}, {@link #pathEnd} and {@link #targetEnd} point into. */
    public byte[] target() {
        return target;
    }

    /** Start of the target in origin-form (path and query), or of {@code *}. */
    public int targetStart() {
        return targetStart;
    }

    /** End of the path; a query may follow. */
    public int pathEnd() {
        return pathEnd;
    }

    public int targetEnd() {
        return targetEnd;
    }

    /** Sets the one target that is both routed by and forwarded: origin-form, dot segments removed. */
    public void target(byte[] array, int start, int endOfPath, int end) {
        target = array;
        targetStart = start;
        pathEnd = endOfPath;
        targetEnd = end;
    }

    /** Start of host and port within {@link #bytes}; equal to {@link #authorityEnd} where the request names none. */
    public int authorityStart() {
        return authorityStart;
    }

    /** End of the host without its port. */
    public int hostEnd() {
        return hostEnd;
    }

    public int authorityEnd() {
        return authorityEnd;
    }

    public void authority(int start, int endOfHost, int end) {
        authorityStart = start;
        hostEnd = endOfHost;
        authorityEnd = end;
    }

    /** Whether the client waits for a 100 before it sends the body (RFC 9110 section 10.1.1). */
    public boolean expectContinue() {
        return expectContinue;
    }

    public void expectContinue(boolean value) {
        expectContinue = value;
    }

    /** Whether the client asks to go on with the WebSocket protocol (RFC 6455) on its connection. */
    public boolean webSocket() {
        return webSocket;
    }

    public void webSocket(boolean value) {
        webSocket = value;
    }

    /** How many times the request may be forwarded further (RFC 9110 section 7.6.2); -1 if that is not to be told. */
    public long maxForwards() {
        return maxForwards;
    }

    public void maxForwards(long value) {
        maxForwards = value;
    }

    /** What the backend is told about the client. */
    public Forwarding forwarding() {
        return forwarding;
    }

    public void forwarding(Forwarding ofConnection) {
        forwarding = ofConnection;
    }

    /** First half of the id that this request carries as X-Request-Id, unless it came with one from a trusted proxy. */
    public long requestIdHigh() {
        return requestIdHigh;
    }

    public long requestIdLow() {
        return requestIdLow;
    }

    public void requestId(long high, long low) {
        requestIdHigh = high;
        requestIdLow = low;
    }

    /** The target as text; for logs. */
    public String targetText() {
        return new String(target, targetStart, targetEnd - targetStart, StandardCharsets.ISO_8859_1);
    }

    /** Host and port as text, empty where the request names none; for logs. */
    public String authorityText() {
        return text(authorityStart, authorityEnd);
    }

    /** The method as text; for logs. */
    public String methodText() {
        return text(methodStart, methodEnd);
    }
}
