package io.proxyd.demo;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a request is answered with.
 *
 * @param headers beside Content-Length, by name
 * @param delayed whether the instance's delay applies
 */
record Reply(HttpResponseStatus status, Map<CharSequence, String> headers, String body, boolean delayed) {

    static Reply text(HttpResponseStatus status, String body) {
        return new Reply(status, Map.of(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8"), body + "\n", false);
    }

    /** The response to write; the writer owns it. */
    FullHttpResponse response() {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(bytes));
        headers.forEach(response.headers()::set);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, bytes.length);
        return response;
    }
}
