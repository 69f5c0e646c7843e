package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/configuration.md} to what the loader does. */
class DocumentationTest {
    private static final Pattern HEADING = Pattern.compile("### `(.+)`");
    private static final Pattern KEY_ROW = Pattern.compile("\\| `([^`]+)` \\| (.+) \\| (.+) \\| .+ \\|");
    private static final Pattern RANGE = Pattern.compile("(duration|size|number) (from \\S+ to \\S+)$");
    private static final Map<String, String> TOO_LARGE =
            Map.of("duration", "999999999h", "size", "999999999MiB", "number", "999999999");

    private record Row(String key, String type, String shownDefault) {}

    private final List<String> lines;

    DocumentationTest() throws IOException {
        lines = Files.readAllLines(file());
    }

    @Test
    void everyKeyIsDocumentedWithItsDefaultAndNoOtherIs() {
        Map<String, String> known = new LinkedHashMap<>();
        Schema.KEYS.forEach(key -> known.put(key.path(), shownDefault(key)));

        Map<String, String> documented = new LinkedHashMap<>();
        rows().forEach(row -> documented.put(row.key(), row.shownDefault()));
        assertThat(documented).containsExactlyEntriesOf(known);
    }

    @Test
    void everyRangeIsTheOneThatIsKept() {
        for (Row row : rows()) {
            Matcher range = RANGE.matcher(row.type());
            if (range.find()) {
                String yaml = yaml(row.key(), TOO_LARGE.getOrDefault(range.group(1), ""));
                assertThat(Configs.problems(yaml)).as(yaml).anySatisfy(problem -> assertThat(problem.message())
                        .endsWith(range.group(2)));
            }
        }
    }

    @Test
    void theExamplesLoad() {
        List<String> examples = blocks("```yaml");

        assertThat(examples).hasSize(2);
        assertThat(examples.get(0)).isEqualTo(Configs.EXAMPLE);
        assertThat(Configs.problems("listeners: [{ address: 127.0.0.1:0 }]\n" + examples.get(1)))
                .isEmpty();
    }

    @Test
    void theBrokenExamplePrintsWhatItIsSaidToPrint() {
        List<String> printed = Configs.problems(blocks("```yaml broken").get(0)).stream()
                .map(Problem::toString)
                .toList();

        assertThat(String.join("\n", printed) + "\n")
                .isEqualTo(blocks("```text printed").get(0));
    }

    private static String shownDefault(Schema.Key key) {
        return switch (key.absence()) {
            case DEFAULT -> "`" + key.defaultText() + "`";
            case RULE -> key.defaultText();
            case REQUIRED -> "required";
        };
    }

    /** A configuration of one key. */
    private static String yaml(String key, String value) {
        List<String> steps = List.of(key.split("\\."));
        String yaml = value;
        for (int i = steps.size() - 1; i >= 0; i--) {
            String step = steps.get(i);
            yaml = step.endsWith("[]")
                    ? "{ " + step.replace("[]", ": [ ") + yaml + " ] }"
                    : "{ " + step + ": " + yaml + " }";
        }
        return yaml;
    }

    private List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        String section = "";
        for (String line : lines) {
            Matcher heading = HEADING.matcher(line);
            Matcher row = KEY_ROW.matcher(line);
            if (heading.matches()) {
                section = heading.group(1);
            } else if (!section.isEmpty() && row.matches()) {
                rows.add(new Row(section + "." + row.group(1), row.group(2), row.group(3)));
            } else if (line.startsWith("## ")) {
                section = "";
            }
        }
        return rows;
    }

    /** The fenced blocks that start with exactly this line. */
    private List<String> blocks(String fence) {
        List<String> blocks = new ArrayList<>();
        StringBuilder block = new StringBuilder();
        boolean inside = false;
        for (String line : lines) {
            if (inside && line.equals("```")) {
                blocks.add(block.toString());
                block.setLength(0);
                inside = false;
            } else if (inside) {
                block.append(line).append('\n');
            } else {
                inside = line.equals(fence);
            }
        }
        return blocks;
    }

    private static Path file() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null) {
            Path file = folder.resolve("docs/configuration.md");
            if (Files.exists(file)) {
                return file;
            }
            folder = folder.getParent();
        }
        throw new IllegalStateException(
                "no docs/configuration.md above " + Path.of("").toAbsolutePath());
    }
}
