package io.proxyd.config;

import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** Says in the operator's terms why text is not YAML; the usual slips get a hint what to write instead. */
final class YamlSyntax {
    private YamlSyntax() {}

    static int line(MarkedYamlEngineException e) {
        return mark(e).map(Mark::getLine).orElse(0) + 1;
    }

    static String explain(MarkedYamlEngineException e, String yaml) {
        String problem = String.valueOf(e.getProblem());
        String context = String.valueOf(e.getContext());
        if (problem.contains("alias") || context.contains("alias")) {
            return "* starts a reference to an anchor; expected a value that starts with * to be in quotes, such as"
                    + " \"*.example.org\"";
        }
        if (problem.contains("(TAB)")) {
            return "found a tab; expected spaces as indentation";
        }
        if (problem.contains("cannot start any token")) {
            return problem.replaceAll("\\. \\(Do not use.*", "") + "; expected such a value to be in quotes";
        }
        if (problem.startsWith("mapping values are not allowed")) {
            return "found \": \" where no key can be; expected keys of one map to be indented alike, and a value that"
                    + " contains \": \" to be in quotes";
        }
        if (lineText(e, yaml).contains("[::")) {
            return "[ starts a list; expected an address such as \"[::]:80\" to be in quotes";
        }
        return context.startsWith("while") ? problem + " " + context : problem;
    }

    /** What was begun and never ended is best looked for at its beginning. */
    private static Optional<Mark> mark(MarkedYamlEngineException e) {
        boolean unfinished = String.valueOf(e.getContext()).startsWith("while scanning");
        return unfinished && e.getContextMark().isPresent()
                ? e.getContextMark()
                : e.getProblemMark().or(e::getContextMark);
    }

    private static String lineText(MarkedYamlEngineException e, String yaml) {
        return yaml.lines().skip(line(e) - 1L).findFirst().orElse("");
    }
}
