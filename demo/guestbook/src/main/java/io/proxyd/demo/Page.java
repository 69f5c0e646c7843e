package io.proxyd.demo;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Draws the guestbook as HTML that works without JavaScript. Pure; everything people wrote is escaped. */
final class Page {
    /** Allows what the page uses, so that a slip in escaping stays without effect. */
    static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; base-uri 'none'";

    static final String ICON =
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M2 2h5l1 1 1-1h5v11H9l-1 1-1-1H2z" \
            fill="#2f6f5e"/><path d="M8 3.5v9M4 5.5h2.5M4 8h2.5M9.5 5.5H12M9.5 8H12" stroke="#fff"/></svg>
            """;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("d MMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private static final String STYLE =
            """
            :root { color-scheme: light dark; --ink: #1d2420; --soft: #5d6a63; --paper: #f6f5f0; --card: #fff; \
            --line: #dddcd3; --accent: #2f6f5e; --wrong: #a3341f }
            @media (prefers-color-scheme: dark) { :root { --ink: #e6e9e4; --soft: #98a49d; --paper: #151917; \
            --card: #1e2421; --line: #323a36; --accent: #7cc4ae; --wrong: #f08b76 } }
            * { box-sizing: border-box }
            body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 40rem; color: var(--ink); \
            background: var(--paper); font: 1rem/1.5 system-ui, sans-serif }
            h1 { margin: 0; font-family: Georgia, serif; font-size: 2.2rem }
            .served { margin: .25rem 0 2rem; color: var(--soft) }
            .served b { color: var(--accent) }
            form, article { padding: 1rem; background: var(--card); border: 1px solid var(--line); \
            border-radius: .5rem }
            label { display: block; margin-bottom: .75rem; color: var(--soft); font-size: .9rem }
            input, textarea { display: block; width: 100%; margin-top: .25rem; padding: .5rem; color: var(--ink); \
            background: var(--paper); border: 1px solid var(--line); border-radius: .25rem; font: inherit }
            textarea { min-height: 5rem; resize: vertical }
            button { padding: .5rem 1.25rem; color: var(--card); background: var(--accent); border: 0; \
            border-radius: .25rem; font: inherit; cursor: pointer }
            .wrong { color: var(--wrong) }
            h2 { margin: 2rem 0 .75rem; font-size: 1.1rem }
            article { margin-bottom: .75rem }
            article p { margin: .25rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere }
            time { color: var(--soft); font-size: .85rem }
            """;

    private static final String AGAIN = "<meta http-equiv=\"refresh\" content=\"5\">\n";

    private final Instance instance;
    private final int port;

    /** @param instance the one that draws, shown with its node and its port */
    Page(Instance instance, int port) {
        this.instance = instance;
        this.port = port;
    }

    /**
     * The whole page.
     *
     * @param form what the form holds
     * @param problem shown above the form
     */
    String draw(List<Entry> entries, SignForm form, Optional<String> problem) {
        String heading = entries.isEmpty() ? "Nobody has signed yet" : "Signed by";
        String signed = entries.stream().map(Page::article).collect(Collectors.joining());
        return draw("", form, problem, "<h2>" + heading + "</h2>\n" + signed);
    }

    /** The page for when the entries cannot be reached; asks again by itself unless somebody has written something. */
    String drawAway(SignForm form, Optional<String> problem) {
        String refresh = form.equals(SignForm.EMPTY) ? AGAIN : "";
        String away =
                "<p class=\"wrong\" role=\"alert\">The guestbook's database is away. It is asked again every few seconds.</p>\n";
        return draw(refresh, form, problem, away);
    }

    private String draw(String refresh, SignForm form, Optional<String> problem, String below) {
        return """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                %s<title>Guestbook</title>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg">
                <style>
                %s</style>
                </head>
                <body>
                <h1>Guestbook</h1>
                <p class="served">Served by <b>%s</b> on <b>%s</b>, port <b>%d</b></p>
                <form method="post" action="/sign" accept-charset="utf-8">
                %s<label>Name <input name="name" maxlength="%d" required autocomplete="name" value="%s"></label>
                <label>Message <textarea name="message" maxlength="%d" required>
                %s</textarea></label>
                <button>Sign the guestbook</button>
                </form>
                %s</body>
                </html>
                """
                .formatted(
                        refresh,
                        STYLE,
                        escape(instance.name()),
                        escape(instance.node()),
                        port,
                        problem.map(text -> "<p class=\"wrong\" role=\"alert\">" + escape(text) + "</p>\n")
                                .orElse(""),
                        SignForm.MAX_NAME_CHARS,
                        escape(form.name()),
                        SignForm.MAX_MESSAGE_CHARS,
                        escape(form.message()),
                        below);
    }

    private static String article(Entry entry) {
        return """
                <article><b dir="auto">%s</b> <time datetime="%s">%s</time><p dir="auto">%s</p></article>
                """
                .formatted(escape(entry.name()), entry.at(), TIME.format(entry.at()), escape(entry.message()));
    }

    /** Text that is safe between tags and inside a quoted attribute. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
