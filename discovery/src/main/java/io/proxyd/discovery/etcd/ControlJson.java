package io.proxyd.discovery.etcd;

import io.proxyd.discovery.Intent;
import io.proxyd.discovery.LetGo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The values below the control prefix, as JSON. Unknown members are left to newer versions. */
final class ControlJson {
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();
    private static final int MAX_WEIGHT = 1000;

    private ControlJson() {}

    private record DrainBody(Instant until, String author, String reason) {}

    private record WeightBody(int weight, Instant until, String author, String reason) {}

    private record AckBody(long registrations, long intents) {}

    private record CanaryBody(Instant time) {}

    static String write(Intent intent) {
        return JSON.writeValueAsString(intent.weight()
                .<Record>map(weight -> new WeightBody(weight, intent.until(), intent.author(), intent.reason()))
                .orElseGet(() -> new DrainBody(intent.until(), intent.author(), intent.reason())));
    }

    /** @throws RuntimeException if it is not what {@link #write(Intent)} writes */
    static Intent drain(String service, String id, ByteBuffer value) {
        DrainBody body = read(value, DrainBody.class);
        return new Intent(service, id, true, Optional.empty(), body.until(), body.author(), body.reason());
    }

    /** @throws RuntimeException if it is not what {@link #write(Intent)} writes */
    static Intent weight(String service, String id, ByteBuffer value) {
        WeightBody body = read(value, WeightBody.class);
        if (body.weight() < 0 || body.weight() > MAX_WEIGHT) {
            throw new IllegalArgumentException("weight is " + body.weight() + ", expected 0 to " + MAX_WEIGHT);
        }
        return new Intent(service, id, false, Optional.of(body.weight()), body.until(), body.author(), body.reason());
    }

    static String write(LetGo letGo) {
        return JSON.writeValueAsString(new AckBody(letGo.registrations(), letGo.intents()));
    }

    static LetGo letGo(ByteBuffer value) {
        AckBody body = read(value, AckBody.class);
        return new LetGo(body.registrations(), body.intents());
    }

    static String write(Map<String, String> texts) {
        return JSON.writeValueAsString(texts);
    }

    static Map<String, String> texts(ByteBuffer value) {
        Map<String, String> texts = JSON.readValue(
                bytes(value), JSON.getTypeFactory().constructMapType(Map.class, String.class, String.class));
        return Map.copyOf(texts);
    }

    static String canary(Instant time) {
        return JSON.writeValueAsString(new CanaryBody(time));
    }

    static Instant canary(ByteBuffer value) {
        return read(value, CanaryBody.class).time();
    }

    private static <T> T read(ByteBuffer value, Class<T> type) {
        return JSON.readValue(bytes(value), type);
    }

    private static String bytes(ByteBuffer value) {
        return StandardCharsets.UTF_8.decode(value.duplicate()).toString();
    }
}
