package io.proxyd.discovery.etcd;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Registry;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;

/** The registry of etcd with short times, for tests of whole proxies: silence is noticed after two seconds. */
public final class BriskRegistry {
    /** Calls have the time of the real thing, so that one of them lasts until a short fault is over. */
    private static final WatchTiming BRISK = new WatchTiming(
            Duration.ofSeconds(5),
            Duration.ofMillis(650),
            Duration.ofMillis(20),
            Duration.ofMillis(300),
            Duration.ofMinutes(1),
            Duration.ofMillis(300));

    private BriskRegistry() {}

    public static Registry of(RegistryConfig.Etcd config) {
        return new EtcdRegistry(config, BRISK.auditing(config.auditInterval()), Clock.systemUTC(), new Random());
    }
}
