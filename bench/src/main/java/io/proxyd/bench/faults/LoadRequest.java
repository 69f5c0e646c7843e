package io.proxyd.bench.faults;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/**
 * One request of the load: of 20 four are POST, one is PUT, all others GET. Each has an id of its own. It is padded to more than
 * a kilobyte, so that whoever looks at packets can tell it from a health check.
 *
 * @param dueNanos when it is to be sent, on the clock of {@link System#nanoTime}
 * @param recorded whether it counts; not while the server is being warmed up
 */
record LoadRequest(String method, String id, long dueNanos, boolean recorded) {
    private static final int CYCLE = 20;
    private static final int POST_EVERY = 5;
    private static final int PUT_AT = 3;
    private static final String BODY = "hello";
    private static final String PADDING = "p".repeat(1000);

    /** The request of this number. */
    static LoadRequest of(String prefix, long number, long dueNanos, boolean recorded) {
        long place = number % CYCLE;
        String method = place % POST_EVERY == 0 ? "POST" : place == PUT_AT ? "PUT" : "GET";
        return new LoadRequest(method, prefix + "-" + number, dueNanos, recorded);
    }

    /** Returns an owned buffer with the bytes to send. */
    ByteBuf bytes() {
        String text = method + " / HTTP/1.1\r\nHost: lab\r\nX-Load-Id: " + id + "\r\nX-Padding: " + PADDING + "\r\n"
                + (method.equals("GET") ? "\r\n" : "Content-Length: " + BODY.length() + "\r\n\r\n" + BODY);
        ByteBuf bytes = Unpooled.directBuffer(text.length());
        ByteBufUtil.writeAscii(bytes, text);
        return bytes;
    }
}
