package io.proxyd.proxy.admin;

import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.CompletionStage;

/** One path of the admin interface that changes something. Called on the admin loop, which it must not block. */
interface Action {
    /**
     * Does what the order says.
     *
     * @return an answer with an owned body, from any thread
     * @throws BadOrder if the order cannot be understood
     */
    CompletionStage<Answer> act(Order order);

    /** @param body JSON */
    record Order(String body, ByteBufAllocator allocator) {}

    /** The order is wrong; the message says what and what was expected. */
    final class BadOrder extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BadOrder(String message) {
            super(message, null, false, false);
        }
    }
}
