package io.proxyd.discovery.dns;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.HostsFileEntriesResolver;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link HostNames} by the hosts file, then DNS with the system's name servers and search domains.
 *
 * <p>Everything runs on one thread of its own, {@code proxyd-dns}. Those who follow the same name share its questions and
 * its address.
 */
public final class NettyHostNames implements HostNames {
    private static final Logger log = LoggerFactory.getLogger(NettyHostNames.class);
    private static final HostsFileEntriesResolver NO_HOSTS_FILE = (host, types) -> null;
    private static final long CLOSE_SECONDS = 5;

    private final DnsServerAddressStreamProvider servers;
    private final DnsTiming timing;
    private final HostsFile hosts;
    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final Map<String, FollowedName> names = new HashMap<>();

    /** Asks the name servers of {@code /etc/resolv.conf}. */
    public NettyHostNames() {
        this(DnsServerAddressStreamProviders.platformDefault());
    }

    /** Asks these name servers. */
    public NettyHostNames(DnsServerAddressStreamProvider servers) {
        this(servers, HostsFile.SYSTEM, DnsTiming.DEFAULT);
    }

    NettyHostNames(DnsServerAddressStreamProvider servers, Path hostsFile, DnsTiming timing) {
        this.servers = servers;
        this.timing = timing;
        this.hosts = new HostsFile(hostsFile);
        this.group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("proxyd-dns", true), NioIoHandler.newFactory());
        this.loop = group.next();
    }

    /** @throws RejectedExecutionException after {@link #close} */
    @Override
    public Following follow(String host, Consumer<InetAddress> listener) {
        InetAddress literal = NetUtil.createInetAddressFromIpAddressString(host);
        if (literal != null) {
            listener.accept(literal);
            return () -> {};
        }
        AtomicBoolean left = new AtomicBoolean();
        Consumer<InetAddress> unlessLeft = address -> {
            if (!left.get()) {
                listener.accept(address);
            }
        };
        String name = host.toLowerCase(Locale.ROOT);
        loop.execute(() -> add(name, unlessLeft));
        return () -> {
            if (left.compareAndSet(false, true)) {
                leave(name, unlessLeft);
            }
        };
    }

    /** Ends the thread, and with it every following. */
    @Override
    public void close() {
        Future<?> ended = group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS);
        if (!loop.inEventLoop()) {
            ended.awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void leave(String name, Consumer<InetAddress> listener) {
        try {
            loop.execute(() -> remove(name, listener));
        } catch (RejectedExecutionException e) {
            log.trace("{} was left after all names were", name);
        }
    }

    private void add(String name, Consumer<InetAddress> listener) {
        FollowedName followed = names.get(name);
        if (followed != null) {
            followed.add(listener);
            return;
        }
        LowestTtl ttl = new LowestTtl();
        FollowedName first = new FollowedName(name, loop, hosts, resolver(ttl), ttl, timing);
        names.put(name, first);
        first.add(listener);
        first.start();
    }

    private void remove(String name, Consumer<InetAddress> listener) {
        FollowedName followed = names.get(name);
        if (followed != null && followed.remove(listener)) {
            names.remove(name);
            followed.close();
        }
    }

    /** A socket for each resolution: no socket is held between them, and each has a port that is hard to guess. */
    private DnsNameResolver resolver(LowestTtl ttl) {
        return new DnsNameResolverBuilder(loop)
                .datagramChannelType(NioDatagramChannel.class)
                .socketChannelType(NioSocketChannel.class)
                .datagramChannelStrategy(DnsNameResolverChannelStrategy.ChannelPerResolution)
                .nameServerProvider(servers)
                // The default would take a thread-local slot for good, for each name ever followed.
                .queryServerAddressStream(servers.nameServerAddressStream(""))
                .hostsFileEntriesResolver(NO_HOSTS_FILE)
                .resolvedAddressTypes(ResolvedAddressTypes.IPV4_PREFERRED)
                .completeOncePreferredResolved(true)
                .queryTimeoutMillis(timing.query().toMillis())
                .resolveCache(ttl)
                .cnameCache(ttl)
                .build();
    }
}
