package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.AddressBlock;
import io.proxyd.config.ListenerConfig.Fields;
import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.ExchangeRecord;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What backends are told about the client, and whom proxyd believes. */
final class ForwardingTest extends WireTest {
    private static final AddressBlock LOOPBACK = new AddressBlock(InetAddress.getLoopbackAddress(), 8);
    private static final String MADE_ID = "[0-9a-f]{32}";
    private static final String[] CLAIMS = {
        "X-Forwarded-For: 10.0.0.1",
        "x-forwarded-for: 10.0.0.2",
        "X-FORWARDED-PROTO: https",
        "X-Forwarded-Host: evil.example",
        "x-Forwarded-Port: 443",
        "X-Forwarded-Server: evil",
        "X-Forwarded-Client-Cert: evil",
        "X-Forwarded: for=10.0.0.3",
        "Forwarded: for=10.0.0.4",
        "FORWARDED: for=10.0.0.5",
        "X-Real-IP: 10.0.0.6",
        "X-Request-Id: chosen"
    };

    /** The head that the backend gets for a GET with these field lines. */
    private MessageHead forwarded(Rig rig, RawBackend backend, String... fieldLines) throws Exception {
        RawClient client = client(proxy(rig));
        String head = "GET / HTTP/1.1\r\nHost: a.example:8080\r\n" + String.join("\r\n", fieldLines) + "\r\n\r\n";
        assertThat(client.exchange(head).status()).isEqualTo(200);
        return backend.request().head();
    }

    private MessageHead fromAnybody(String... fieldLines) throws Exception {
        RawBackend backend = answering(OK);
        return forwarded(rigTo(backend), backend, fieldLines);
    }

    private MessageHead fromATrustedProxy(String... fieldLines) throws Exception {
        return fromATrustedProxy(Fields.X_FORWARDED, fieldLines);
    }

    private MessageHead fromATrustedProxy(Fields fields, String... fieldLines) throws Exception {
        RawBackend backend = answering(OK);
        return forwarded(rigTo(backend).trusting(LOOPBACK).forwardingFields(fields), backend, fieldLines);
    }

    private static void assertOnlyOurs(MessageHead head) {
        assertThat(namesThatClaim(head))
                .containsExactlyInAnyOrder("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Request-Id");
        assertThat(head.only("X-Forwarded-For")).isEqualTo("127.0.0.1");
        assertThat(head.only("X-Forwarded-Proto")).isEqualTo("http");
        assertThat(head.only("X-Forwarded-Host")).isEqualTo("a.example:8080");
        assertThat(head.only("X-Request-Id")).matches(MADE_ID);
    }

    /** Names of fields that tell about the client, as they stand, with whatever character in the place of a hyphen. */
    private static List<String> namesThatClaim(MessageHead head) {
        return head.fields().stream()
                .map(MessageHead.FieldText::name)
                .filter(name -> name.toLowerCase(Locale.ROOT).matches("x.forwarded.*|forwarded|x.real.ip|x.request.id"))
                .toList();
    }

    @Test
    void dropsEveryClaimOfAClientThatIsNotTrusted() throws Exception {
        assertOnlyOurs(fromAnybody(CLAIMS));
    }

    @Test
    void doesNotTrustTheLoopbackAddressByItself() throws Exception {
        assertThat(fromAnybody("X-Forwarded-For: 10.0.0.1").only("X-Forwarded-For"))
                .isEqualTo("127.0.0.1");
    }

    @Test
    void trustsNoneButTheListedAddresses() throws Exception {
        RawBackend backend = answering(OK);
        Rig rig = rigTo(backend).trusting(new AddressBlock(InetAddress.getByName("127.0.0.2"), 32));
        assertOnlyOurs(forwarded(rig, backend, CLAIMS));
    }

