package io.proxyd.proxy.telemetry;

import io.proxyd.proxy.exchange.ExchangeRecord;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/**
 * One JSON object a line, in ASCII. Strings that there are not (no Referer, no backend tried) are null, so that every line
 * has every member; durations are in seconds.
 */
final class JsonFormat implements LineFormat {
    private final JsonFactory json =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    @Override
    public void append(ExchangeRecord record, StringBuilder line) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator object = json.createGenerator(ObjectWriteContext.empty(), text)) {
            object.writeStartObject();
            writeRequest(record, object);
            writeResponse(record, object);
            object.writeEndObject();
        }
        line.append(text.getBuffer()).append('\n');
    }

    private static void writeRequest(ExchangeRecord record, JsonGenerator object) {
        Instant start = record.start().truncatedTo(ChronoUnit.MICROS);
        object.writeStringProperty("time", start.toString());
        writeText("client", record.client(), object);
        writeText("peer", record.peer(), object);
        writeText("method", record.method(), object);
        writeText("target", record.target(), object);
        object.writeStringProperty("protocol", "HTTP/1." + record.minorVersion());
        writeText("host", record.host(), object);
        writeText("user_agent", record.userAgent(), object);
        writeText("referer", record.referer(), object);
        writeText("request_id", record.requestId(), object);
    }

    private static void writeResponse(ExchangeRecord record, JsonGenerator object) {
        object.writeNumberProperty("status", record.status());
        object.writeNumberProperty("body_bytes", record.bodyBytes());
        writeText("service", record.service(), object);
        writeText("backend", record.backend(), object);
        object.writeNumberProperty("attempts", record.attempts());
        writeSeconds("duration_seconds", record.durationNanos(), object);
        writeSeconds("queue_duration_seconds", record.queueNanos(), object);
        writeSeconds("backend_duration_seconds", record.backendNanos(), object);
        writeSeconds("own_duration_seconds", record.ownNanos(), object);
        writeText("proxyd-failure", record.failure(), object);
        writeText("failure_detail", record.failureDetail(), object);
    }

    private static void writeText(String name, @Nullable String value, JsonGenerator object) {
        if (value == null || value.isEmpty()) {
            object.writeNullProperty(name);
        } else {
            object.writeStringProperty(name, value);
        }
    }

    private static void writeSeconds(String name, long nanos, JsonGenerator object) {
        if (nanos < 0) {
            object.writeNullProperty(name);
            return;
        }
        StringBuilder seconds = new StringBuilder();
        LineFormat.appendSeconds(nanos, seconds);
        object.writeName(name);
        object.writeNumber(seconds.toString());
    }
}
