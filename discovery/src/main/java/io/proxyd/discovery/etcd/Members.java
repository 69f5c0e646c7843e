package io.proxyd.discovery.etcd;

import io.proxyd.config.RegistryConfig;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The members of an etcd, which take turns: a client of one member at a time, another one after each failure.
 *
 * <p>A client of several would spread its calls over all of them, also over one that is cut off from the others and answers
 * nothing; a list of many pages would then never be whole. On one thread.
 */
final class Members {
    private final RegistryConfig.Etcd config;
    private int turn;

    /** @param random who is first, so that many proxies do not all begin with the same */
    Members(RegistryConfig.Etcd config, RandomGenerator random) {
        this.config = config;
        this.turn = random.nextInt(config.endpoints().size());
    }

    /** The configuration with the one member whose turn it is. */
    RegistryConfig.Etcd next() {
        int index = turn;
        turn = (turn + 1) % config.endpoints().size();
        return new RegistryConfig.Etcd(
                List.of(config.endpoints().get(index)),
                config.prefix(),
                config.controlPrefix(),
                config.auditInterval(),
                config.tls(),
                config.login());
    }
}
