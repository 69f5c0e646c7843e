package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MutatedConfigTest {
    private static final int MUTANTS = 1500;
    private static final String[] SHARDS = {
        " ",
        "\n",
        "\t",
        ":",
        ": ",
        "- ",
        "-",
        "*",
        "&a ",
        "*a",
        "<<: *a\n",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "'",
        "#",
        " #",
        "!x ",
        "|",
        ">",
        "%",
        "@",
        "~",
        "null",
        "\0",
        "\u2028",
        "\uD83D",
        "ä",
        "0",
        "-1",
        "99999999999999999999",
        "1e9",
        "s",
        "---\n",
        "...\n",
        "? ",
        "\\",
        "services:",
        "\r",
        "\uFEFF"
    };

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMangledConfigurationIsEitherGoodOrRefusedWithPlaces(long seed) {
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < MUTANTS; i++) {
            String yaml = mutate(i % 2 == 0 ? Configs.EXAMPLE : Configs.EVERY_KEY, random);
            List<Problem> problems = Configs.problems(yaml);
            assertThat(problems).allSatisfy(problem -> assertIsTold(problem, yaml));
            assertThat(problems).extracting(Problem::line).as(yaml).isSorted();
            refused += problems.isEmpty() ? 0 : 1;
        }
        assertThat(refused).isBetween(MUTANTS / 2, MUTANTS - 1);
    }

    private static void assertIsTold(Problem problem, String yaml) {
        assertThat(problem.line()).as(yaml).isBetween(1, (int) yaml.lines().count() + 1);
        assertThat(problem.toString()).as(yaml).doesNotContain("\n", "Exception", "java.", "null;");
        assertThat(problem.message()).as(yaml).containsAnyOf("expected", "did you mean", "is not valid YAML");
    }

    private static String mutate(String yaml, Random random) {
        StringBuilder text = new StringBuilder(yaml);
        int mutations = 1 + random.nextInt(3);
        for (int i = 0; i < mutations; i++) {
            mutateOnce(text, random);
        }
        return text.toString();
    }

    private static void mutateOnce(StringBuilder text, Random random) {
        int at = random.nextInt(Math.max(1, text.length()));
        switch (random.nextInt(6)) {
            case 0 -> text.delete(at, at + 1);
            case 1 -> text.delete(at, at + 1 + random.nextInt(20));
            case 2 -> text.insert(at, SHARDS[random.nextInt(SHARDS.length)]);
            case 3 -> text.replace(at, Math.min(text.length(), at + 1), SHARDS[random.nextInt(SHARDS.length)]);
            case 4 -> repeatLine(text, random);
            default -> text.setLength(Math.min(text.length(), at));
        }
    }

    private static void repeatLine(StringBuilder text, Random random) {
        List<String> lines = new ArrayList<>(text.toString().lines().toList());
        lines.add("");
        lines.add(random.nextInt(lines.size()), lines.get(random.nextInt(lines.size())));
        text.setLength(0);
        text.append(String.join("\n", lines)).append('\n');
    }
}
