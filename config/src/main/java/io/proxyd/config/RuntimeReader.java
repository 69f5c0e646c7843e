package io.proxyd.config;

import static java.util.Map.entry;

import io.proxyd.config.RuntimeConfig.Transport;

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

    private RuntimeReader() {}

    static RuntimeConfig read(Section runtime) {
        return new RuntimeConfig(
                runtime.read("event-loops", EVENT_LOOPS),
                runtime.read("transport", TRANSPORT),
                runtime.read("drain-timeout", DurationText.TIMEOUT));
    }
}
