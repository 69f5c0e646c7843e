package io.proxyd.proxy.route;

import io.proxyd.proxy.balance.Balancer;
import io.proxyd.proxy.balance.Weighted;
import java.util.List;

/**
 * The balancer over those that may be picked, with what it was made from.
 *
 * @param panic whether too few are up
 * @param version of the service's state
 * @param validUntilNanos when it will be another one though nothing happens
 */
record Choice(
        Balancer<LiveBackend> balancer,
        List<Weighted<LiveBackend>> shares,
        boolean panic,
        int version,
        long validUntilNanos) {}
