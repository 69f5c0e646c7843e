package io.proxyd.demo;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How an entry is written in a file: one line of time, name and message, set apart by tabs. Pure. */
final class EntryLine {
    private static final Pattern ESCAPED = Pattern.compile("\\\\(.)");

    private EntryLine() {}

    /** The line of an entry, with its line end. */
    static String write(Entry entry) {
        return entry.at() + "\t" + escape(entry.name()) + "\t" + escape(entry.message()) + "\n";
    }

    /**
     * The entry of a line.
     *
     * @param line without its line end
     * @return empty when the line is not an entry: cut short by a crash or edited by hand
     */
    static Optional<Entry> read(String line) {
        String[] fields = line.split("\t", -1);
        if (fields.length != 3) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Entry(Instant.parse(fields[0]), unescape(fields[1]), unescape(fields[2])));
        } catch (DateTimeParseException notAnEntry) {
            return Optional.empty();
        }
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t");
    }

    private static String unescape(String text) {
        return ESCAPED.matcher(text).replaceAll(escape -> switch (escape.group(1)) {
            case "n" -> "\n";
            case "t" -> "\t";
            default -> Matcher.quoteReplacement(escape.group(1));
        });
    }
}
