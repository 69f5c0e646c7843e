package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One wrong value in an otherwise good configuration: where it is said to be, and what is said of it. */
class BrokenValueTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "event-loops: many | runtime.event-loops | \"many\" is not a whole number; expected auto or a whole number from 0 to 1024",
                "event-loops: \"4\" | runtime.event-loops | \"4\" is text because of its quotes; expected a whole number from 0 to 1024, without quotes",
                "event-loops: -1 | runtime.event-loops | \"-1\" is too small; expected auto or a whole number from 0 to 1024",
                "event-loops: 99999999999 | runtime.event-loops | \"99999999999\" is too large; expected auto or a whole number from 0 to 1024",
                "transport: dpdk | runtime.transport | \"dpdk\" is not known; expected auto, io_uring, epoll or nio",
                "drain-timeout: 30 | runtime.drain-timeout | \"30\" has no unit; expected a number with a unit, such as 500ms, 10s, 5m",
                "drain-timeout: 25h | runtime.drain-timeout | \"25h\" is too long; expected a duration from 1ms to 24h",
            })
    void inTheRuntime(String line, String path, String message) {
        assertProblem("listeners: [{ address: 127.0.0.1:0 }]\nruntime:\n  " + line, 3, path, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "address: 80 | address | \"80\" is only a port; expected HOST:PORT, such as 0.0.0.0:80 or \"[::]:80\"",
                "address: :80 | address | \":80\" names no host; expected 0.0.0.0:PORT for every IPv4 address, \"[::]:PORT\" for IPv6 as well",
                "address: \"*:80\" | address | \"*:80\" names no host; expected 0.0.0.0:PORT for every IPv4 address, \"[::]:PORT\" for IPv6 as well",
                "address: ::1:80 | address | \"::1:80\" has more than one colon; expected an IPv6 address to be in brackets, such as \"[::1]:80\"",
                "address: 0.0.0.0:99999 | address | \"0.0.0.0:99999\" has the port \"99999\"; expected a port from 0 to 65535 after the colon",
                "address: 0.0.0.300:80 | address | \"0.0.0.300:80\" has a host that is neither a name nor an IP address; expected HOST:PORT, such as 0.0.0.0:80 or \"[::]:80\"",
                "address: | address | has no value; expected HOST:PORT, such as 0.0.0.0:80 or \"[::]:80\"",
                "address: [80] | address | is a list; expected HOST:PORT, such as 0.0.0.0:80 or \"[::]:80\"",
                "address: { port: 80 } | address | is a map; expected HOST:PORT, such as 0.0.0.0:80 or \"[::]:80\"",
                "address: !env PORT | address | has the tag \"!env\"; expected no tag, and HOST:PORT, such as 0.0.0.0:80 or \"[::]:80\"",
            })
    void inAListener(String line, String key, String message) {
        assertProblem("listeners:\n  - " + line, 2, "listeners[0]." + key, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "timeouts: { keep-alive: 0s } | timeouts.keep-alive | \"0s\" is too short; expected a duration from 1ms to 24h",
                "timeouts: { request-head: ten } | timeouts.request-head | \"ten\" is not a duration; expected a number with a unit, such as 500ms, 10s, 5m",
                "limits: { head: 32KB } | limits.head | \"32KB\" is not a size; expected 32KiB, where 1KiB is 1024 bytes",
                "limits: { head: 0B } | limits.head | \"0B\" is too small; expected a size from 256B to 1MiB",
                "limits: { request-target: 2MiB } | limits.request-target | \"2MiB\" is too large; expected a size from 64B to 1MiB",
                "limits: { header-fields: 0 } | limits.header-fields | \"0\" is too small; expected a whole number from 1 to 10000",
                "timeouts: 10s | timeouts | \"10s\" is not a map; expected a map with the keys request-head, request-body, response-body, keep-alive",
                "trusted-proxies: [10.0.0.0/33] | trusted-proxies[0] | \"10.0.0.0/33\" has the prefix \"33\"; expected a number of bits from 0 to 32 after the slash",
                "trusted-proxies: [10.0.0.0/] | trusted-proxies[0] | \"10.0.0.0/\" has the prefix \"\"; expected a number of bits from 0 to 32 after the slash",
                "trusted-proxies: [127.0.0.1, \"fd00::/129\"] | trusted-proxies[1] | \"fd00::/129\" has the prefix \"129\"; expected a number of bits from 0 to 128 after the slash",
                "trusted-proxies: [10.1.2.3/8] | trusted-proxies[0] | \"10.1.2.3/8\" has bits set behind its prefix; expected 10.0.0.0/8, or one address without a prefix",
                "trusted-proxies: [proxy.example.org] | trusted-proxies[0] | \"proxy.example.org\" is not an IP address; expected an IP address, or a range of them such as 10.0.0.0/8 or \"fd00::/8\"",
                "trusted-proxies: [10.0.0] | trusted-proxies[0] | \"10.0.0\" is not an IP address; expected an IP address, or a range of them such as 10.0.0.0/8 or \"fd00::/8\"",
                "trusted-proxies: [\"[::1]\"] | trusted-proxies[0] | \"[::1]\" is not an IP address; expected an IP address, or a range of them such as 10.0.0.0/8 or \"fd00::/8\"",
                "trusted-proxies: [\"::ffff:10.0.0.1\"] | trusted-proxies[0] | \"::ffff:10.0.0.1\" is an IPv4 address in the form of IPv6; expected 10.0.0.1",
                "trusted-proxies: 10.0.0.0/8 | trusted-proxies | \"10.0.0.0/8\" is not a list; expected a list, each item of it an IP address, or a range of them such as 10.0.0.0/8 or \"fd00::/8\"",
                "forwarding-fields: rfc7239 | forwarding-fields | \"rfc7239\" is not known; expected x-forwarded, forwarded or both",
                "via: two words | via | \"two words\" is not a name for Via; expected a name without spaces, such as edge-1 or proxy.example.org:80",
                "max-connections: 0 | max-connections | \"0\" is too small; expected a whole number from 1 to 1000000",
                "max-connections-per-client: -1 | max-connections-per-client | \"-1\" is too small; expected a whole number from 0 to 1000000",
            })
    void inWhatAListenerMayHaveBesideItsAddress(String line, String key, String message) {
        assertProblem("listeners:\n  - address: 127.0.0.1:0\n    " + line, 3, "listeners[0]." + key, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "address: 9901 | \"9901\" is only a port; expected HOST:PORT, such as 127.0.0.1:9901, or unix:/run/proxyd/admin.sock",
                "address: unix:admin.sock | \"unix:admin.sock\" is not the absolute path of a socket; expected HOST:PORT, such as 127.0.0.1:9901, or unix:/run/proxyd/admin.sock",
                "address: \"unix:/a\\0b\" | \"unix:/a\\u0000b\" is not the absolute path of a socket; expected HOST:PORT, such as 127.0.0.1:9901, or unix:/run/proxyd/admin.sock",
            })
    void inTheAdminAddress(String line, String message) {
        assertProblem("listeners: [{ address: 127.0.0.1:0 }]\nadmin:\n  " + line, 3, "admin.address", message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "etcd: { endpoints: http://a:1 } | etcd.endpoints | \"http://a:1\" is not a list; expected a list, each item of it a URL with host and port, such as \"http://10.0.0.2:2379\"",
                "etcd: { endpoints: [] } | etcd.endpoints | lists no URL; expected at least one, such as \"http://10.0.0.2:2379\"",
                "etcd: { endpoints: } | etcd.endpoints | lists no URL; expected at least one, such as \"http://10.0.0.2:2379\"",
                "etcd: | etcd.endpoints | is missing; expected a list, each item of it a URL with host and port, such as \"http://10.0.0.2:2379\"",
                "etcd: { endpoints: [\"10.0.0.2:2379\"] } | etcd.endpoints[0] | \"10.0.0.2:2379\" does not start with http:// or https://; expected a URL with host and port, such as \"http://10.0.0.2:2379\"",
                "etcd: [a] | etcd | a list is not a map; expected a map with the keys endpoints, prefix, control-prefix, audit-interval, user, password-file, tls",
                "etcd: { endpoints: [\"http://my_etcd:1\"] } | etcd.endpoints[0] | \"http://my_etcd:1\" has a host that is not allowed in a URL; expected a name without _, or an IP address",
                "etcd: { endpoints: [\"ftp://a:1\"] } | etcd.endpoints[0] | \"ftp://a:1\" has the scheme \"ftp\"; expected http or https",
                "etcd: { endpoints: [\"https://a:1\", \"http://a:2\"] } | etcd.endpoints | mixes http:// and https://; expected one of them for all",
                "etcd: { endpoints: [\"http://a:1\"], tls: { ca: a.pem } } | etcd.tls | is set, but not every endpoint is secure; expected endpoints that start with https://",
                "etcd: { endpoints: [\"https://a:1\"], tls: { key: a.pem } } | etcd.tls.certificate | is missing; expected certificate and key together",
                "etcd: { endpoints: [\"http://a:1\"], user: proxyd } | etcd.password-file | is missing; expected user and password-file together",
                "etcd: { endpoints: [\"http://a:1\"], password-file: a } | etcd.user | is missing; expected user and password-file together",
                "etcd: { endpoints: [\"http://a:1\"], user: '', password-file: a } | etcd.user | \"\" names no user; expected the name of a user of etcd",
                "etcd: { endpoints: [\"http://a:1\"], control-prefix: /services/x/ } | etcd.control-prefix | \"/services/x/\" and the prefix \"/services/\" overlap; expected that neither starts with the other",
                "etcd: { endpoints: [\"http://a:1\"], audit-interval: 1ms } | etcd.audit-interval | \"1ms\" is too short; expected a duration from 1s to 24h",
                "snapshot: \"\" | snapshot | \"\" names no file; expected off or the path of a file such as /var/lib/proxyd/catalog.json",
                "probation: never | probation | \"never\" is not a duration; expected none or a number with a unit, such as 500ms, 10s, 5m",
                "brake: { share: 2 } | brake.share | \"2\" is too large; expected a number from 0 to 1",
                "brake: { minimum: 0 } | brake.minimum | \"0\" is too small; expected a whole number from 1 to 1000000",
                "brake: { hold: 1 } | brake.hold | \"1\" has no unit; expected a number with a unit, such as 500ms, 10s, 5m",
                "etcd: { endpoints: [\"http://a\"] } | etcd.endpoints[0] | \"http://a\" has no port; expected a URL with host and port, such as \"http://10.0.0.2:2379\"",
                "etcd: { endpoints: [\"http://a:1/v3\"] } | etcd.endpoints[0] | \"http://a:1/v3\" has more than a host and a port; expected a URL with host and port, such as \"http://10.0.0.2:2379\"",
                "etcd: { endpoints: [\"http://a:1\", \"http://a:1/\"] } | etcd.endpoints[1] | \"http://a:1\" is also registry.etcd.endpoints[0] on line 3; expected it once",
                "etcd: { endpoints: [\"http://a:1\"], prefix: /services } | etcd.prefix | \"/services\" does not start and end with /; expected /services/",
                "file: {} | file.path | is missing; expected the path of a folder, such as /etc/proxyd/services",
                "file: { path: \"\" } | file.path | \"\" names no file; expected the path of a folder, such as /etc/proxyd/services",
                "file: { path: \"a\\0b\" } | file.path | \"a\\u0000b\" is not a path; expected the path of a folder, such as /etc/proxyd/services",
                "file: services | file | \"services\" is not a map; expected a map with the keys path",
            })
    void inTheRegistry(String line, String key, String message) {
        assertProblem("listeners: [{ address: 127.0.0.1:0 }]\nregistry:\n  " + line, 3, "registry." + key, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "balance: fastest | balance | \"fastest\" is not known; expected peak-ewma, least-request, round-robin, random or consistent-hash",
                "backends: 10.0.0.3:8000 | backends | \"10.0.0.3:8000\" is not a list; expected a list, each item of it HOST:PORT, such as 10.0.0.3:8000",
                "backends: [10.0.0.3] | backends[0] | \"10.0.0.3\" has no port; expected HOST:PORT, such as 10.0.0.3:8000",
                "backends: [a:1, \"http://b:2\"] | backends[1] | \"http://b:2\" is a URL; expected HOST:PORT, such as 10.0.0.3:8000",
                "backends: [a:0] | backends[0] | \"a:0\" has the port \"0\"; expected a port from 1 to 65535 after the colon",
                "backends: [a:1, B:1, A:1] | backends[2] | \"A:1\" is also services.shop.backends[0] on line 4; expected it once",
                "backends: [~] | backends[0] | has no value; expected HOST:PORT, such as 10.0.0.3:8000",
                "health-check: { type: icmp } | health-check.type | \"icmp\" is not known; expected http, tcp or none",
                "health-check: none | health-check | \"none\" is not a map; expected a map with the keys type, path, host, status, body, headers, draining-header, draining-status, interval, open-interval, jitter, timeout, rise, fall, before-traffic",
                "health-check: { path: healthz } | health-check.path | \"healthz\" is not a path; expected a path, such as /healthz",
                "health-check: { path: \"/a b\" } | health-check.path | \"/a b\" is not a path; expected a path, such as /healthz",
                "health-check: { path: /, host: \"a b\" } | health-check.host | \"a b\" is not a host name; expected a host name, such as guestbook.example.org",
                "health-check: { path: /, status: OK } | health-check.status | \"OK\" is not a status; expected a status or a range from 100 to 599, such as 200 or 200-299",
                "health-check: { path: /, status: 600 } | health-check.status | \"600\" is not a status; expected a status or a range from 100 to 599, such as 200 or 200-299",
                "health-check: { path: /, status: 299-200 } | health-check.status | \"299-200\" ends before it starts; expected 200-299",
                "health-check: { path: /, status: [200, 2xx] } | health-check.status[1] | \"2xx\" is not a status; expected a status or a range from 100 to 599, such as 200 or 200-299",
                "health-check: { path: /, status: \"200,\" } | health-check.status | \"200,\" is not a status; expected a status or a range from 100 to 599, such as 200 or 200-299",
                "health-check: { path: /, status: {} } | health-check.status | a map is not a list; expected a list, each item of it a status or a range from 100 to 599, such as 200 or 200-299",
                "health-check: { path: /, body: \"\" } | health-check.body | \"\" is too short or too long; expected a text of 1 to 1024 characters",
                "health-check: { path: /, headers: X } | health-check.headers | \"X\" is not a map; expected a map from each name to the value of a header field: printable ASCII",
                "health-check: { path: /, headers: { Host: a } } | health-check.headers.Host | \"Host\" is set by proxyd itself; expected the name of a header field that proxyd does not set itself, such as X-Probe",
                "health-check: { path: /, headers: { \"a b\": a } } | health-check.headers.\"a b\" | \"a b\" is not a field name; expected the name of a header field that proxyd does not set itself, such as X-Probe",
                "health-check: { path: /, headers: { A: \"x\\ny\" } } | health-check.headers.A | \"x\\ny\" is not a field value; expected the value of a header field: printable ASCII",
                "health-check: { path: /, draining-header: \"X:\" } | health-check.draining-header | \"X:\" is not a field name; expected the name of a header field, such as X-Draining",
                "health-check: { path: /, draining-status: 600 } | health-check.draining-status | \"600\" is too large; expected a whole number from 100 to 599",
                "health-check: { body: up } | health-check.body | has no effect on a check of type tcp; expected type: http, or no body",
                "health-check: { type: tcp, path: / } | health-check.path | has no effect on a check of type tcp; expected type: http, or no path",
                "health-check: { host: a } | health-check.host | has no effect on a check of type tcp; expected type: http, or no host",
                "health-check: { interval: 1 second } | health-check.interval | \"1 second\" is not a duration; expected a number with a unit, such as 500ms, 10s, 5m",
                "health-check: { interval: 1ms } | health-check.interval | \"1ms\" is too short; expected a duration from 10ms to 1h",
                "health-check: { interval: 1s, timeout: 2s } | health-check.interval | interval of 1s is shorter than timeout of 2s; expected interval to be at least as long as timeout",
                "health-check: { timeout: 2s } | health-check.timeout | interval of 1s is shorter than timeout of 2s; expected interval to be at least as long as timeout",
                "health-check: { jitter: 10% } | health-check.jitter | \"10%\" is not a number; expected a number from 0 to 1",
                "health-check: { jitter: 1.5 } | health-check.jitter | \"1.5\" is too large; expected a number from 0 to 1",
                "health-check: { rise: 0 } | health-check.rise | \"0\" is too small; expected a whole number from 1 to 100",
                "health-check: { fall: 2.5 } | health-check.fall | \"2.5\" is not a whole number; expected a whole number from 1 to 100",
                "health-check: { fall: \"2\" } | health-check.fall | \"2\" is text because of its quotes; expected a whole number from 1 to 100, without quotes",
                "health-check: { before-traffic: yes } | health-check.before-traffic | \"yes\" is neither true nor false; expected true or false",
                "ejection: { connect-failures: -1 } | ejection.connect-failures | \"-1\" is too small; expected a whole number from 0 to 1000",
                "ejection: { base: 10s, max: 5s } | ejection.max | max of 5s is shorter than base of 10s; expected max to be at least as long as base",
                "ejection: { base: 10m } | ejection.base | max of 5m is shorter than base of 10m; expected max to be at least as long as base",
                "timeouts: { connect: 0ms } | timeouts.connect | \"0ms\" is too short; expected a duration from 1ms to 24h",
                "retries: { attempts: 0 } | retries.attempts | \"0\" is too small; expected a whole number from 1 to 10",
                "retries: { body: 64 } | retries.body | \"64\" has no unit; expected a whole number with a unit, such as 512B, 16KiB, 1MiB",
                "pool: { max-idle: lots } | pool.max-idle | \"lots\" is not a whole number; expected a whole number from 0 to 65536",
                "pool: [256] | pool | a list is not a map; expected a map with the keys max-idle, idle-timeout",
            })
    void inAService(String line, String key, String message) {
        String yaml = "listeners: [{ address: 127.0.0.1:0 }]\nservices:\n  shop:\n    " + line;
        assertProblem(yaml, 4, "services.shop." + key, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "service: shpo | service | \"shpo\" is not a service; did you mean \"shop\"?",
                "service: warehouse | service | \"warehouse\" is not a service; expected one of shop, blog",
                "path: / | service | is missing; expected the name of a service",
                "{ service: shop, path: api } | path | \"api\" does not start with /; expected a path that starts with /, such as /api",
                "{ service: shop, path: \"/a?b\" } | path | \"/a?b\" is not a path; expected no space, ?, # or \\ in it, and all but ASCII percent-encoded",
                "{ service: shop, path: '/a\\b' } | path | \"/a\\b\" is not a path; expected no space, ?, # or \\ in it, and all but ASCII percent-encoded",
                "{ service: shop, path: /a%2 } | path | \"/a%2\" is not a path; expected two hexadecimal digits behind each %, such as %20",
                "{ service: shop, path: /a%00 } | path | \"/a%00\" is not a path; expected no %00 in it",
                "{ service: shop, path: /a/../b } | path | \"/a/../b\" has a dot segment; expected a path without . and .. between its slashes",
                "{ service: shop, path: /a/%2e } | path | \"/a/%2e\" has a dot segment; expected a path without . and .. between its slashes",
                "{ service: shop, path: /%7Eme/a%2fb } | path | \"/%7Eme/a%2fb\" is not in the form in which requests are routed; expected \"/~me/a%2Fb\"",
                "{ service: shop, path: /ä } | path | \"/ä\" is not a path; expected no space, ?, # or \\ in it, and all but ASCII percent-encoded",
                "{ service: shop, path: /a//b } | path | \"/a//b\" has an empty segment; expected something between one / and the next",
                "{ service: shop, host: \"a.*.org\" } | host | \"a.*.org\" is not a host; expected a host name without port, \"*.\" and a host name, or \"*\" for any host",
                "{ service: shop, host: \"*a.org\" } | host | \"*a.org\" is not a host; expected a host name without port, \"*.\" and a host name, or \"*\" for any host",
                "{ service: shop, host: \"*.\" } | host | \"*.\" is not a host; expected a host name without port, \"*.\" and a host name, or \"*\" for any host",
                "{ service: shop, host: a.org:80 } | host | \"a.org:80\" has a port; expected a host name without port, \"*.\" and a host name, or \"*\" for any host",
                "{ service: shop, host: http://a.org } | host | \"http://a.org\" is not a host; expected a host name without port, \"*.\" and a host name, or \"*\" for any host",
            })
    void inARoute(String line, String key, String message) {
        String yaml = "listeners: [{ address: 127.0.0.1:0 }]\nservices: { shop: , blog: }\nroutes:\n  - " + line;
        assertProblem(yaml, 4, "routes[0]." + key, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "output: stderr | output | \"stderr\" is not a place for a log; expected off, stdout, or file:PATH such as file:/var/log/proxyd/access.log",
                "output: true | output | \"true\" is not a place for a log; expected off, stdout, or file:PATH such as file:/var/log/proxyd/access.log",
                "output: /var/log/access.log | output | \"/var/log/access.log\" does not say that it is a file; expected file:/var/log/access.log",
                "output: \"file:\" | output | \"file:\" names no file; expected off, stdout, or file:PATH such as file:/var/log/proxyd/access.log",
                "format: common | format | \"common\" is not known; expected combined or json",
            })
    void inTheAccessLog(String line, String key, String message) {
        String yaml = "listeners: [{ address: 127.0.0.1:0 }]\naccess-log:\n  " + line;
        assertProblem(yaml, 3, "access-log." + key, message);
    }

    private static void assertProblem(String yaml, int line, String path, String message) {
        assertThat(Configs.onlyProblem(yaml)).isEqualTo(new Problem("proxyd.yaml", line, path, message));
    }
}
