package io.proxyd.proxy.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.proxy.telemetry.Metrics;

/** {@code /metrics}. */
final class MetricsPage implements Page {
    private final Metrics metrics;

    MetricsPage(Metrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public Answer answer(Query query) {
        ByteBuf body = query.allocator().buffer(64 * 1024);
        boolean written = false;
        try {
            String contentType = metrics.scrape(query.accept(), new ByteBufOutputStream(body));
            written = true;
            return new Answer(HttpResponseStatus.OK, contentType, body);
        } finally {
            if (!written) {
                body.release();
            }
        }
    }
}
