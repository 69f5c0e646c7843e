package io.proxyd.proxy.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes records as JSON: members in snake_case and in the order of the record, times as ISO 8601 in UTC. */
final class Json {
    private static final String CONTENT_TYPE = "application/json";

    private final JsonMapper mapper = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .defaultPrettyPrinter(new DefaultPrettyPrinter(
                    Separators.createDefaultInstance().withObjectNameValueSpacing(Separators.Spacing.AFTER)))
            .build();

    /** The body of every answer that is not what was asked for. */
    private record Problem(String error) {}

    Answer answer(HttpResponseStatus status, Object value, ByteBufAllocator allocator) {
        ByteBuf body = allocator.buffer();
        boolean written = false;
        try {
            OutputStream out = new ByteBufOutputStream(body);
            mapper.writeValue(out, value);
            body.writeByte('\n');
            written = true;
            return new Answer(status, CONTENT_TYPE, body);
        } finally {
            if (!written) {
                body.release();
            }
        }
    }

    /** @throws Action.BadOrder if the text is not such an object, naming the fault */
    <T> T read(String text, Class<T> type) {
        try {
            return mapper.readValue(text, type);
        } catch (JacksonException e) {
            throw new Action.BadOrder("the body is not understood: " + e.getOriginalMessage());
        }
    }

    Answer error(HttpResponseStatus status, String message, ByteBufAllocator allocator) {
        return answer(status, new Problem(message), allocator);
    }

    /** Cut to milliseconds; null stays null. */
    static @Nullable Instant time(@Nullable Instant time) {
        return time == null ? null : time.truncatedTo(ChronoUnit.MILLIS);
    }

    /** Seconds with three decimals; null stays null. */
    static @Nullable Double age(@Nullable Instant since, Instant now) {
        return since == null
                ? null
                : Math.max(0, rounded(Duration.between(since, now).toMillis() / 1e3));
    }

    /** Milliseconds with three decimals; null stays null. */
    static @Nullable Double millis(@Nullable Duration duration) {
        return duration == null ? null : rounded(duration.toNanos() / 1e6);
    }

    /** Three decimals. */
    static double rounded(double value) {
        return Math.round(value * 1e3) / 1e3;
    }
}
