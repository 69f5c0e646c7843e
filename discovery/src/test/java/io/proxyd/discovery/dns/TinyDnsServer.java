package io.proxyd.discovery.dns;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordEncoder;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A name server on a free UDP port that says what the test tells it. */
final class TinyDnsServer implements AutoCloseable {
    enum Mood {
        ANSWERS,
        FAILS,
        SILENT
    }

    private record Answer(List<InetAddress> addresses, int ttlSeconds) {}

    private record Alias(String target, int ttlSeconds) {}

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel channel;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<String, Alias> aliases = new ConcurrentHashMap<>();
    private final AtomicInteger questions = new AtomicInteger();
    private volatile Mood mood = Mood.ANSWERS;

    TinyDnsServer() {
        channel = new Bootstrap()
                .group(group)
                .channel(NioDatagramChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        ch.pipeline()
                                .addLast(
                                        new DatagramDnsQueryDecoder(),
                                        new DatagramDnsResponseEncoder(),
                                        new Answering());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    DnsServerAddressStreamProvider servers() {
        return new SingletonDnsServerAddressStreamProvider((InetSocketAddress) channel.localAddress());
    }

    void answer(String name, int ttlSeconds, String... addresses) {
        answers.put(
                name + ".",
                new Answer(
                        List.of(addresses).stream().map(TinyDnsServer::address).toList(), ttlSeconds));
    }

    void alias(String name, int ttlSeconds, String target) {
        aliases.put(name + ".", new Alias(target + ".", ttlSeconds));
    }

    void mood(Mood next) {
        mood = next;
    }

    /** Questions for IPv4 addresses so far. */
    int questions() {
        return questions.get();
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private final class Answering extends SimpleChannelInboundHandler<DatagramDnsQuery> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, DatagramDnsQuery query) throws Exception {
            DnsQuestion question = query.recordAt(DnsSection.QUESTION);
            if (question.type().equals(DnsRecordType.A)) {
                questions.incrementAndGet();
            }
            if (mood == Mood.SILENT) {
                return;
            }
            DatagramDnsResponse response = new DatagramDnsResponse(
                    /* sender= */ query.recipient(), /* recipient= */ query.sender(), query.id());
            response.addRecord(
                    DnsSection.QUESTION, new DefaultDnsQuestion(question.name(), question.type(), question.dnsClass()));
            if (mood == Mood.FAILS) {
                response.setCode(DnsResponseCode.SERVFAIL);
            } else {
                fill(response, question);
            }
            ChannelFuture ignored = ctx.writeAndFlush(response);
        }

        private void fill(DatagramDnsResponse response, DnsQuestion question) throws Exception {
            String name = question.name();
            Alias alias = aliases.get(name);
            if (alias != null) {
                ByteBuf target = Unpooled.buffer();
                DnsRecordEncoder.DEFAULT.encodeQuestion(
                        new DefaultDnsQuestion(alias.target(), DnsRecordType.A), target);
                // The name alone: the type and class after it are four bytes.
                target.writerIndex(target.writerIndex() - 4);
                response.addRecord(
                        DnsSection.ANSWER,
                        new DefaultDnsRawRecord(name, DnsRecordType.CNAME, alias.ttlSeconds(), target));
                name = alias.target();
            }
            Answer answer = answers.get(name);
            if (answer == null) {
                response.setCode(DnsResponseCode.NXDOMAIN);
                return;
            }
            int bytes = question.type().equals(DnsRecordType.A) ? 4 : 16;
            for (InetAddress address : answer.addresses()) {
                if (address.getAddress().length == bytes) {
                    response.addRecord(
                            DnsSection.ANSWER,
                            new DefaultDnsRawRecord(
                                    name,
                                    question.type(),
                                    answer.ttlSeconds(),
                                    Unpooled.wrappedBuffer(address.getAddress())));
                }
            }
        }
    }
}
