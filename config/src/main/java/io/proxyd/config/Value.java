package io.proxyd.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** A value as written, with its place. Reading it as something that it is not reports a problem there. */
final class Value {
    private final Node node;
    private final String path;
    private final int line;
    private final Problems problems;

    /** @param keyLine where a list or map counts as written; a scalar has a line of its own */
    Value(Node node, String path, int keyLine, Problems problems) {
        this.node = node;
        this.path = path;
        this.line = node instanceof ScalarNode ? MapEntries.line(node) : keyLine;
        this.problems = problems;
    }

    String path() {
        return path;
    }

    int line() {
        return line;
    }

    /** The value read as one of this type; empty if that is not possible, which is then reported. */
    <T> Optional<T> read(ValueType<T> type) {
        if (!(node instanceof ScalarNode scalar)) {
            problem("is a " + kind() + "; expected " + type.expected());
            return Optional.empty();
        }
        if (isBlank()) {
            problem("has no value; expected " + type.expected());
            return Optional.empty();
        }
        if (!hasTag(Tag.STR, type.expected())) {
            return Optional.empty();
        }
        try {
            return Optional.of(type.parse(new ValueType.Scalar(scalar.getValue(), !scalar.isPlain())));
        } catch (BadValue e) {
            problem(e.explain(scalar.getValue(), type));
            return Optional.empty();
        }
    }

    /** The items of a list; none if there is no value, or if it is not a list, which is then reported. */
    List<Value> items(String expectedItem) {
        if (isBlank()) {
            return List.of();
        }
        String expected = listOf(expectedItem);
        if (!(node instanceof SequenceNode list)) {
            problem(shown() + " is not a list; expected " + expected);
            return List.of();
        }
        if (!hasTag(Tag.SEQ, expected)) {
            return List.of();
        }
        List<Value> items = new ArrayList<>();
        for (Node item : list.getValue()) {
            items.add(new Value(item, KeyPath.item(path, items.size()), MapEntries.line(item), problems));
        }
        return items;
    }

    /** The map; empty if there is no value, or if it is not a map, which is then reported. */
    Optional<MappingNode> map(String expected) {
        if (isBlank()) {
            return Optional.empty();
        }
        if (!(node instanceof MappingNode map)) {
            problem(shown() + " is not a map; expected " + expected);
            return Optional.empty();
        }
        return hasTag(Tag.MAP, expected) ? Optional.of(map) : Optional.empty();
    }

    /** How a list is described in a message. */
    static String listOf(String item) {
        return "a list, each item of it " + item;
    }

    void problem(String message) {
        problems.add(line, path, message);
    }

    /** Whether it is neither a list nor a map, and not blank. */
    boolean isPlain() {
        return node instanceof ScalarNode && !isBlank();
    }

    /** Nothing after the colon, or what YAML reads as nothing. */
    boolean isBlank() {
        if (!(node instanceof ScalarNode scalar) || !scalar.isPlain()) {
            return false;
        }
        return switch (scalar.getValue()) {
            case "", "~", "null", "Null", "NULL" -> true;
            default -> false;
        };
    }

    private boolean hasTag(Tag tag, String expected) {
        if (node.getTag().equals(tag)) {
            return true;
        }
        problem("has the tag " + Quoted.text(node.getTag().getValue()) + "; expected no tag, and " + expected);
        return false;
    }

    private String kind() {
        return node instanceof SequenceNode ? "list" : "map";
    }

    private String shown() {
        return node instanceof ScalarNode scalar ? Quoted.text(scalar.getValue()) : "a " + kind();
    }
}
