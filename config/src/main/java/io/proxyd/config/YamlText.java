package io.proxyd.config;

import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlVersionException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * Turns text into a tree of YAML nodes, or says on which line it stopped being usable.
 *
 * <p>Every scalar stays text: its type is decided by what the key takes, not by what the text looks like. So
 * {@code off}, {@code 0.0.0.0:80} and {@code 1e3} hold no surprises.
 */
final class YamlText {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_ALIASES = 1000;
    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setSchema(new FailsafeSchema())
            .setAllowNonScalarKeys(true)
            .setMaxAliasesForCollections(MAX_ALIASES)
            .build();

    private YamlText() {}

    static Node compose(String yaml, Problems problems) {
        try {
            checkShape(yaml, problems);
            return new Compose(SETTINGS)
                    .composeString(yaml)
                    .orElseThrow(() -> problems.fatal(1, "the file is empty; expected at least the key listeners"));
        } catch (MarkedYamlEngineException e) {
            throw problems.fatal(YamlSyntax.line(e), "is not valid YAML: " + YamlSyntax.explain(e, yaml));
        } catch (ReaderException e) {
            throw problems.fatal(
                    lineAt(yaml, e.getPosition()),
                    String.format("holds the control character U+%04X; expected plain text", e.getCodePoint()));
        } catch (YamlVersionException e) {
            throw problems.fatal(1, "asks for a version of YAML that is not known; expected no %YAML line, or 1.2");
        } catch (YamlEngineException e) {
            throw problems.fatal(1, "is not valid YAML: " + e.getMessage());
        }
    }

    /** One pass without recursion, so that what composes and reads the tree can rely on its depth. */
    private static void checkShape(String yaml, Problems problems) {
        int documents = 0;
        int depth = 0;
        int aliases = 0;
        for (Event event : new Parse(SETTINGS).parseString(yaml)) {
            switch (event.getEventId()) {
                case DocumentStart -> documents++;
                case MappingStart, SequenceStart -> depth++;
                case MappingEnd, SequenceEnd -> depth--;
                case Alias -> aliases++;
                default -> {
                    continue;
                }
            }
            if (documents > 1) {
                throw problems.fatal(line(event), "a second document starts here; expected one document");
            }
            if (depth > MAX_DEPTH) {
                throw problems.fatal(line(event), "is nested deeper than " + MAX_DEPTH + " levels; expected far fewer");
            }
            if (aliases > MAX_ALIASES) {
                throw problems.fatal(line(event), "is one alias too many; expected at most " + MAX_ALIASES);
            }
        }
    }

    private static int line(Event event) {
        return event.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }

    private static int lineAt(String yaml, int position) {
        return 1
                + (int) yaml.chars()
                        .limit(Math.max(0, position))
                        .filter(c -> c == '\n')
                        .count();
    }
}
