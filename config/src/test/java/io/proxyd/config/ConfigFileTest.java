package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
    private final Path folder;

    ConfigFileTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        Path file = folder.resolve("absent.yaml");

        assertRefused(file, file + ": no such file; expected a configuration there");
    }

    @Test
    void aFolderIsNoConfiguration() {
        assertRefused(folder, folder + ": is a folder; expected a file");
    }

    @Test
    void aFileBeyondAnyConfigurationIsNotReadToItsEnd() throws IOException {
        Path file = folder.resolve("large.yaml");
        Files.write(file, new byte[ConfigFile.MAX_BYTES + 1]);

        assertRefused(file, file + ": is larger than 1MiB; expected a configuration of proxyd");
    }

    @Test
    void aDeviceThatNeverEndsIsNotReadToItsEnd() {
        assertRefused(Path.of("/dev/zero"), "/dev/zero: is larger than 1MiB; expected a configuration of proxyd");
    }

    @Test
    void textThatIsNotUtf8IsReportedOnItsLine() throws IOException {
        Path file = folder.resolve("latin1.yaml");
        Files.writeString(file, "listeners:\n  # für alle\n", StandardCharsets.ISO_8859_1);

        assertRefused(file, file + ":2: byte 0xFC is not part of UTF-8 text; expected UTF-8");
    }

    @Test
    void textThatEndsWithinACharacterIsReported() throws IOException {
        Path file = folder.resolve("cut.yaml");
        byte[] text = "# ä".getBytes(StandardCharsets.UTF_8);
        Files.write(file, Arrays.copyOf(text, text.length - 1));

        assertRefused(file, file + ":1: byte 0xC3 is not part of UTF-8 text; expected UTF-8");
    }

    @Test
    void aProblemInTheFileNamesTheFileAsItWasGiven() throws IOException {
        Path file = Files.writeString(folder.resolve("proxyd.yaml"), Configs.EXAMPLE + "colour: red\n");

        assertThatThrownBy(() -> ConfigLoader.load(file))
                .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.problems())
                        .singleElement()
                        .satisfies(problem -> assertThat(problem.file()).isEqualTo(file.toString()))
                        .satisfies(problem -> assertThat(problem.line()).isEqualTo(16)));
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> ConfigLoader.load(file))
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }
}
