package io.proxyd.ctl;

import java.io.StringWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** An order about one backend, as {@code /api/v1/intents} takes it, and what became of it. */
final class IntentOrder {
    static final String PATH = "/api/v1/intents";

    private IntentOrder() {}

    /**
     * What became of an order.
     *
     * @param why it is local to one proxy; empty if it reaches all
     * @param revision from which on an acknowledgement knows of it
     * @param until empty for an order that takes intents back
     */
    record Done(String backend, String why, long revision, String until) {
        /** The part of a sentence that says whom it reaches. */
        String reach() {
            return why.isEmpty() ? "at every proxy" : "at this proxy alone (" + why + ")";
        }
    }

    /** @throws CtlException if it was refused, with what proxyd says about it */
    static Done send(
            AdminClient admin,
            String action,
            String backend,
            @Nullable Integer weight,
            @Nullable Duration life,
            String author,
            String reason) {
        JsonObject answer = admin.order(PATH, body(action, backend, weight, life, author, reason))
                .json();
        return new Done(
                answer.text("backend", backend),
                answer.flag("shared") ? "" : answer.text("why", "no shared registry"),
                answer.number("revision"),
                answer.text("until", ""));
    }

    private static String body(
            String action,
            String backend,
            @Nullable Integer weight,
            @Nullable Duration life,
            String author,
            String reason) {
        StringWriter text = new StringWriter();
        try (var json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeStringProperty("action", action);
            json.writeStringProperty("backend", backend);
            if (weight != null) {
                json.writeNumberProperty("weight", weight);
            }
            if (life != null) {
                json.writeNumberProperty("for_seconds", life.toSeconds());
            }
            json.writeStringProperty("author", author);
            json.writeStringProperty("reason", reason);
            json.writeEndObject();
        }
        return text.toString();
    }
}
