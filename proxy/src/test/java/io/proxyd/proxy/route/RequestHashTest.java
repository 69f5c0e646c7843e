package io.proxyd.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.BalancingConfig.HashKey;
import io.proxyd.config.ListenerConfig;
import io.proxyd.config.ListenerConfig.Fields;
import io.proxyd.proxy.http.Forwarding;
import io.proxyd.proxy.http.RequestHead;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RequestHashTest {
    private final SplittableRandom random = new SplittableRandom(1);

    @Test
    void thePathCountsWithoutTheQuery() {
        HashKey key = new HashKey.Path();
        assertThat(hash(key, "/a/b?x=1")).isEqualTo(hash(key, "/a/b?x=2")).isEqualTo(hash(key, "/a/b"));
        assertThat(hash(key, "/a/c")).isNotEqualTo(hash(key, "/a/b"));
    }

    @Test
    void aHeaderCountsByItsValueWhateverTheCaseOfItsName() {
        HashKey key = new HashKey.Header("X-User");
        assertThat(hash(key, "/", "x-uSER: ann")).isEqualTo(hash(key, "/b", "X-User: ann", "Other: 1"));
        assertThat(hash(key, "/", "x-user: ann")).isNotEqualTo(hash(key, "/", "x-user: Ann"));
    }

    @Test
    void aHeaderThatProxydKnowsCountsToo() {
        HashKey key = new HashKey.Header("host");
        assertThat(hash(key, "/")).isEqualTo(hash(key, "/b"));
    }

    @Test
    void aCookieCountsByItsValue() {
        HashKey key = new HashKey.Cookie("user");
        assertThat(hash(key, "/", "Cookie: user=ann; x=1")).isEqualTo(hash(key, "/", "Cookie: y=2;user=ann"));
        assertThat(hash(key, "/", "Cookie: user=ann")).isNotEqualTo(hash(key, "/", "Cookie: user=bob"));
    }

    @Test
    void requestsWithoutHeaderOrCookieAreSpread() {
        for (HashKey key : List.of(new HashKey.Header("x-user"), new HashKey.Cookie("user"))) {
            Set<Long> hashes = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                hashes.add(hash(key, "/", "X-User:", "Cookie: user=; users=1"));
            }
            assertThat(hashes).hasSize(50);
        }
    }

    @Test
    void aClientCountsByItsAddressAndNotItsPort() {
        assertThat(client("192.0.2.1", 1)).isEqualTo(client("192.0.2.1", 2));
        assertThat(client("192.0.2.1", 1)).isNotEqualTo(client("192.0.2.2", 1));
        assertThat(client("::ffff:192.0.2.1", 1)).isEqualTo(client("192.0.2.1", 1));
    }

    private long client(String address, int port) {
        ListenerConfig.Forwarding rules = new ListenerConfig.Forwarding(List.of(), Fields.X_FORWARDED, null);
        RequestHead head = Heads.get("example.org", "/");
        head.forwarding(new Forwarding(rules, new InetSocketAddress(address, port)));
        return RequestHash.by(new HashKey.ClientAddress()).of(head, random);
    }

    private long hash(HashKey key, String target, String... fields) {
        String lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
        RequestHead head = Heads.parse("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n");
        return RequestHash.by(key).of(head, random);
    }
}
