package io.proxyd.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntryLineTest {
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05.006Z");

    @ParameterizedTest
    @ValueSource(strings = {"plain", "two\nlines", "a\ttab", "\\n is not a line end", "$1 \\", "Zażółć 🙂", ""})
    void readsBackWhatItWrote(String message) {
        Entry entry = new Entry(AT, "Jürgen\t\\", message);

        String line = EntryLine.write(entry);

        assertThat(line).endsWith("\n").hasLineCount(1);
        assertThat(EntryLine.read(line.substring(0, line.length() - 1))).contains(entry);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2026-01-02T03:04:05.006Z\tname", "yesterday\tname\tmessage", "a\tb\tc\td"})
    void takesNoOtherLineForAnEntry(String line) {
        assertThat(EntryLine.read(line)).isEmpty();
    }

    @Test
    void writesTimeNameAndMessageSetApartByTabs() {
        assertThat(EntryLine.write(new Entry(AT, "Ada", "Hello"))).isEqualTo("2026-01-02T03:04:05.006Z\tAda\tHello\n");
    }
}
