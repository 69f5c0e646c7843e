package io.proxyd.discovery.dns;

import static io.proxyd.discovery.dns.TinyDnsServer.address;
import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.dns.HostNames.Following;
import io.proxyd.discovery.dns.TinyDnsServer.Mood;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NettyHostNamesTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    /** Retries and the look at the hosts file are fast; TTLs are taken as they come. */
    private static final DnsTiming BRISK = new DnsTiming(
            Duration.ofMillis(10),
            LONG,
            Duration.ofMillis(50),
            Duration.ofMillis(10),
            Duration.ofMillis(50),
            Duration.ofMillis(200));

    private final TinyDnsServer dns = new TinyDnsServer();
    private Path hosts;
    private NettyHostNames names;

    @BeforeEach
    void newHostNames(@TempDir Path folder) throws IOException {
        hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.9 inthefile alias\n::9 inthefile\n");
        names = new NettyHostNames(dns.servers(), hosts, BRISK);
    }

    @AfterEach
    void closeAll() {
        names.close();
        dns.close();
    }

    @Test
    void tellsALiteralBeforeItReturns() {
        Told told = new Told();
        names.follow("10.0.0.3", told);
        assertThat(told.addresses).containsExactly(address("10.0.0.3"));
        names.follow("fe80::1", told);
        assertThat(told.addresses).containsExactly(address("10.0.0.3"), address("fe80::1"));
        assertThat(dns.questions()).isZero();
    }

    @Test
    void resolvesANameOnItsOwnThread() {
        dns.answer("worker-1.test", 60, "10.0.0.1");
        Told told = new Told();
        names.follow("Worker-1.test", told);
        told.await("10.0.0.1");
        assertThat(told.threads).allSatisfy(thread -> assertThat(thread).startsWith("proxyd-dns"));
    }

    @Test
    void followsAChangeWhenTheTtlEnds() {
        dns.answer("worker-1.test", 1, "10.0.0.1");
        Told told = new Told();
        names.follow("worker-1.test", told);
        told.await("10.0.0.1");
        dns.answer("worker-1.test", 60, "10.0.0.2");
        told.await("10.0.0.1", "10.0.0.2");
    }

    @Test
    void asksNoSoonerThanTheTtlEnds() {
        dns.answer("slow.test", 60, "10.0.0.1");
        dns.answer("fast.test", 0, "10.0.0.2");
        Told slow = new Told();
        names.follow("slow.test", slow);
        slow.await("10.0.0.1");
        int asked = dns.questions();
        Told fast = new Told();
        names.follow("fast.test", fast);
        // While one name is asked for twenty times, the other is not.
        Eventually.until(() -> dns.questions() >= asked + 20, dns::questions);
        dns.answer("slow.test", 60, "10.0.0.7");
        Eventually.until(() -> dns.questions() >= asked + 40, dns::questions);
        assertThat(slow.addresses).containsExactly(address("10.0.0.1"));
    }

    @Test
    void followsTheTtlOfAnAliasWhenItIsTheShortest() {
        dns.alias("www.test", 1, "one.test");
        dns.answer("one.test", 300, "10.0.0.1");
        dns.answer("two.test", 300, "10.0.0.2");
        Told told = new Told();
        names.follow("www.test", told);
        told.await("10.0.0.1");
        dns.alias("www.test", 300, "two.test");
        told.await("10.0.0.1", "10.0.0.2");
    }

    @Test
    void keepsTheLastAddressWhileDnsFailsAndFollowsItAfterwards() {
        dns.answer("worker-1.test", 0, "10.0.0.1");
        Told told = new Told();
        names.follow("worker-1.test", told);
        told.await("10.0.0.1");
        for (Mood mood : List.of(Mood.FAILS, Mood.SILENT)) {
            dns.mood(mood);
            int asked = dns.questions();
            Eventually.until(() -> dns.questions() >= asked + 3, dns::questions);
            assertThat(told.addresses).containsExactly(address("10.0.0.1"));
        }
        dns.answer("worker-1.test", 60, "10.0.0.2");
        dns.mood(Mood.ANSWERS);
        told.await("10.0.0.1", "10.0.0.2");
    }

    @Test
    void retriesANameThatNeverResolvedUntilItDoes() {
        Told told = new Told();
        names.follow("late.test", told);
        Eventually.until(() -> dns.questions() >= 3, dns::questions);
        assertThat(told.addresses).isEmpty();
        dns.answer("late.test", 60, "10.0.0.1");
        told.await("10.0.0.1");
    }

    @Test
    void keepsItsAddressWhileItIsStillAmongTheAnswers() {
        dns.answer("many.test", 0, "10.0.0.1", "10.0.0.2");
        Told told = new Told();
        names.follow("many.test", told);
        told.await("10.0.0.1");
        dns.answer("many.test", 0, "10.0.0.3", "10.0.0.2", "10.0.0.1");
        int asked = dns.questions();
        Eventually.until(() -> dns.questions() >= asked + 3, dns::questions);
        assertThat(told.addresses).containsExactly(address("10.0.0.1"));
        dns.answer("many.test", 60, "10.0.0.3", "10.0.0.2");
        told.await("10.0.0.1", "10.0.0.3");
    }

    @Test
    void takesIpv4BeforeIpv6AndIpv6WhereThereIsNoOther() {
        dns.answer("both.test", 60, "fd00::1", "10.0.0.1");
        dns.answer("six.test", 60, "fd00::2");
        Told both = new Told();
        Told six = new Told();
        names.follow("both.test", both);
        names.follow("six.test", six);
        both.await("10.0.0.1");
        six.await("fd00::2");
    }

    @Test
    void asksOnceForANameThatSeveralFollow() {
        dns.answer("worker-1.test", 60, "10.0.0.1");
        Told first = new Told();
        Told second = new Told();
        names.follow("worker-1.test", first);
        first.await("10.0.0.1");
        int asked = dns.questions();
        names.follow("worker-1.test", second);
        second.await("10.0.0.1");
        assertThat(dns.questions()).isEqualTo(asked);
    }

    @Test
    void readsTheHostsFileBeforeDnsAndAgainWhenItChanges() throws IOException {
        dns.answer("alias", 60, "10.0.0.1");
        Told told = new Told();
        names.follow("alias", told);
        told.await("127.0.0.9");
        Files.writeString(hosts, "127.0.0.10 alias\n");
        told.await("127.0.0.9", "127.0.0.10");
        assertThat(dns.questions()).isZero();
        Files.delete(hosts);
        Files.writeString(hosts, "127.0.0.10 other\n");
        told.await("127.0.0.9", "127.0.0.10", "10.0.0.1");
    }

    @Test
    void resolvesLocalhostWithoutDnsOrHostsFile() throws IOException {
        Files.delete(hosts);
        dns.mood(Mood.SILENT);
        Told told = new Told();
        names.follow("localhost", told);
        told.await("127.0.0.1");
        assertThat(dns.questions()).isZero();
    }

    @Test
    void tellsNothingOnceTheFollowingIsClosed() {
        dns.answer("worker-1.test", 0, "10.0.0.1");
        Told left = new Told();
        Told stayed = new Told();
        Following following = names.follow("worker-1.test", left);
        names.follow("worker-1.test", stayed);
        left.await("10.0.0.1");
        stayed.await("10.0.0.1");
        following.close();
        dns.answer("worker-1.test", 60, "10.0.0.2");
        stayed.await("10.0.0.1", "10.0.0.2");
        assertThat(left.addresses).containsExactly(address("10.0.0.1"));
    }

    @Test
    void asksNoMoreForANameThatNoOneFollows() {
        dns.answer("left.test", 0, "10.0.0.1");
        Told told = new Told();
        Following following = names.follow("left.test", told);
        told.await("10.0.0.1");
        following.close();
        Told other = new Told();
        dns.answer("other.test", 60, "10.0.0.2");
        names.follow("other.test", other);
        other.await("10.0.0.2");
        int asked = dns.questions();
        Told third = new Told();
        dns.answer("third.test", 60, "10.0.0.3");
        names.follow("third.test", third);
        third.await("10.0.0.3");
        assertThat(dns.questions() - asked).isLessThanOrEqualTo(3);
    }

    @Test
    void survivesAListenerThatFails() {
        dns.answer("worker-1.test", 0, "10.0.0.1");
        Told told = new Told();
        names.follow("worker-1.test", address -> {
            throw new IllegalStateException("a listener that fails, on purpose");
        });
        names.follow("worker-1.test", told);
        told.await("10.0.0.1");
        dns.answer("worker-1.test", 60, "10.0.0.2");
        told.await("10.0.0.1", "10.0.0.2");
    }

    @Test
    void endsItsThreadWhenClosedAndLetsFollowersLeaveLate() {
        dns.mood(Mood.SILENT);
        Following following = names.follow("worker-1.test", new Told());
        Eventually.until(() -> dns.questions() > 0, dns::questions);
        names.close();
        following.close();
        Eventually.until(
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("proxyd-dns")),
                Thread::getAllStackTraces);
    }

    private static final class Told implements Consumer<InetAddress> {
        private final List<InetAddress> addresses = new CopyOnWriteArrayList<>();
        private final List<String> threads = new CopyOnWriteArrayList<>();

        @Override
        public void accept(InetAddress address) {
            threads.add(Thread.currentThread().getName());
            addresses.add(address);
        }

        void await(String... expected) {
            List<InetAddress> all =
                    List.of(expected).stream().map(TinyDnsServer::address).toList();
            Eventually.until(() -> addresses.equals(all), () -> addresses);
        }
    }
}
