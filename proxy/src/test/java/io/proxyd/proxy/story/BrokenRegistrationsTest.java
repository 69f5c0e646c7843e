package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Standing;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registrations that make no sense disturb nobody and are told by name. */
class BrokenRegistrationsTest {
    /** A value that is wrong, and what its reason says. */
    private record Broken(String value, String told, String expected) {}

    private static final Map<String, Broken> BROKEN = new LinkedHashMap<>();

    static {
        BROKEN.put("web/empty", new Broken("", "empty", "expected a JSON object"));
        BROKEN.put("web/no-json", new Broken("10.0.0.1:80", "10.0.0.1:80", "not strict JSON"));
        BROKEN.put("web/cut-off", new Broken("{\"host\": \"a\", \"po", "not strict JSON", "line 1"));
        BROKEN.put("web/list", new Broken("[1]", "an array", "expected a JSON object"));
        BROKEN.put("web/no-host", new Broken("{\"port\": 80}", "host is missing", "expected"));
        BROKEN.put("web/no-port", new Broken("{\"host\": \"a\"}", "port is missing", "1 to 65535"));
        BROKEN.put("web/quoted-port", new Broken("{\"host\": \"a\", \"port\": \"80\"}", "\"80\"", "without quotes"));
        BROKEN.put("web/huge-port", new Broken("{\"host\": \"a\", \"port\": 70000}", "70000", "1 to 65535"));
        BROKEN.put("web/bad-host", new Broken("{\"host\": \"a b\", \"port\": 80}", "\"a b\"", "expected"));
        BROKEN.put(
                "web/heavy", new Broken("{\"host\": \"a\", \"port\": 80, \"weight\": 1001}", "1001", "from 0 to 1000"));
        BROKEN.put(
                "web/state",
                new Broken("{\"host\": \"a\", \"port\": 80, \"state\": \"down\"}", "\"down\"", "\"draining\""));
        BROKEN.put("web/too/deep", new Broken("{\"host\": \"a\", \"port\": 80}", "3 segments", "expected"));
    }

    @Test
    void eachIsQuarantinedWithAReasonAndTheGoodOnesServe(@TempDir Path folder) throws InterruptedException {
        try (EtcdProcess etcd = EtcdProcess.start(folder);
                StoryBackend good = new StoryBackend("good");
                StoryBackend better = new StoryBackend("better")) {
            etcd.put("/services/web/no-json", "{}");
            etcd.put("/services/web/good", good.registration());
            try (RunningProxy proxy = RunningProxy.following(etcd)) {
                proxy.awaitStanding("web", "good", Standing.UP);
                try (Load load = Load.getsAndPosts(proxy.address())) {
                    BROKEN.forEach((key, broken) -> etcd.put("/services/" + key, broken.value()));
                    etcd.put("/services/web/better", better.registration(", \"owner\": {\"team\": \"a\"}"));
                    load.awaitAnswersOf("better", 100);
                    load.awaitAnswersOf("good", 100);

                    assertAllAreNamed(proxy);
                    assertThat(proxy.table().backends().map(LiveBackend::toString))
                            .containsExactly("web/better", "web/good");

                    etcd.put("/services/web/empty", better.registration());
                    proxy.awaitStanding("web", "empty", Standing.UP);
                    Eventually.until(() -> quarantined(proxy).size() == BROKEN.size() - 1, () -> quarantined(proxy));
                    load.assertNothingFailed();
                }
            }
        }
    }

    private static void assertAllAreNamed(RunningProxy proxy) {
        List<Quarantined> quarantined = quarantined(proxy);
        assertThat(quarantined).hasSize(BROKEN.size());
        BROKEN.forEach((key, broken) -> assertThat(quarantined)
                .filteredOn(q -> q.key().equals("/services/" + key))
                .singleElement()
                .satisfies(q -> assertThat(q.reason()).contains(broken.told(), broken.expected())));
    }

    private static List<Quarantined> quarantined(RunningProxy proxy) {
        return proxy.table().catalog().quarantined();
    }
}
