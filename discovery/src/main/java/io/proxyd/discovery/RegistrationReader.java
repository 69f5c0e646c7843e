package io.proxyd.discovery;

import io.proxyd.discovery.Registration.State;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads one key and its value as a registration; strict, so that a typing error is told and never guessed at.
 *
 * <p>Immutable; any thread. Never throws for what it reads: whatever is wrong becomes a {@link Quarantined}.
 */
public final class RegistrationReader {
    /** A longer value is not parsed. */
    public static final int MAX_VALUE_BYTES = 64 * 1024;

    private static final String EXAMPLE = "{\"host\": \"worker-1\", \"port\": 8080}";
    private static final Set<String> KNOWN_FIELDS = Set.of("host", "port", "weight", "metadata", "state", "deadline");
    private static final int MAX_PORT = 65535;
    private static final int MAX_WEIGHT = 1000;

    private final UnaryOperator<String> shownKey;
    private final ObjectReader json;

    /** @param shownKey turns a key below the prefix into what the operator knows it by: the whole key, or a path */
    public RegistrationReader(UnaryOperator<String> shownKey) {
        this.shownKey = shownKey;
        this.json = JsonMapper.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build()
                .reader();
    }

    /**
     * @param key below the prefix: {@code <service>/<backend-id>} or {@code <service>}
     * @param value the whole value; its position is left as it is
     */
    public Reading read(String key, ByteBuffer value) {
        try {
            RegistrationKey parsedKey = RegistrationKey.parse(key);
            JsonNode object = object(text(value));
            return new Registration(
                    parsedKey.service(),
                    parsedKey.id(),
                    host(object.get("host")),
                    port(object.get("port")),
                    weight(object.get("weight")),
                    state(object.get("state")),
                    deadline(object.get("deadline")),
                    false,
                    metadata(object.get("metadata")),
                    unknown(object));
        } catch (Refusal refusal) {
            return new Quarantined(shownKey.apply(key), refusal.reason());
        }
    }

    private static String text(ByteBuffer value) throws Refusal {
        if (value.remaining() > MAX_VALUE_BYTES) {
            throw new Refusal("value has more than " + MAX_VALUE_BYTES + " bytes, expected at most that many");
        }
        ByteBuffer bytes = value.duplicate();
        CharBuffer chars = CharBuffer.allocate(bytes.remaining());
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        if (decoder.decode(bytes, chars, true).isError()) {
            throw new Refusal(String.format(
                    "value is not UTF-8 at byte %d (0x%02x), expected JSON in UTF-8",
                    bytes.position() - value.position(), bytes.get(bytes.position())));
        }
        return chars.flip().toString();
    }

    private JsonNode object(String text) throws Refusal {
        if (text.isBlank()) {
            throw new Refusal("value is empty, expected a JSON object such as " + EXAMPLE);
        }
        try (JsonParser parser = json.createParser(text)) {
            JsonNode node = json.readTree(parser);
            if (!node.isObject()) {
                throw new Refusal("value is " + shown(node) + ", expected a JSON object such as " + EXAMPLE);
            }
            if (parser.nextToken() != null) {
                throw new Refusal("value goes on after its JSON object, expected one object and nothing else");
            }
            return node;
        } catch (JacksonException e) {
            throw new Refusal("value " + Refusal.quoted(text) + " is not strict JSON: " + e.getOriginalMessage()
                    + place(e.getLocation()) + ", expected an object such as " + EXAMPLE);
        }
    }

    /** Where in the value; limits of the parser (nesting, length of numbers) are told without a place. */
    private static String place(@Nullable TokenStreamLocation location) {
        return location == null ? "" : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }

    private static String host(@Nullable JsonNode node) throws Refusal {
        if (node == null) {
            throw new Refusal("host is missing, expected a host name or an IP address");
        }
        if (!node.isString()) {
            throw new Refusal("host is " + shown(node) + ", expected a host name or an IP address in quotes");
        }
        return RegistrationHost.check(node.stringValue());
    }

    private static int port(@Nullable JsonNode node) throws Refusal {
        if (node == null) {
            throw new Refusal("port is missing, expected a number from 1 to " + MAX_PORT);
        }
        return number("port", node, 1, MAX_PORT);
    }

    private static int weight(@Nullable JsonNode node) throws Refusal {
        return node == null ? Registration.DEFAULT_WEIGHT : number("weight", node, 0, MAX_WEIGHT);
    }

    private static int number(String name, JsonNode node, int min, int max) throws Refusal {
        boolean fits =
                node.isIntegralNumber() && node.canConvertToInt() && node.intValue() >= min && node.intValue() <= max;
        if (!fits) {
            throw new Refusal(name + " is " + shown(node) + ", expected a whole number from " + min + " to " + max
                    + (node.isString() ? " without quotes" : ""));
        }
        return node.intValue();
    }

    private static State state(@Nullable JsonNode node) throws Refusal {
        if (node == null) {
            return State.UP;
        }
        String text = node.isString() ? node.stringValue() : "";
        if (text.equals("up")) {
            return State.UP;
        }
        if (text.equals("draining")) {
            return State.DRAINING;
        }
        throw new Refusal("state is " + shown(node) + ", expected \"up\" or \"draining\"");
    }

    private static Optional<Instant> deadline(@Nullable JsonNode node) throws Refusal {
        if (node == null) {
            return Optional.empty();
        }
        try {
            if (node.isString()) {
                return Optional.of(Instant.parse(node.stringValue()));
            }
        } catch (DateTimeParseException e) {
            // Told below, like every other value that is no time.
        }
        throw new Refusal("deadline is " + shown(node) + ", expected a time such as \"2030-01-31T12:00:00Z\"");
    }

    private static Map<String, String> metadata(@Nullable JsonNode node) throws Refusal {
        if (node == null) {
            return Map.of();
        }
        if (!node.isObject()) {
            throw new Refusal("metadata is " + shown(node) + ", expected an object of texts such as {\"zone\": \"a\"}");
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!field.getValue().isString()) {
                throw new Refusal("metadata " + Refusal.quoted(field.getKey()) + " is " + shown(field.getValue())
                        + ", expected a text in quotes");
            }
            metadata.put(field.getKey(), field.getValue().stringValue());
        }
        return Collections.unmodifiableMap(metadata);
    }

    private static Map<String, String> unknown(JsonNode object) {
        Map<String, String> unknown = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            if (!KNOWN_FIELDS.contains(field.getKey())) {
                unknown.put(field.getKey(), field.getValue().toString());
            }
        }
        return Collections.unmodifiableMap(unknown);
    }

    private static String shown(JsonNode node) {
        if (node.isObject()) {
            return "an object";
        }
        if (node.isArray()) {
            return "an array";
        }
        if (node.isString()) {
            return Refusal.quoted(node.stringValue()) + " (text)";
        }
        String text = node.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }
}
