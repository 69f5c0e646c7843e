package io.proxyd.discovery;

import java.util.List;

/**
 * How the board stands.
 *
 * @param shared whether what is put there reaches every proxy
 * @param why it does not; empty if it does
 * @param self the id of this proxy
 * @param proxies that live, this one first; others only where the board is shared
 */
public record BoardStatus(boolean shared, String why, String self, List<Proxy> proxies) {}
