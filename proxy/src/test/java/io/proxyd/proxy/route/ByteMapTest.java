package io.proxyd.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ByteMapTest {
    private final SplittableRandom random = new SplittableRandom(99);

    @Test
    void anEmptyOneHasNothing() {
        ByteMap<String> map = new ByteMap<>(Map.of());
        assertThat(map.isEmpty()).isTrue();
        assertThat(map.longestKey()).isEqualTo(-1);
        assertThat(ignoringCase(map, "")).isNull();
        assertThat(exactly(map, "a")).isNull();
    }

    @Test
    void theEmptyKeyIsAKey() {
        ByteMap<String> map = new ByteMap<>(Map.of("", "root"));
        assertThat(map.isEmpty()).isFalse();
        assertThat(map.longestKey()).isZero();
        assertThat(exactly(map, "")).isEqualTo("root");
        assertThat(exactly(map, "a")).isNull();
    }

    @Test
    void keysOfTheSameHashAreToldApart() {
        ByteMap<String> map = new ByteMap<>(Map.of("a}", "first", "b^", "second"));
        assertThat(exactly(map, "a}")).isEqualTo("first");
        assertThat(exactly(map, "b^")).isEqualTo("second");
        assertThat(exactly(map, "c?")).isNull();
    }

    @Test
    void findsWhatAnOrdinaryMapFinds() {
        for (int round = 0; round < 300; round++) {
            Map<String, Integer> model = new HashMap<>();
            for (int i = random.nextInt(40); i > 0; i--) {
                model.put(word(), i);
            }
            ByteMap<Integer> map = new ByteMap<>(model);
            assertThat(map.isEmpty()).isEqualTo(model.isEmpty());
            assertThat(map.longestKey())
                    .isEqualTo(model.keySet().stream()
                            .mapToInt(String::length)
                            .max()
                            .orElse(-1));
            for (String key : model.keySet()) {
                assertThat(exactly(map, key)).isEqualTo(model.get(key));
                assertThat(ignoringCase(map, key.toUpperCase(Locale.ROOT))).isEqualTo(model.get(key));
            }
            for (int i = 0; i < 50; i++) {
                String asked = random.nextBoolean() ? word() : word().toUpperCase(Locale.ROOT);
                assertThat(exactly(map, asked)).isEqualTo(model.get(asked));
                assertThat(ignoringCase(map, asked)).isEqualTo(model.get(asked.toLowerCase(Locale.ROOT)));
            }
        }
    }

    /** Short and of few letters, so that many collide. */
    private String word() {
        StringBuilder word = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            word.append(List.of("a", "b", ".", "/", "-", "z").get(random.nextInt(6)));
        }
        return word.toString();
    }

    private static <V> @Nullable V exactly(ByteMap<V> map, String key) {
        byte[] bytes = ("<" + key + ">").getBytes(StandardCharsets.US_ASCII);
        int hash = 0;
        for (int i = 1; i < bytes.length - 1; i++) {
            hash = ByteMap.hashStep(hash, bytes[i]);
        }
        return map.get(bytes, 1, bytes.length - 1, hash);
    }

    private static <V> @Nullable V ignoringCase(ByteMap<V> map, String key) {
        byte[] bytes = ("<" + key + ">").getBytes(StandardCharsets.US_ASCII);
        return map.get(bytes, 1, bytes.length - 1);
    }
}
