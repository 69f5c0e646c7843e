package io.proxyd.discovery;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The JSON that announcers write, which {@link RegistrationReader} reads. Immutable; any thread. */
public final class AnnouncedValue {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String ANNOUNCER = "announcer";

    private final Announcement announcement;
    private final String announcer;

    /** @param announcer the name of the announcer itself, by which it knows its own registrations again */
    public AnnouncedValue(Announcement announcement, String announcer) {
        this.announcement = announcement;
        this.announcer = announcer;
    }

    /**
     * @param announced when this is written
     * @param drainDeadline until when the announcer waits; the backend is draining if there is one
     */
    public byte[] json(Instant announced, Optional<Instant> drainDeadline) {
        ObjectNode value =
                value(announcement.host(), announcement.port(), announcement.weight(), announcement.metadata());
        drainDeadline.ifPresent(deadline -> value.put("state", "draining").put("deadline", deadline.toString()));
        value.put(ANNOUNCER, announcer).put("announced", announced.toString());
        return value.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The announcer that wrote a value; empty if none did, but someone by hand. */
    public static Optional<String> announcerOf(byte[] value) {
        return field(value, ANNOUNCER).filter(JsonNode::isString).map(JsonNode::stringValue);
    }

    /** The whole number of a field; empty if there is none. */
    public static Optional<Long> number(byte[] value, String name) {
        return field(value, name).filter(JsonNode::canConvertToLong).map(JsonNode::longValue);
    }

    /** @throws IllegalArgumentException with the value and what was expected */
    static void check(String service, String id, String host, int port, int weight, Map<String, String> metadata) {
        checkOneSegment("service", service);
        checkOneSegment("backend id", id);
        String value = value(host, port, weight, metadata).toString();
        Reading reading = new RegistrationReader(key -> key)
                .read(service + "/" + id, ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
        if (reading instanceof Quarantined refused) {
            throw new IllegalArgumentException(refused.reason().replace(" in the key is ", " is "));
        }
    }

    private static void checkOneSegment(String what, String text) {
        if (text.indexOf('/') >= 0) {
            throw new IllegalArgumentException(what + " is " + Refusal.quoted(text) + ", expected no / in it");
        }
    }

    private static ObjectNode value(String host, int port, int weight, Map<String, String> metadata) {
        ObjectNode value = JSON.createObjectNode().put("host", host).put("port", port);
        if (weight != Registration.DEFAULT_WEIGHT) {
            value.put("weight", weight);
        }
        if (!metadata.isEmpty()) {
            ObjectNode fields = value.putObject("metadata");
            metadata.forEach(fields::put);
        }
        return value;
    }

    private static Optional<JsonNode> field(byte[] value, String name) {
        try {
            return JSON.readTree(value).optional(name);
        } catch (JacksonException e) {
            return Optional.empty(); // not JSON, so not written by an announcer
        }
    }
}
