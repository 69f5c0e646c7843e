package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** Configurations that several tests start from. */
final class Configs {
    static final String EXAMPLE =
            """
            listeners:
              - address: 0.0.0.0:80
            admin:
              address: 127.0.0.1:9901          # metrics, readiness, API; or unix:/run/proxyd/admin.sock
            registry:
              etcd:
                endpoints: ["http://10.0.0.2:2379"]
                prefix: /services/
            services:
              guestbook:
                balance: least-request
                health-check: { path: /healthz, interval: 1s, timeout: 500ms, rise: 2, fall: 2 }
            routes:
              - path: /
                service: guestbook
            """;

    /** Every key there is, none with its default. */
    static final String EVERY_KEY =
            """
            runtime:
              event-loops: 3
              transport: epoll
              drain-timeout: 45s
              zone: rack-2
              memory-share: 0.5
            listeners:
              - address: "[::1]:8443"
                max-connections: 5000
                max-connections-per-client: 50
                trusted-proxies: [10.0.0.0/8, 192.0.2.1, "fd00::/8"]
                forwarding-fields: both
                via: edge-1
                timeouts: { request-head: 1s, request-body: 2s, response-body: 3s, keep-alive: 4s }
                limits: { request-target: 4KiB, head: 1MiB, header-fields: 64 }
            admin:
              address: unix:/run/proxyd/admin.sock
            registry:
              file: { path: /srv/services }
            services:
              shop:
                balance: round-robin
                hash-key: header:X-User
                slow-start: 3s
                zone-share: 0.4
                backends: ["10.0.0.3:8000", worker-1:8001]
                health-check:
                  type: http
                  path: /up?deep=1
                  host: shop.example.org
                  status: [204, 300-399]
                  body: fine
                  headers: { X-Probe: proxyd }
                  draining-header: X-Draining
                  draining-status: 299
                  interval: 1.5s
                  open-interval: 100ms
                  jitter: 0.25
                  timeout: 250ms
                  rise: 3
                  fall: 4
                  before-traffic: false
                ejection:
                  connect-failures: 5
                  gateway-errors: 6
                  stalled: 7
                  failure-rate: 0.6
                  max-share: 0.3
                  base: 1s
                  max: 10s
                timeouts:
                  connect: 100ms
                  response-head: 5s
                  response-body: 6s
                  exchange: 9s
                  tunnel-idle: 7s
                  unacknowledged: 8s
                retries:
                  attempts: 2
                  body: 512B
                  response: 1KiB
                  statuses: [500, 503]
                  non-idempotent: true
                  budget: 0.1
                  budget-floor: 3
                hedging: { enabled: false, percentile: 0.9, floor: 5ms, ceiling: 2s }
                limits:
                  adaptive: false
                  requests: 100
                  queue: 10
                  queue-time: 1s
                  backend-requests: 20
                  backend-connections: 30
                pool: { max-idle: 7, idle-timeout: 8s }
                sticky: { cookie: worker, max-age: 2h }
                panic: { share: 0.5, mode: last-known }
                fallback: { service: spare, page: src/test/resources/sorry.html }
              spare: {}
            routes:
              - host: "*.Example.org"
                path: /shop
                service: shop
                priority: high
            access-log:
              output: file:/var/log/proxyd/access.log
              format: json
            """;

    private Configs() {}

    static List<Problem> problems(String yaml) {
        try {
            ConfigLoader.parse("proxyd.yaml", yaml);
            return List.of();
        } catch (ConfigException e) {
            return e.problems();
        }
    }

    /** Fails unless there is exactly one problem. */
    static Problem onlyProblem(String yaml) {
        List<Problem> problems = problems(yaml);
        assertThat(problems).as(yaml).hasSize(1);
        return problems.get(0);
    }
}
