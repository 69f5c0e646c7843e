package io.proxyd.discovery;

import java.util.Map;

/**
 * A proxy that lives.
 *
 * @param about what it says of itself: host, pid, version, started, admin
 * @param letGo the draining backends it has let go of, by {@link Registration#name}
 */
public record Proxy(String id, Map<String, String> about, Map<String, LetGo> letGo) {}
