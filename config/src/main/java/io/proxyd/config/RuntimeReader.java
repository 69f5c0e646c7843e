package io.proxyd.config;

import static java.util.Map.entry;

import io.proxyd.config.RuntimeConfig.Transport;
import java.util.regex.Pattern;

/** Reads {@code runtime}. */
final class RuntimeReader {
    private static final int MAX_EVENT_LOOPS = 1024;
    private static final ValueType<Integer> COUNT = ValueTypes.wholeNumber(0, MAX_EVENT_LOOPS);
    private static final ValueType<Integer> EVENT_LOOPS = new ValueType<>(
            "auto or " + COUNT.expected(), scalar -> scalar.text().equals("auto") ? 0 : COUNT.parse(scalar));
    private static final ValueType<Transport> TRANSPORT = ValueTypes.oneOf(
            entry("auto", Transport.AUTO),
            entry("io_uring", Transport.IO_URING),
            entry("epoll", Transport.EPOLL),
            entry("nio", Transport.NIO));

    private static final Pattern ZONE_FORM = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final ValueType<String> ZONE =
            ValueType.ofText("the name of a zone, such as rack-2", RuntimeReader::zone);
    private static final ValueType<Double> MEMORY_SHARE = ValueTypes.number(0, 1);

    private RuntimeReader() {}

    static RuntimeConfig read(Section runtime) {
        return new RuntimeConfig(
                runtime.read("event-loops", EVENT_LOOPS),
                runtime.read("transport", TRANSPORT),
                runtime.read("drain-timeout", DurationText.TIMEOUT),
                runtime.find("zone", ZONE).orElse(null),
                runtime.read("memory-share", MEMORY_SHARE));
    }

    private static String zone(String text) {
        if (!ZONE_FORM.matcher(text).matches()) {
            throw new BadValue("is not the name of a zone");
        }
        return text;
    }
}
