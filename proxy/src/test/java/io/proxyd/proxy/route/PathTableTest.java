package io.proxyd.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RouteConfig;
import io.proxyd.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PathTableTest {
    private static final List<String> SEGMENTS = List.of("a", "b", "ab", "a.b", "", "long-segment");

    private final SplittableRandom random = new SplittableRandom(2);

    @Test
    void findsTheLongestPrefixLikeALoopOverAllOfThem() {
        for (int round = 0; round < 500; round++) {
            Map<String, Route> byPrefix = new HashMap<>();
            for (int i = random.nextInt(8); i > 0; i--) {
                String prefix = path(random.nextInt(4));
                if (!byPrefix.containsKey(prefix + "/") && !byPrefix.containsKey(withoutSlash(prefix))) {
                    byPrefix.put(prefix, route(prefix));
                }
            }
            PathTable table = new PathTable(byPrefix);
            for (int i = 0; i < 50; i++) {
                String path = path(random.nextInt(6));
                assertThat(table.find(head(path)))
                        .as(path + " in " + byPrefix.keySet())
                        .isSameAs(naive(byPrefix, path));
            }
        }
    }

    private static @Nullable Route naive(Map<String, Route> byPrefix, String path) {
        return byPrefix.entrySet().stream()
                .filter(e -> (path + "/").startsWith(withoutSlash(e.getKey()) + "/"))
                .max(Comparator.comparing(e -> withoutSlash(e.getKey()).length()))
                .map(Map.Entry::getValue)
                .orElse(null);
    }

    private static String withoutSlash(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private String path(int segments) {
        StringBuilder path = new StringBuilder("/");
        for (int i = 0; i < segments; i++) {
            path.append(i > 0 ? "/" : "").append(SEGMENTS.get(random.nextInt(SEGMENTS.size())));
        }
        return path.toString();
    }

    private static Route route(String name) {
        return new Route(
                new RouteConfig("*", name, name),
                new Service(SampleConfig.service(name), List.of(), new ServiceState(1)));
    }

    /** With bytes around the path, as in a real head. */
    private static RequestHead head(String path) {
        byte[] bytes = ("GET " + path + "?/a/b HTTP/1.1").getBytes(StandardCharsets.US_ASCII);
        RequestHead head = new RequestHead();
        head.clear();
        head.target(bytes, 4, 4 + path.length(), bytes.length - 9);
        return head;
    }
}