    @Test
    void dropsOtherSpellingsThatABackendMayTakeForTheSame() throws Exception {
        String[] lookAlikes = {
            "X_Forwarded_For: 10.0.0.1",
            "x-forwarded_for: 10.0.0.1",
            "X.Forwarded.Proto: https",
            "X_FORWARDED_ANYTHING: 1",
            "X_Real_IP: 10.0.0.1",
            "X_Request_Id: chosen",
            "Content_Length: 7",
            "Transfer_Encoding: chunked",
            "X_Other: kept"
        };
        MessageHead head = fromAnybody(lookAlikes);
        assertOnlyOurs(head);
        assertThat(head.only("X_Other")).isEqualTo("kept");
        assertThat(head.has("Content_Length") || head.has("Transfer_Encoding")).isFalse();
        MessageHead trusted = fromATrustedProxy(lookAlikes);
        assertOnlyOurs(trusted);
        assertThat(trusted.only("X_Other")).isEqualTo("kept");
    }

    @Test
    void cannotBeMadeToDropItsOwnFieldsByConnection() throws Exception {
        String nominated = "Connection: X-Forwarded-For, x-forwarded-proto, X-Forwarded-Host, X-Forwarded-Port,"
                + " X-Request-Id, Forwarded, Host, X-Real-IP, Via, Content-Length";
        MessageHead head = fromAnybody(nominated, "X-Forwarded-For: 10.0.0.1");
        assertOnlyOurs(head);
        assertThat(head.only("Host")).isEqualTo("a.example:8080");

        MessageHead trusted = fromATrustedProxy(
                Fields.BOTH,
                nominated,
                "X-Forwarded-For: 10.0.0.1",
                "X-Forwarded-Port: 443",
                "Forwarded: for=10.0.0.1",
                "X-Request-Id: chosen",
                "X-Real-IP: 10.0.0.1");
        assertThat(trusted.only("X-Forwarded-For")).isEqualTo("10.0.0.1, 127.0.0.1");
        assertThat(trusted.only("X-Forwarded-Port")).isEqualTo("443");
        assertThat(trusted.only("Forwarded")).startsWith("for=10.0.0.1, for=127.0.0.1;");
        assertThat(trusted.only("X-Request-Id")).isEqualTo("chosen");
        assertThat(trusted.only("X-Real-IP")).isEqualTo("10.0.0.1");
        assertThat(trusted.only("Host")).isEqualTo("a.example:8080");
    }

    @Test
    void addsItselfToViaEvenIfConnectionNamesIt() throws Exception {
        RawBackend backend = answering(OK);
        MessageHead head = forwarded(rigTo(backend).via("edge-1"), backend, "Connection: Via", "Via: 1.0 other");
        assertThat(head.all("Via")).endsWith("1.1 edge-1");
    }

    @Test
    void leavesClaimsInTrailersBehind() throws Exception {
        for (String name :
                new String[] {"X-Forwarded-For", "X-Forwarded-Port", "Forwarded", "X-Real-IP", "X_Real_IP", "X.Real.IP"
                }) {
            RawBackend backend = answering(OK);
            RawClient client = client(proxyTo(backend));
            client.send("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + name
                    + ": 10.0.0.1\r\n\r\n");
            assertThat(client.response().status()).as(name).isEqualTo(200);
            assertThat(backend.request().trailers().fields()).as(name).isEmpty();
        }
    }

    @Test
    void appendsToWhatATrustedProxySent() throws Exception {
        MessageHead head = fromATrustedProxy(
                "X-Forwarded-For: 10.0.0.1, 10.0.0.2",
                "Accept: */*",
                "x-forwarded-for:",
                "x-forwarded-for: 2001:db8::7",
                "X-Forwarded-Proto: https",
                "X-Forwarded-Host: shop.example",
                "X-Forwarded-Port: 443",
                "X-Forwarded-Prefix: /shop",
                "X-Real-IP: 10.0.0.1",
                "X-Request-Id: from-the-edge_1");
        assertThat(head.only("X-Forwarded-For")).isEqualTo("10.0.0.1, 10.0.0.2, 2001:db8::7, 127.0.0.1");
        assertThat(head.only("X-Forwarded-Proto")).isEqualTo("https");
        assertThat(head.only("X-Forwarded-Host")).isEqualTo("shop.example");
        assertThat(head.only("X-Forwarded-Port")).isEqualTo("443");
        assertThat(head.only("X-Forwarded-Prefix")).isEqualTo("/shop");
        assertThat(head.only("X-Real-IP")).isEqualTo("10.0.0.1");
        assertThat(head.only("X-Request-Id")).isEqualTo("from-the-edge_1");
        assertThat(head.only("Accept")).isEqualTo("*/*");
        assertThat(head.has("Forwarded")).isFalse();
    }

