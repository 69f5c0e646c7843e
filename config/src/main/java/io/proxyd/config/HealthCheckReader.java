package io.proxyd.config;

import static java.util.Map.entry;

import io.proxyd.config.HealthCheckConfig.StatusRange;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code services.NAME.health-check}. */
final class HealthCheckReader {
    private enum Type {
        HTTP,
        TCP,
        NONE
    }

    private static final Pattern STATUS_FORM = Pattern.compile("([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?");
    /** What a request target may hold (RFC 9112, 3.2.1), a percent sign for what it may not. */
    private static final Pattern PATH_FORM = Pattern.compile("/[!-~&&[^#]]*");

    private static final Pattern HOST_FORM = Pattern.compile("[A-Za-z0-9._~\\[\\]:-]+");

    /** A token (RFC 9110, 5.6.2). */
    private static final Pattern FIELD_NAME_FORM = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}");
    /** Of the values that RFC 9110, 5.5 allows those without tabs and bytes beyond ASCII. */
    private static final Pattern FIELD_VALUE_FORM = Pattern.compile("[!-~]([ -~]{0,1022}[!-~])?");
    /** What proxyd sends itself, or what would frame a body. */
    private static final Set<String> OWN_FIELDS =
            Set.of("host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect");

    private static final List<String> HTTP_KEYS =
            List.of("path", "host", "status", "body", "headers", "draining-header", "draining-status");

    private static final int MAX_BODY_CHARS = 1024;

    private static final ValueType<Type> TYPE =
            ValueTypes.oneOf(entry("http", Type.HTTP), entry("tcp", Type.TCP), entry("none", Type.NONE));
    private static final ValueType<String> PATH =
            ValueType.ofText("a path, such as /healthz", text -> matching(PATH_FORM, text, "is not a path"));
    private static final ValueType<String> HOST = ValueType.ofText(
            "a host name, such as guestbook.example.org", text -> matching(HOST_FORM, text, "is not a host name"));
    private static final ValueType<List<StatusRange>> STATUS = ValueType.ofText(
            "a status or a range from 100 to 599, such as 200 or 200-299", HealthCheckReader::statusRanges);
    private static final ValueType<Integer> ONE_STATUS = ValueTypes.wholeNumber(100, 599);
    private static final ValueType<String> BODY = ValueType.ofText("a text of 1 to 1024 characters", text -> {
        if (text.isEmpty() || text.length() > MAX_BODY_CHARS) {
            throw new BadValue("is too short or too long");
        }
        return text;
    });
    private static final ValueType<String> FIELD_NAME = ValueType.ofText(
            "the name of a header field, such as X-Draining",
            text -> matching(FIELD_NAME_FORM, text, "is not a field name"));
    private static final ValueType<String> SENT_FIELD_NAME = ValueType.ofText(
            "the name of a header field that proxyd does not set itself, such as X-Probe",
            HealthCheckReader::sentFieldName);
    private static final ValueType<String> FIELD_VALUE = ValueType.ofText(
            "the value of a header field: printable ASCII",
            text -> matching(FIELD_VALUE_FORM, text, "is not a field value"));
    private static final ValueType<Duration> INTERVAL =
            DurationText.between(Duration.ofMillis(10), Duration.ofHours(1));
    private static final ValueType<Double> JITTER = ValueTypes.number(0, 1);
    private static final ValueType<Integer> IN_A_ROW = ValueTypes.wholeNumber(1, 100);

    private HealthCheckReader() {}

    static HealthCheckConfig read(Section check) {
        HealthCheckConfig.Schedule schedule = schedule(check);
        HealthCheckConfig http = new HealthCheckConfig.Http(
                schedule,
                check.read("path", PATH),
                check.find("host", HOST).orElse(null),
                statuses(check),
                check.find("body", BODY).orElse(null),
                check.map("headers", SENT_FIELD_NAME, FIELD_VALUE),
                new HealthCheckConfig.Draining(
                        check.find("draining-header", FIELD_NAME).orElse(null),
                        check.find("draining-status", ONE_STATUS).orElse(0)));
        return switch (check.find("type", TYPE).orElse(check.has("path") ? Type.HTTP : Type.TCP)) {
            case HTTP -> http;
            case NONE -> new HealthCheckConfig.None();
            case TCP -> {
                refuseHttpKeys(check);
                yield new HealthCheckConfig.Tcp(schedule);
            }
        };
    }

    private static HealthCheckConfig.Schedule schedule(Section check) {
        Duration interval = check.read("interval", INTERVAL);
        Duration timeout = check.read("timeout", DurationText.TIMEOUT);
        if (interval.compareTo(timeout) < 0 && check.isSound()) {
            check.problem(
                    check.has("interval") ? "interval" : "timeout",
                    "interval of " + DurationText.format(interval) + " is shorter than timeout of "
                            + DurationText.format(timeout) + "; expected interval to be at least as long as timeout");
        }
        Duration openInterval = check.read("open-interval", INTERVAL);
        return new HealthCheckConfig.Schedule(
                interval,
                openInterval.compareTo(interval) < 0 ? openInterval : interval,
                check.read("jitter", JITTER),
                timeout,
                check.read("rise", IN_A_ROW),
                check.read("fall", IN_A_ROW),
                check.read("before-traffic", ValueTypes.flag()));
    }

    private static void refuseHttpKeys(Section check) {
        if (!check.isSound()) {
            return;
        }
        for (String key : HTTP_KEYS) {
            if (check.has(key)) {
                check.problem(key, "has no effect on a check of type tcp; expected type: http, or no " + key);
            }
        }
    }

    private static List<StatusRange> statuses(Section check) {
        return check.has("status")
                ? check.oneOrMore("status", STATUS).stream()
                        .flatMap(value -> value.read(STATUS).stream())
                        .flatMap(List::stream)
                        .toList()
                : check.read("status", STATUS);
    }

    private static List<StatusRange> statusRanges(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(part -> statusRange(part.strip()))
                .toList();
    }

    private static StatusRange statusRange(String text) {
        Matcher matcher = STATUS_FORM.matcher(text);
        if (!matcher.matches()) {
            throw new BadValue("is not a status");
        }
        int min = Integer.parseInt(matcher.group(1));
        int max = matcher.group(2) == null ? min : Integer.parseInt(matcher.group(2));
        if (max < min) {
            throw BadValue.expecting(max + "-" + min, "ends before it starts");
        }
        return new StatusRange(min, max);
    }

    private static String sentFieldName(String text) {
        if (OWN_FIELDS.contains(text.toLowerCase(Locale.ROOT))) {
            throw new BadValue("is set by proxyd itself");
        }
        return matching(FIELD_NAME_FORM, text, "is not a field name");
    }

    private static String matching(Pattern form, String text, String reason) {
        if (!form.matcher(text).matches()) {
            throw new BadValue(reason);
        }
        return text;
    }
}
