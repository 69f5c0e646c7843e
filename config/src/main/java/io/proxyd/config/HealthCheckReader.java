package io.proxyd.config;

import static java.util.Map.entry;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code services.NAME.health-check}. */
final class HealthCheckReader {
    private enum Type {
        HTTP,
        TCP,
        NONE
    }

    private record StatusRange(int min, int max) {}

    private static final Pattern STATUS_FORM = Pattern.compile("([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?");
    /** What a request target may hold (RFC 9112, 3.2.1), a percent sign for what it may not. */
    private static final Pattern PATH_FORM = Pattern.compile("/[!-~&&[^#]]*");

    private static final Pattern HOST_FORM = Pattern.compile("[A-Za-z0-9._~\\[\\]:-]+");

    private static final ValueType<Type> TYPE =
            ValueTypes.oneOf(entry("http", Type.HTTP), entry("tcp", Type.TCP), entry("none", Type.NONE));
    private static final ValueType<String> PATH =
            ValueType.ofText("a path, such as /healthz", text -> matching(PATH_FORM, text, "is not a path"));
    private static final ValueType<String> HOST = ValueType.ofText(
            "a host name, such as guestbook.example.org", text -> matching(HOST_FORM, text, "is not a host name"));
    private static final ValueType<StatusRange> STATUS = ValueType.ofText(
            "a status or a range from 100 to 599, such as 200 or 200-299", HealthCheckReader::statusRange);
    private static final ValueType<Duration> INTERVAL =
            DurationText.between(Duration.ofMillis(10), Duration.ofHours(1));
    private static final ValueType<Double> JITTER = ValueTypes.number(0, 1);
    private static final ValueType<Integer> IN_A_ROW = ValueTypes.wholeNumber(1, 100);

    private HealthCheckReader() {}

    static HealthCheckConfig read(Section check) {
        HealthCheckConfig.Schedule schedule = schedule(check);
        StatusRange status = check.read("status", STATUS);
        HealthCheckConfig http = new HealthCheckConfig.Http(
                schedule, check.read("path", PATH), check.find("host", HOST).orElse(null), status.min(), status.max());
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
        return new HealthCheckConfig.Schedule(
                interval,
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
        for (String key : List.of("path", "host", "status")) {
            if (check.has(key)) {
                check.problem(key, "has no effect on a check of type tcp; expected type: http, or no " + key);
            }
        }
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

    private static String matching(Pattern form, String text, String reason) {
        if (!form.matcher(text).matches()) {
            throw new BadValue(reason);
        }
        return text;
    }
}