    @Test
    void writesWhatATrustedProxyLeftOut() throws Exception {
        assertOnlyOurs(fromATrustedProxy("Accept: */*"));
    }

    @Test
    void makesAnIdAnewWhereThatOfATrustedProxyIsUnfit() throws Exception {
        String[] unfit = {
            "X-Request-Id:",
            "X-Request-Id: two words",
            "X-Request-Id: a\"b",
            "X-Request-Id: caf\u00e9",
            "X-Request-Id: <script>",
            "X-Request-Id: " + "a".repeat(129),
            "X-Request-Id: a\r\nX-Request-Id: b"
        };
        for (String field : unfit) {
            assertThat(fromATrustedProxy(field).only("X-Request-Id")).as(field).matches(MADE_ID);
        }
        String longest = "a".repeat(128);
        assertThat(fromATrustedProxy("X-Request-Id: " + longest).only("X-Request-Id"))
                .isEqualTo(longest);
    }

    @Test
    void writesForwardedWhereThatIsConfigured() throws Exception {
        RawBackend backend = answering(OK);
        MessageHead head = forwarded(rigTo(backend).forwardingFields(Fields.FORWARDED), backend, CLAIMS);
        assertThat(namesThatClaim(head)).containsExactly("Forwarded", "X-Request-Id");
        assertThat(head.only("Forwarded")).isEqualTo("for=127.0.0.1;proto=http;host=\"a.example:8080\"");
    }

    @Test
    void writesBothWhereThatIsConfigured() throws Exception {
        RawBackend backend = answering(OK);
        MessageHead head = forwarded(rigTo(backend).forwardingFields(Fields.BOTH), backend, CLAIMS);
        assertThat(head.only("Forwarded")).isEqualTo("for=127.0.0.1;proto=http;host=\"a.example:8080\"");
        assertThat(head.only("X-Forwarded-For")).isEqualTo("127.0.0.1");
        assertThat(head.only("X-Forwarded-Proto")).isEqualTo("http");
        assertThat(head.only("X-Forwarded-Host")).isEqualTo("a.example:8080");
    }

    @Test
    void appendsToAListThatItWouldNotStart() throws Exception {
        MessageHead head = fromATrustedProxy(
                Fields.X_FORWARDED, "Forwarded: for=10.0.0.1;by=_a, for=\"[2001:db8::7]\"", "forwarded: for=10.0.0.9");
        assertThat(head.only("Forwarded"))
                .isEqualTo("for=10.0.0.1;by=_a, for=\"[2001:db8::7]\", for=10.0.0.9,"
                        + " for=127.0.0.1;proto=http;host=\"a.example:8080\"");

        head = fromATrustedProxy(Fields.FORWARDED, "X-Forwarded-For: 10.0.0.1");
        assertThat(head.only("X-Forwarded-For")).isEqualTo("10.0.0.1, 127.0.0.1");
        assertThat(head.has("X-Forwarded-Proto")).isFalse();
    }

    @Test
    void writesNoHostForAClientThatNamesNone() throws Exception {
        RawBackend backend = answering(OK);
        RawClient client = client(proxy(rigTo(backend).forwardingFields(Fields.BOTH)));
        assertThat(client.exchange("GET / HTTP/1.0\r\n\r\n").status()).isEqualTo(200);
        MessageHead head = backend.request().head();
        assertThat(head.only("Forwarded")).isEqualTo("for=127.0.0.1;proto=http");
        assertThat(head.has("X-Forwarded-Host")).isFalse();
    }

    @Test
    void quotesAnIpv6Client() throws Exception {
        RawBackend backend = answering(OK);
        RunningProxy proxy = proxy(rigTo(backend).listen("::1", 0).forwardingFields(Fields.BOTH));
        assertThat(client(proxy).get("/").status()).isEqualTo(200);
        MessageHead head = backend.request().head();
        assertThat(head.only("X-Forwarded-For")).isEqualTo("::1");
        assertThat(head.only("Forwarded")).isEqualTo("for=\"[::1]\";proto=http;host=\"a.example\"");
    }

