package io.proxyd.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/registry.md says of quarantine is what the reader says. */
class RegistryDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "registry.md");
    private static final Pattern VALUE_ROW = Pattern.compile("\\| `(\\{.*)` \\| `(.*?)` \\|");
    private static final Pattern KEY_ROW = Pattern.compile("\\| key `(.*)` \\| `(.*?)` \\|");

    private final RegistrationReader reader = new RegistrationReader(key -> key);

    @Test
    void showsTheReasonsThatTheReaderGives() throws IOException {
        List<String> lines = Files.readAllLines(DOCUMENT);
        List<Matcher> values = rows(lines, VALUE_ROW);
        assertThat(values).hasSizeGreaterThan(10);
        values.forEach(row -> assertThat(reason("web/2", row.group(1))).isEqualTo(row.group(2)));
        List<Matcher> keys = rows(lines, KEY_ROW);
        assertThat(keys).isNotEmpty();
        keys.forEach(row -> assertThat(reason(row.group(1), "{}")).isEqualTo(row.group(2)));
    }

    private static List<Matcher> rows(List<String> lines, Pattern row) {
        return lines.stream().map(row::matcher).filter(Matcher::matches).toList();
    }

    private String reason(String key, String value) {
        return ((Quarantined) reader.read(key, ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)))).reason();
    }
}
