package io.proxyd.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.exchange.ExchangeRecord;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LineFormatTest {
    private static final String COMBINED =
            "203.0.113.7 - - [22/Nov/2026:18:31:07 +0000] \"GET /?page=2 HTTP/1.1\" 200 512"
                    + " \"https://example.org/\" \"curl/8.14.1\" host=\"example.org\" service=guestbook backend=guestbook-1"
                    + " attempts=1 duration=0.012345 queue_duration=0.000000 backend_duration=0.011900"
                    + " own_duration=0.000045 proxyd-failure=- failure_detail=\"-\""
                    + " request_id=\"8c1f\"";

    @Test
    void combinedLineIsApachesWithFieldsAppended() {
        assertThat(line(new CombinedFormat(), Records.answered())).isEqualTo(COMBINED + "\n");
    }

    @Test
    void combinedLineHasADashForWhatThereIsNot() {
        assertThat(line(new CombinedFormat(), Records.refused()))
                .isEqualTo("2001:db8::7 - - [22/Nov/2026:18:31:08 +0000] \"-\" 400 - \"-\" \"-\" host=\"-\" service=-"
                        + " backend=- attempts=0 duration=0.000002 queue_duration=0.000000 backend_duration=-"
                        + " own_duration=0.000002 proxyd-failure=bad-request"
                        + " failure_detail=\"a field line without a colon\" request_id=\"-\"\n");
    }

    @Test
    void combinedLineCannotBeForged() {
        String hostile = "x\" 200\r\n1.2.3.4 \\ \u0000\u001b[31m\u007f\u009b\u20ac";
        assertThat(line(new CombinedFormat(), Records.withUserAgent(hostile)))
                .contains("\"x\\\" 200\\x0d\\x0a1.2.3.4 \\\\ \\x00\\x1b[31m\\x7f\\x9b\\u20ac\"")
                .matches("[ -~]*\n");
    }

    @Test
    void combinedNamesStayOneField() {
        ExchangeRecord r = Records.answered();
        StringBuilder line = new StringBuilder();
        new CombinedFormat()
                .append(
                        new ExchangeRecord(
                                r.start(),
                                r.client(),
                                r.peer(),
                                r.method(),
                                r.target(),
                                0,
                                r.host(),
                                r.userAgent(),
                                r.referer(),
                                r.requestId(),
                                r.status(),
                                r.bodyBytes(),
                                "a b  c",
                                r.backend(),
                                r.attempts(),
                                r.durationNanos(),
                                r.queueNanos(),
                                r.backendNanos(),
                                r.ownNanos(),
                                null,
                                null),
                        line);
        assertThat(line).contains(" service=a\\x20b\\x20\\x20c backend=").contains("HTTP/1.0\"");
    }

    @Test
    void jsonLineHasEveryMember() {
        JsonNode object = new JsonMapper().readTree(line(new JsonFormat(), Records.answered()));
        assertThat(object.propertyNames())
                .containsExactly(
                        "time",
                        "client",
                        "peer",
                        "method",
                        "target",
                        "protocol",
                        "host",
                        "user_agent",
                        "referer",
                        "request_id",
                        "status",
                        "body_bytes",
                        "service",
                        "backend",
                        "attempts",
                        "duration_seconds",
                        "queue_duration_seconds",
                        "backend_duration_seconds",
                        "own_duration_seconds",
                        "proxyd-failure",
                        "failure_detail");
        assertThat(object.get("time").asString()).isEqualTo("2026-11-22T18:31:07.250123Z");
        assertThat(object.get("duration_seconds").asDouble()).isEqualTo(0.012345);
        assertThat(object.get("proxyd-failure").isNull()).isTrue();
    }

    @Test
    void jsonLineIsNullForWhatThereIsNot() {
        JsonNode object = new JsonMapper().readTree(line(new JsonFormat(), Records.refused()));
        assertThat(object.get("method").isNull()).isTrue();
        assertThat(object.get("service").isNull()).isTrue();
        assertThat(object.get("backend_duration_seconds").isNull()).isTrue();
        assertThat(object.get("proxyd-failure").asString()).isEqualTo("bad-request");
    }

    @Test
    void jsonLineCannotBeForgedAndKeepsWhatWasSent() {
        String hostile = "x\"}\r\n{\\ \u0000\u001b[31m\u009b\u2028\ud800";
        String line = line(new JsonFormat(), Records.withUserAgent(hostile));
        assertThat(line).matches("[ -~]*\n");
        assertThat(new JsonMapper().readTree(line).get("user_agent").asString()).isEqualTo(hostile);
    }

    @Test
    void secondsHaveSixDecimals() {
        assertThat(seconds(0)).isEqualTo("0.000000");
        assertThat(seconds(999)).isEqualTo("0.000001");
        assertThat(seconds(1_000_000_000L)).isEqualTo("1.000000");
        assertThat(seconds(61_000_042_000L)).isEqualTo("61.000042");
        assertThat(seconds(999_999_999)).isEqualTo("1.000000");
    }

    @Test
    void documentationShowsTheLinesAsTheyAre() throws IOException {
        String docs = Files.readString(SampleProxy.docs("metrics.md"));
        assertThat(docs.replace("\n host=", " host=").replace("\n backend_duration=", " backend_duration="))
                .contains(COMBINED);
        String json = line(new JsonFormat(), Records.answered()).replace("07.250123Z", "07.250Z");
        assertThat(docs).contains(json);
    }

    private static String seconds(long nanos) {
        StringBuilder text = new StringBuilder();
        LineFormat.appendSeconds(nanos, text);
        return text.toString();
    }

    private static String line(LineFormat format, ExchangeRecord record) {
        StringBuilder line = new StringBuilder();
        format.append(record, line);
        return line.toString();
    }
}
