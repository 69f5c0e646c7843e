package io.proxyd.proxy.story;

import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.route.LiveBackend;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who is served, by {@code <service>/<id>}, with address and weight. */
final class Served {
    private static final int DEFAULT_WEIGHT = 100;
    private static final JsonMapper JSON = new JsonMapper();

    private Served() {}

    /** What a proxy makes of it. */
    static Map<String, String> by(RunningProxy proxy) {
        return proxy.table()
                .backends()
                .collect(
                        Collectors.toMap(backend -> backend.key().toString(), Served::text, (a, b) -> b, TreeMap::new));
    }

    /** What etcd holds, read past all of proxyd's code. */
    static Map<String, String> wantedBy(EtcdProcess etcd) {
        Map<String, String> wanted = new TreeMap<>();
        etcd.values("/services/").forEach((name, value) -> wanted.put(name, text(JSON.readTree(value))));
        return wanted;
    }

    private static String text(LiveBackend backend) {
        return backend.key().host() + ":" + backend.key().port() + " weight "
                + backend.terms().weight();
    }

    private static String text(JsonNode registration) {
        return registration.get("host").asString() + ":" + registration.get("port") + " weight "
                + registration.path("weight").asInt(DEFAULT_WEIGHT);
    }
}
