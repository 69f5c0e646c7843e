package io.proxyd.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Registration.State;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistrationReaderTest {
    private final RegistrationReader reader = new RegistrationReader(key -> "/services/" + key);

    @Test
    void readsEveryFieldOfAFullRegistration() {
        Reading reading = read(
                "web/web-1",
                """
                {"host": "worker-1", "port": 49153, "weight": 7, "state": "draining", "metadata": {"zone": "a"}}
                """);
        assertThat(reading)
                .isEqualTo(new Registration(
                        "web", "web-1", "worker-1", 49153, 7, State.DRAINING, Map.of("zone", "a"), Map.of()));
    }

    @Test
    void givesAbsentFieldsTheirDefaults() {
        assertThat(read("web/1", "{\"host\":\"10.0.0.3\",\"port\":80}"))
                .isEqualTo(new Registration("web", "1", "10.0.0.3", 80, 100, State.UP, Map.of(), Map.of()));
    }

    @Test
    void takesAKeyWithoutIdAsAServiceOfOneBackend() {
        assertThat(read("mongodb", "{ \"host\": \"worker-big-1\", \"port\": 27017 }"))
                .isEqualTo(new Registration(
                        "mongodb", "mongodb", "worker-big-1", 27017, 100, State.UP, Map.of(), Map.of()));
    }

    @Test
    void keepsUnknownFieldsAsJsonText() {
        Registration registration = (Registration)
                read("web/1", "{\"host\":\"a\",\"port\":80,\"pid\":12,\"load\":1.50,\"tags\":[\"x\",{\"y\":null}]}");
        assertThat(registration.unknown())
                .isEqualTo(Map.of("pid", "12", "load", "1.50", "tags", "[\"x\",{\"y\":null}]"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "worker-1.example.org", "worker_1", "db.", "10.0.0.255", "::1", "fe80::1:2", "1a", "W"})
    void acceptsNamesAndAddresses(String host) {
        assertThat(((Registration) read("web/1", object(host, "80"))).host()).isEqualTo(host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"web/10.0.0.3:8000", "web/guestbook-http@1", "a.b_c-d/E", "9/0", "_x/_y"})
    void acceptsTheKeysThatAnnouncersWrite(String key) {
        assertThat(read(key, object("a", "80"))).isInstanceOf(Registration.class);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1000, 1000"})
    void acceptsTheLimitsOfWeight(String weight, int expected) {
        assertThat(((Registration) read("web/1", "{\"host\":\"a\",\"port\":80,\"weight\":" + weight + "}")).weight())
                .isEqualTo(expected);
    }

    @Test
    void quarantinesUnderTheKeyTheOperatorKnows() {
        assertThat(((Quarantined) read("web/1", "x")).key()).isEqualTo("/services/web/1");
    }

    @ParameterizedTest(name = "{0} as {1}")
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            textBlock =
                    """
            ``                           | value is empty, expected a JSON object
            host=a                       | value "host=a" is not strict JSON: Unrecognized token 'host'
            {"host":"a","port":80        | is not strict JSON: Unexpected end-of-input
            {"host":"a","port":80,}      | is not strict JSON
            {"host":"a","host":"b","port":80} | is not strict JSON: Duplicate Object property "host"
            {"host":"a","port":80} {}    | value goes on after its JSON object, expected one object and nothing else
            {"host":"a","port":80} x     | is not strict JSON: Unrecognized token 'x'
            [1]                          | value is an array, expected a JSON object such as {"host": "worker-1", "port": 8080}
            "web:80"                     | value is "web:80" (text), expected a JSON object
            null                         | value is null, expected a JSON object
            {"port":80}                  | host is missing, expected a host name or an IP address
            {"host":null,"port":80}      | host is null, expected a host name or an IP address in quotes
            {"host":7,"port":80}         | host is 7, expected a host name or an IP address in quotes
            {"host":"","port":80}        | host is "", expected a host name or an IP address
            {"host":"a b","port":80}     | host is "a b", expected a host name or an IP address of letters, digits, - and _
            {"host":"-a","port":80}      | host is "-a", expected
            {"host":"a..b","port":80}    | host is "a..b", expected
            {"host":"http://a","port":80} | host is "http://a", expected a host name or an IP address without a scheme
            {"host":"a:80","port":80}    | host is "a:80", expected a host name or an IP address without a port
            {"host":"[::1]:80","port":80} | host is "[::1]:80", expected a host name or an IP address without a port
            {"host":"[::1]","port":80}   | host is "[::1]", expected a host name or an IP address without brackets
            {"host":"::g","port":80}     | host is "::g", expected a host name or an IP address
            {"host":"fe80::1%eth0","port":80} | host is "fe80::1%eth0", expected a host name or an IP address without a zone
            {"host":"10.0.0.300","port":80} | host is "10.0.0.300", expected a host name or an IP address; four numbers
            {"host":"a"}                 | port is missing, expected a number from 1 to 65535
            {"host":"a","port":"8080"}   | port is "8080" (text), expected a whole number from 1 to 65535 without quotes
            {"host":"a","port":0}        | port is 0, expected a whole number from 1 to 65535
            {"host":"a","port":65536}    | port is 65536, expected a whole number from 1 to 65535
            {"host":"a","port":99999999999} | port is 99999999999, expected a whole number from 1 to 65535
            {"host":"a","port":80.0}     | port is 80.0, expected a whole number from 1 to 65535
            {"host":"a","port":true}     | port is true, expected a whole number from 1 to 65535
            {"host":"a","port":80,"weight":1001} | weight is 1001, expected a whole number from 0 to 1000
            {"host":"a","port":80,"weight":-1}   | weight is -1, expected a whole number from 0 to 1000
            {"host":"a","port":80,"weight":"5"}  | weight is "5" (text), expected a whole number from 0 to 1000 without quotes
            {"host":"a","port":80,"metadata":[]} | metadata is an array, expected an object of texts
            {"host":"a","port":80,"metadata":{"n":3}} | metadata "n" is 3, expected a text in quotes
            {"host":"a","port":80,"state":"down"} | state is "down" (text), expected "up" or "draining"
            {"host":"a","port":80,"state":1}     | state is 1, expected "up" or "draining"
            """)
    void quarantinesABrokenValueWithItsReason(String value, String reason) {
        assertThat(reason("web/1", value)).contains(reason);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            textBlock =
                    """
            ``        | service in the key is "", expected 1 to 128 letters
            web/      | backend id in the key is "", expected 1 to 128 letters
            /1        | service in the key is "", expected 1 to 128 letters
            a/b/c     | key has 3 segments below the prefix, expected <service> or <service>/<backend-id>
            we b/1    | service in the key is "we b", expected
            .web/1    | service in the key is ".web", expected
            web/a$    | backend id in the key is "a$", expected
            web/.a    | backend id in the key is ".a", expected
            wéb/1     | service in the key is "wéb", expected
            """)
    void quarantinesABrokenKeyWithItsReason(String key, String reason) {
        assertThat(reason(key, object("a", "80"))).contains(reason);
    }

    @Test
    void quarantinesInvalidUtf8AndTellsWhere() {
        byte[] value = object("aXb", "80").getBytes(StandardCharsets.ISO_8859_1);
        value[10] = (byte) 0xff;
        Quarantined refused = (Quarantined) reader.read("web/1", ByteBuffer.wrap(value));
        assertThat(refused.reason()).isEqualTo("value is not UTF-8 at byte 10 (0xff), expected JSON in UTF-8");
    }

    @Test
    void quarantinesAValueCutInsideOfACharacter() {
        byte[] cut = {'"', (byte) 0xc3};
        Quarantined refused = (Quarantined) reader.read("web/1", ByteBuffer.wrap(cut));
        assertThat(refused.reason()).startsWith("value is not UTF-8 at byte 1 (0xc3)");
    }

    @Test
    void quarantinesAValueAboveTheBound() {
        String value = "{\"host\":\"a\",\"port\":80,\"pad\":\"" + "x".repeat(64 * 1024) + "\"}";
        assertThat(reason("web/1", value)).isEqualTo("value has more than 65536 bytes, expected at most that many");
    }

    @Test
    void shortensALongValueInTheReason() {
        assertThat(reason("web/1", object("x y".repeat(1000), "80")).length()).isLessThan(300);
        assertThat(reason("web/1", "x y".repeat(1000)).length()).isLessThan(400);
    }

    @Test
    void showsControlCharactersEscaped() {
        assertThat(reason("we\nb/1", object("a", "80"))).contains("\"we\\u000ab\"");
    }

    @Test
    void quarantinesDeepNestingInsteadOfFailing() {
        assertThat(reason("web/1", "{\"host\":\"a\",\"port\":80,\"deep\":" + "[".repeat(30_000) + "}"))
                .contains("is not strict JSON");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e999999999", "-1e-999999999"})
    void keepsAbsurdNumbersOfUnknownFieldsWithoutExpandingThem(String number) {
        assertThat(read("web/1", "{\"host\":\"a\",\"port\":80,\"n\":" + number + "}"))
                .isInstanceOf(Registration.class);
        assertThat(reason("web/1", "{\"host\":\"a\",\"port\":" + number + "}")).startsWith("port is ");
    }

    @Test
    void quarantinesANumberTooLongToParse() {
        assertThat(reason("web/1", object("a", "1".repeat(5000)))).contains("is not strict JSON");
    }

    private Reading read(String key, String value) {
        return reader.read(key, ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
    }

    private String reason(String key, String value) {
        return ((Quarantined) read(key, value)).reason();
    }

    private static String object(String host, String port) {
        return "{\"host\":\"" + host + "\",\"port\":" + port + "}";
    }
}
