package io.proxyd.proxy.route;

import io.proxyd.discovery.Registration;
import java.util.List;

/**
 * The backends of one service, apart from those that the configuration names; immutable.
 *
 * @param registered by id
 * @param kept by id; dropped by the registry, and none of them registered under its id
 * @param remembered whether the registered ones are those of the last known good catalog, read from disk
 */
public record Roster(List<Registration> registered, List<Kept> kept, boolean remembered) {
    /** Nobody. */
    static final Roster EMPTY = new Roster(List.of(), List.of(), false);

    /** @param source why it is kept */
    public record Kept(Registration registration, Source source) {}
}
