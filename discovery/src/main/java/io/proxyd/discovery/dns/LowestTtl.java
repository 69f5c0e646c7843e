package io.proxyd.discovery.dns;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import io.netty.resolver.dns.DnsCnameCache;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the lowest TTL of an answer's addresses and aliases, and caches nothing.
 *
 * <p>Netty tells TTLs to its caches alone, so this poses as both of them. One name's resolver has one of its own; used
 * by the resolver's event loop alone.
 */
final class LowestTtl implements DnsCache, DnsCnameCache {
    private @Nullable Duration lowest;

    /** Forgets the answer before. */
    void reset() {
        lowest = null;
    }

    /** Null when no record with a TTL came since the reset. */
    @Nullable Duration lowest() {
        return lowest;
    }

    private void saw(long ttlSeconds) {
        Duration ttl = Duration.ofSeconds(ttlSeconds);
        if (lowest == null || ttl.compareTo(lowest) < 0) {
            lowest = ttl;
        }
    }

    @Override
    public DnsCacheEntry cache(
            String hostname,
            DnsRecord @Nullable [] additionals,
            InetAddress address,
            long originalTtl,
            EventLoop loop) {
        saw(originalTtl);
        return new Uncached(address);
    }

    @Override
    public @Nullable DnsCacheEntry cache(
            String hostname, DnsRecord @Nullable [] additionals, Throwable cause, EventLoop loop) {
        return null;
    }

    @Override
    public void cache(String hostname, String cname, long originalTtl, EventLoop loop) {
        saw(originalTtl);
    }

    @Override
    public List<? extends DnsCacheEntry> get(String hostname, DnsRecord @Nullable [] additionals) {
        return List.of();
    }

    @Override
    public @Nullable String get(String hostname) {
        return null;
    }

    @Override
    public void clear() {
        reset();
    }

    @Override
    public boolean clear(String hostname) {
        return false;
    }

    private record Uncached(InetAddress address) implements DnsCacheEntry {
        @Override
        public @Nullable Throwable cause() {
            return null;
        }
    }
}