    @Test
    void tellsAnIpv4ClientOfAnIpv6SocketByItsIpv4Address() throws Exception {
        RawBackend backend = answering(OK);
        RunningProxy proxy =
                proxy(rigTo(backend).listen("::", 0).trusting(LOOPBACK).forwardingFields(Fields.BOTH));
        RawClient client = closing(RawClient.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), proxy.address().getPort())));
        client.exchange("GET / HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n");
        MessageHead head = backend.request().head();
        assertThat(head.only("X-Forwarded-For")).isEqualTo("10.0.0.1, 127.0.0.1");
        assertThat(head.only("Forwarded")).startsWith("for=127.0.0.1;");
    }

    @Test
    void addsItselfToViaWithTheVersionThatItGot() throws Exception {
        RawBackend backend = answering("HTTP/1.0 200 OK\r\nVia: 1.1 inner\r\nContent-Length: 2\r\n\r\nok");
        RunningProxy proxy = proxy(rigTo(backend).via("edge-1"));
        Message response = client(proxy).exchange("GET / HTTP/1.1\r\nHost: a.example\r\nVia: 1.1 outer\r\n\r\n");
        assertThat(backend.request().head().all("Via")).containsExactly("1.1 outer", "1.1 edge-1");
        assertThat(response.head().all("Via")).containsExactly("1.1 inner", "1.0 edge-1");

        client(proxy).exchange("GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
        assertThat(backend.request().head().only("Via")).isEqualTo("1.0 edge-1");
    }

    @Test
    void leavesViaAloneByDefault() throws Exception {
        RawBackend backend = answering("HTTP/1.1 200 OK\r\nVia: 1.1 inner\r\nContent-Length: 2\r\n\r\nok");
        RawClient client = client(proxyTo(backend));
        Message response = client.exchange("GET / HTTP/1.1\r\nHost: a.example\r\nVia: 1.1 outer\r\n\r\n");
        assertThat(backend.request().head().only("Via")).isEqualTo("1.1 outer");
        assertThat(response.head().only("Via")).isEqualTo("1.1 inner");
    }

    @Test
    void logsTheClientThatTrustedProxiesTellOf() throws Exception {
        String[][] lists = {
            {"203.0.113.7", "203.0.113.7"},
            {"198.51.100.1, 203.0.113.7, 10.0.0.2 , 10.0.0.3", "203.0.113.7"},
            {"10.0.0.1, 10.0.0.2", "10.0.0.1"},
            {"203.0.113.7, unknown, 10.0.0.2", "10.0.0.2"},
            {"<script>", "127.0.0.1"},
            {"", "127.0.0.1"},
            {"203.0.113.7:4711", "203.0.113.7"},
            {"2001:DB8:0:0::7", "2001:db8::7"},
            {"[2001:db8::7]:4711", "2001:db8::7"},
            {"203.0.113.7\r\nX-Forwarded-For: 10.0.0.2", "203.0.113.7"},
        };
        AddressBlock inside = new AddressBlock(InetAddress.getByName("10.0.0.0"), 8);
        RunningProxy proxy = proxy(rigTo(answering(OK)).trusting(LOOPBACK, inside));
        RawClient client = client(proxy);
        for (String[] list : lists) {
            client.exchange("GET / HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: " + list[0]
                    + "\r\nX-Request-Id: id-1\r\n\r\n");
            ExchangeRecord record = proxy.record();
            assertThat(record.client()).as(list[0]).isEqualTo(list[1]);
            assertThat(record.peer()).isEqualTo("127.0.0.1");
            assertThat(record.requestId()).isEqualTo("id-1");
        }
    }

    @Test
    void logsWhereAnybodyElseConnectsFrom() throws Exception {
        RunningProxy proxy = proxy(rigTo(answering(OK)));
        client(proxy).exchange("GET / HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n");
        ExchangeRecord record = proxy.record();
        assertThat(record.client()).isEqualTo("127.0.0.1");
        assertThat(record.requestId()).matches(MADE_ID);
    }
}
