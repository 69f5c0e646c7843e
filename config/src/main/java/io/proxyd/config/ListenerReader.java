package io.proxyd.config;

import static java.util.Map.entry;

import io.proxyd.config.ListenerConfig.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code listeners}. */
final class ListenerReader {
    private static final ValueType<Integer> REQUEST_TARGET = SizeText.between(64, 1 << 20);
    private static final ValueType<Integer> HEAD = SizeText.between(256, 1 << 20);
    private static final ValueType<Integer> HEADER_FIELDS = ValueTypes.wholeNumber(1, 10_000);
    private static final ValueType<Integer> MAX_CONNECTIONS = ValueTypes.wholeNumber(1, 1_000_000);
    private static final ValueType<Integer> MAX_PER_CLIENT = ValueTypes.wholeNumber(0, 1_000_000);
    private static final ValueType<Fields> FIELDS = ValueTypes.oneOf(
            entry("x-forwarded", Fields.X_FORWARDED), entry("forwarded", Fields.FORWARDED), entry("both", Fields.BOTH));
    /** A pseudonym is a token, the other form of received-by is host and port (RFC 9110, section 7.6.3). */
    private static final Pattern VIA_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}(:[0-9]{1,5})?");

    private static final ValueType<String> VIA =
            ValueType.ofText("a name without spaces, such as edge-1 or proxy.example.org:80", ListenerReader::via);

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
        ListenerConfig.Connections connections = new ListenerConfig.Connections(
                listener.read("max-connections", MAX_CONNECTIONS),
                listener.read("max-connections-per-client", MAX_PER_CLIENT));
        ListenerConfig.Forwarding forwarding = forwarding(listener);
        ListenerConfig.Timeouts timeouts = timeouts(listener.section("timeouts"));
        ListenerConfig.Limits limits = limits(listener.section("limits"));
        return address.map(found -> new ListenerConfig(found, connections, forwarding, timeouts, limits));
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

    private static ListenerConfig.Forwarding forwarding(Section listener) {
        List<AddressBlock> trusted = new ArrayList<>();
        for (Value value : listener.values("trusted-proxies", AddressBlockText.TYPE)) {
            value.read(AddressBlockText.TYPE).ifPresent(trusted::add);
        }
        return new ListenerConfig.Forwarding(
                List.copyOf(trusted),
                listener.read("forwarding-fields", FIELDS),
                listener.find("via", VIA).orElse(null));
    }

    private static String via(String text) {
        if (!VIA_NAME.matcher(text).matches()) {
            throw new BadValue("is not a name for Via");
        }
        return text;
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
