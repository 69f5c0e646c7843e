package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageTextTest {
    private final Path folder;

    PageTextTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void readsAPageBesideTheConfiguration() throws IOException {
        Files.writeString(folder.resolve("sorry.html"), "<p>Störung</p>");
        assertThat(load("sorry.html").services().values())
                .extracting(service -> service.fallback().page())
                .containsExactly(new FallbackConfig.Page(folder.resolve("sorry.html"), "<p>Störung</p>"));
    }

    @Test
    void aPageThatHasChangedIsAnotherConfiguration() throws IOException {
        Files.writeString(folder.resolve("sorry.html"), "before");
        ProxydConfig before = load("sorry.html");
        assertThat(load("sorry.html")).isEqualTo(before);
        Files.writeString(folder.resolve("sorry.html"), "after");
        assertThat(load("sorry.html")).isNotEqualTo(before);
    }

    @Test
    void saysWhereAPageIsNamedThatCannotBeSent() throws IOException {
        Files.write(folder.resolve("long.html"), new byte[256 * 1024 + 1]);
        Files.write(folder.resolve("latin1.html"), "Störung".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(problem("none.html")).contains("\"none.html\" does not exist");
        assertThat(problem("long.html")).contains("\"long.html\" is too long");
        assertThat(problem("latin1.html")).contains("\"latin1.html\" is not UTF-8 text");
        assertThat(problem(".")).contains("\".\" is not a file");
    }

    @Test
    void takesAPageOfTheMostBytes() throws IOException {
        Files.write(folder.resolve("long.html"), "x".repeat(256 * 1024).getBytes(StandardCharsets.US_ASCII));
        assertThat(load("long.html").services()).containsOnlyKeys("shop");
    }

    private String problem(String page) {
        Problem problem = Configs.onlyProblem(yaml(folder.resolve(page).toString()));
        assertThat(problem.path()).isEqualTo("services.shop.fallback.page");
        assertThat(problem.line()).isEqualTo(6);
        return problem.message().replace(folder + "/", "");
    }

    private ProxydConfig load(String page) {
        return ConfigLoader.parse(folder.resolve("proxyd.yaml").toString(), yaml(page));
    }

    private static String yaml(String page) {
        return """
                listeners: [{ address: 127.0.0.1:0 }]
                services:
                  shop:
                    backends: ["127.0.0.1:1"]
                    fallback:
                      page: %s
                routes: [{ service: shop }]
                """
                .formatted(page);
    }
}
