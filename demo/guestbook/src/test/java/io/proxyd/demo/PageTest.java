package io.proxyd.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PageTest {
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");
    private final Page page = new Page(new Instance("book-1", "node-1"), 8001);

    @Test
    void namesTheInstanceAndItsPort() {
        assertThat(page.draw(List.of(), SignForm.EMPTY, Optional.empty()))
                .contains("Served by <b>book-1</b> on <b>node-1</b>, port <b>8001</b>");
    }

    @Test
    void escapesEverythingPeopleWrote() {
        String hostile = "\"'><script>alert(1)</script>&amp;";
        String html = page.draw(
                List.of(new Entry(AT, hostile, hostile)), new SignForm(hostile, hostile), Optional.of(hostile));

        assertThat(html).doesNotContain("<script", hostile);
        assertThat(html.split("&quot;&#39;&gt;&lt;script&gt;alert\\(1\\)&lt;/script&gt;&amp;amp;", -1))
                .as("in the problem, the two fields, and the entry's name and message")
                .hasSize(6);
    }

    @Test
    void keepsTheLinesOfAMessage() {
        assertThat(page.draw(List.of(new Entry(AT, "Ada", "1\n2")), SignForm.EMPTY, Optional.empty()))
                .contains("<p dir=\"auto\">1\n2</p>")
                .contains("white-space: pre-wrap");
    }

    @Test
    void needsNoScript() {
        assertThat(page.draw(List.of(), SignForm.EMPTY, Optional.empty())).doesNotContain("<script", "onclick");
        assertThat(Page.CONTENT_SECURITY_POLICY).contains("default-src 'none'").doesNotContain("script-src");
    }
}
