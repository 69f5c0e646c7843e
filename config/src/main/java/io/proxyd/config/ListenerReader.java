package io.proxyd.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads {@code listeners}. */
final class ListenerReader {
    private static final ValueType<Integer> REQUEST_TARGET = SizeText.between(64, 1 << 20);
    private static final ValueType<Integer> HEAD = SizeText.between(256, 1 << 20);
    private static final ValueType<Integer> HEADER_FIELDS = ValueTypes.wholeNumber(1, 10_000);

    private final Unique<Address> addresses = new Unique<>();

    static List<ListenerConfig> read(Section root) {
        List<Section> sections = root.sections("listeners");
        if (sections.isEmpty() && root.isMap() && root.isSound("listeners")) {
            root.problem("listeners", "lists no listener; expected at least one, such as - address: 0.0.0.0:80");
        }
        ListenerReader reader = new ListenerReader();
        List<ListenerConfig> listeners = new ArrayList<>();
        sections.forEach(section -> reader.readOne(section).ifPresent(listeners::add));
        return List.copyOf(listeners);
    }

    private Optional<ListenerConfig> readOne(Section listener) {
        Optional<Address> address = listener.find("address", AddressText.LISTENER);
        address.ifPresent(found -> refuseDuplicate(found, listener));
        ListenerConfig.Timeouts timeouts = timeouts(listener.section("timeouts"));
        ListenerConfig.Limits limits = limits(listener.section("limits"));
        return address.map(found -> new ListenerConfig(found, timeouts, limits));
    }

    private void refuseDuplicate(Address address, Section listener) {
        if (address.port() == 0) {
            return;
        }
        addresses
                .earlier(caseless(address), listener.path(), listener.line())
                .ifPresent(earlier -> listener.problem(
                        "address",
                        Quoted.text(address.toString()) + " is taken by " + earlier
                                + "; expected an address of its own for each listener"));
    }

    static Address caseless(Address address) {
        return new Address(address.host().toLowerCase(Locale.ROOT), address.port());
    }

    private static ListenerConfig.Timeouts timeouts(Section timeouts) {
        return new ListenerConfig.Timeouts(
                timeouts.read("request-head", DurationText.TIMEOUT),
                timeouts.read("request-body", DurationText.TIMEOUT),
                timeouts.read("response-body", DurationText.TIMEOUT),
                timeouts.read("keep-alive", DurationText.TIMEOUT));
    }

    private static ListenerConfig.Limits limits(Section limits) {
        return new ListenerConfig.Limits(
                limits.read("request-target", REQUEST_TARGET),
                limits.read("head", HEAD),
                limits.read("header-fields", HEADER_FIELDS));
    }
}
