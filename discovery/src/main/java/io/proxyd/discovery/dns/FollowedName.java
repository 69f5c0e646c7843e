package io.proxyd.discovery.dns;

import io.netty.channel.EventLoop;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One name, its address, and those who follow it. All of it runs on the resolver's event loop.
 *
 * <p>An answer holds for its TTL; a failure leaves the address as it is and is tried again with growing pauses. The
 * address changes only when it is no longer among those of an answer.
 */
final class FollowedName {
    private static final Logger log = LoggerFactory.getLogger(FollowedName.class);

    private final String host;
    private final EventLoop loop;
    private final HostsFile hosts;
    private final DnsNameResolver resolver;
    private final LowestTtl ttl;
    private final DnsTiming timing;
    private final List<Consumer<InetAddress>> listeners = new ArrayList<>();
    private @Nullable InetAddress address;
    private @Nullable Future<?> next;
    private int failures;
    private boolean closed;

    /** @param resolver this name's own, which tells its TTLs to {@code ttl} and knows no hosts file; closed with this */
    FollowedName(
            String host, EventLoop loop, HostsFile hosts, DnsNameResolver resolver, LowestTtl ttl, DnsTiming timing) {
        this.host = host;
        this.loop = loop;
        this.hosts = hosts;
        this.resolver = resolver;
        this.ttl = ttl;
        this.timing = timing;
    }

    void start() {
        resolve();
    }

    void add(Consumer<InetAddress> listener) {
        listeners.add(listener);
        if (address != null) {
            tell(listener, address);
        }
    }

    /** Returns whether no one follows the name any more. */
    boolean remove(Consumer<InetAddress> listener) {
        listeners.remove(listener);
        return listeners.isEmpty();
    }

    void close() {
        closed = true;
        if (next != null) {
            next.cancel(false);
        }
        resolver.close();
    }

    /** A bug costs one try, not the name. */
    private void resolve() {
        try {
            ask();
        } catch (RuntimeException e) {
            log.error("Resolving {} failed unexpectedly", host, e);
            failed(e);
        }
    }

    private void ask() {
        List<InetAddress> known = hosts.addresses(host);
        if (!known.isEmpty()) {
            answered(known, timing.withoutTtl());
            return;
        }
        ttl.reset();
        Future<List<InetAddress>> ignored = resolver.resolveAll(host)
                .addListener((Future<List<InetAddress>> answer) -> {
                    if (closed) {
                        return;
                    }
                    if (answer.isSuccess() && !answer.getNow().isEmpty()) {
                        Duration lowest = ttl.lowest();
                        answered(answer.getNow(), lowest == null ? timing.withoutTtl() : timing.hold(lowest));
                    } else {
                        failed(answer.cause());
                    }
                });
    }

    private void answered(List<InetAddress> addresses, Duration hold) {
        if (failures > 0 && address != null) {
            log.info("{} resolves again", host);
        }
        failures = 0;
        again(hold);
        InetAddress former = address;
        if (former != null && addresses.contains(former)) {
            return;
        }
        InetAddress chosen = addresses.get(0);
        address = chosen;
        log.info("{} is at {}", host, chosen.getHostAddress());
        // A copy: a listener may follow or leave the name.
        List.copyOf(listeners).forEach(listener -> tell(listener, chosen));
    }

    private void failed(@Nullable Throwable cause) {
        failures++;
        Duration pause = timing.retry(failures);
        if (failures == 1) {
            String kept = address == null ? "it has no address" : "it stays at " + address.getHostAddress();
            log.warn("{} cannot be resolved, {}: {}", host, kept, cause == null ? "empty answer" : reason(cause));
        }
        again(pause);
    }

    private void again(Duration pause) {
        next = loop.schedule(this::resolve, pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void tell(Consumer<InetAddress> listener, InetAddress told) {
        try {
            listener.accept(told);
        } catch (RuntimeException e) {
            log.error("A listener for the address of {} failed", host, e);
        }
    }

    private static String reason(Throwable cause) {
        Throwable root = cause.getCause() == null ? cause : cause.getCause();
        return cause.getMessage() + (root == cause ? "" : " (" + root.getMessage() + ")");
    }
}
