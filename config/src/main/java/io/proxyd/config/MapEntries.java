package io.proxyd.config;

import java.util.Collections;
import java.util.HashMap;
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
    private final Set<Node> added = Collections.newSetFromMap(new IdentityHashMap<>());

    private MapEntries(String path, Problems problems) {
        this.path = path;
        this.problems = problems;
    }

    static Map<String, Entry> of(MappingNode map, String path, Problems problems) {
        MapEntries reading = new MapEntries(path, problems);
        reading.refuseUnfitKeys(map);
        reading.add(map);
        return reading.entries;
    }

    private void refuseUnfitKeys(MappingNode map) {
        Map<String, Integer> lines = new HashMap<>();
        for (NodeTuple tuple : map.getValue()) {
            int line = line(tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problems.add(line, path, "a list or map cannot be a key; expected a word");
                continue;
            }
            Integer first = isMerge(key) ? null : lines.putIfAbsent(key.getValue(), line);
            if (first != null) {
                problems.add(
                        line,
                        KeyPath.child(path, key.getValue()),
                        "key " + Quoted.text(key.getValue()) + " is written twice; expected it once, and line " + first
                                + " has it");
            }
        }
    }

    /** First what the map itself has, then what it merges. */
    private void add(MappingNode map) {
        if (!added.add(map)) {
            return;
        }
        for (NodeTuple tuple : map.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key && !isMerge(key)) {
                entries.putIfAbsent(key.getValue(), new Entry(line(key), tuple.getValueNode()));
            }
        }
        for (NodeTuple tuple : map.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key && isMerge(key)) {
                mergeValue(tuple.getValueNode(), line(key));
            }
        }
    }

    private void mergeValue(Node value, int line) {
        if (value instanceof MappingNode map) {
            add(map);
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
