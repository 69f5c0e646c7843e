package io.proxyd.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.proxyd.proxy.http.Downstream;
import java.util.ArrayList;
import java.util.List;

/** The parts of a response body that the client has not been shown yet. On the event loop of the exchange. */
final class HeldResponse {
    private final List<ByteBuf> parts = new ArrayList<>(2);
    private int bytes;

    /** Takes ownership of a part. */
    void add(ByteBuf part) {
        bytes += part.readableBytes();
        parts.add(part);
    }

    int bytes() {
        return bytes;
    }

    /** Hands all parts over. */
    void sendTo(Downstream downstream) {
        parts.forEach(downstream::sendBody);
        parts.clear();
    }

    /** Lets go of all parts. */
    void release() {
        parts.forEach(ByteBuf::release);
        parts.clear();
    }
}
