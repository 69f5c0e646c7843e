package io.proxyd.config;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * The entries of one YAML map by key, in the order of the file, with what {@code <<} merges in. A key of the map's own
 * wins over a merged one, an earlier merge over a later one. Each map is merged in once, so a chain of merges ends even
 * where it bites its tail.
 */
final class MapEntries {
    /** One entry; the line is that of its key. */
    record Entry(int line, Node node) {}

    private static final String MERGE = "<<";

    private final String path;
    private final Problems problems;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<Node> merged = Collections.newSetFromMap(new IdentityHashMap<>());

    private MapEntries(String path, Problems problems) {
        this.path = path;
        this.problems = problems;
    }

    static Map<String, Entry> of(MappingNode map, String path, Problems problems) {
        MapEntries reading = new MapEntries(path, problems);
        reading.addOwn(map);
        reading.merge(map);
        return reading.entries;
    }

    private void addOwn(MappingNode map) {
        for (NodeTuple tuple : map.getValue()) {
            int line = line(tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problems.add(line, path, "a list or map cannot be a key; expected a word");
                continue;
            }
            Entry entry = new Entry(line, tuple.getValueNode());
            Entry first = isMerge(key) ? null : entries.putIfAbsent(key.getValue(), entry);
            if (first != null) {
                problems.add(
                        line,
                        KeyPath.child(path, key.getValue()),
                        "key " + Quoted.text(key.getValue()) + " is written twice; expected it once, and line "
                                + first.line() + " has it");
            }
        }
    }

    private void merge(MappingNode map) {
        if (!merged.add(map)) {
            return;
        }
        for (NodeTuple tuple : map.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                continue;
            }
            if (isMerge(key)) {
                mergeValue(tuple.getValueNode(), line(key));
            } else {
                entries.putIfAbsent(key.getValue(), new Entry(line(key), tuple.getValueNode()));
            }
        }
    }

    private void mergeValue(Node value, int line) {
        if (value instanceof MappingNode map) {
            merge(map);
        } else if (value instanceof SequenceNode list
                && list.getValue().stream().allMatch(MappingNode.class::isInstance)) {
            list.getValue().forEach(item -> mergeValue(item, line));
        } else {
            problems.add(
                    line, KeyPath.child(path, MERGE), "cannot be merged; expected an alias of a map, such as *name");
        }
    }

    private static boolean isMerge(ScalarNode key) {
        return key.isPlain() && key.getValue().equals(MERGE);
    }

    static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }
}
