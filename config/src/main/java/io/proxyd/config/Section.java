package io.proxyd.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A map in the file: hands out what its keys hold, fills in the defaults, and reports what does not belong into it. An
 * absent or empty section is one without keys, so that all of its defaults apply.
 */
final class Section {
    private final String path;
    private final String schemaPath;
    private final int line;
    private final Map<String, MapEntries.Entry> entries;
    private final boolean isMap;
    private final Problems problems;

    private Section(
            String path,
            String schemaPath,
            int line,
            Map<String, MapEntries.Entry> entries,
            boolean isMap,
            Problems problems) {
        this.path = path;
        this.schemaPath = schemaPath;
        this.line = line;
        this.entries = entries;
        this.isMap = isMap;
        this.problems = problems;
    }

    /** A section in which nothing is written, so that all of its defaults apply. */
    static Section empty(String path) {
        return new Section(path, path, 0, Map.of(), true, new Problems(path));
    }

    /** @param schemaPath where {@link Schema} lists the keys of this section */
    static Section of(Value value, String schemaPath, Problems problems) {
        List<String> known = Schema.namesIn(schemaPath);
        Section section = ofAnyKeys(value, schemaPath, mapOf(known), problems);
        section.entries.forEach((key, entry) -> {
            if (!known.contains(key) && !problems.isFull()) {
                problems.add(
                        entry.line(),
                        KeyPath.child(section.path, key),
                        "unknown key " + Quoted.text(key) + "; " + DidYouMean.hint(key, known));
            }
        });
        return section;
    }

    private static Section ofAnyKeys(Value value, String schemaPath, String expected, Problems problems) {
        Optional<Map<String, MapEntries.Entry>> entries =
                value.map(expected).map(map -> MapEntries.of(map, value.path(), problems));
        boolean isMap = entries.isPresent() || value.isBlank();
        return new Section(value.path(), schemaPath, value.line(), entries.orElse(Map.of()), isMap, problems);
    }

    /** False for what was written as something else, which is reported; then nothing can be missing in it. */
    boolean isMap() {
        return isMap;
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    /** The value of a key, or its default; the default too where the value is a problem. */
    <T> T read(String key, ValueType<T> type) {
        Schema.Key schema = Schema.key(schemaPathOf(key));
        return find(key, type).orElseGet(() -> type.parseDefault(schema));
    }

    /** The value of a key without a default; empty if it is absent, which is a problem for a required one. */
    <T> Optional<T> find(String key, ValueType<T> type) {
        Value value = value(key);
        if (value == null) {
            reportIfRequired(key, type.expected());
            return Optional.empty();
        }
        return value.read(type);
    }

    /** The items of a list of plain values. */
    List<Value> values(String key, ValueType<?> type) {
        Value value = value(key);
        if (value == null) {
            reportIfRequired(key, Value.listOf(type.expected()));
            return List.of();
        }
        return value.items(type.expected());
    }

    /** The items of a list of plain values, or the one value that is written in the place of the list. */
    List<Value> oneOrMore(String key, ValueType<?> type) {
        Value value = value(key);
        return value != null && value.isPlain() ? List.of(value) : values(key, type);
    }

    /** Plain values below names that the operator chose; what is unfit is reported and left out. */
    <T> Map<String, T> map(String key, ValueType<String> nameType, ValueType<T> type) {
        Map<String, T> map = new LinkedHashMap<>();
        Value value = value(key);
        if (value == null) {
            return map;
        }
        Section names = ofAnyKeys(value, schemaPathOf(key), "a map from each name to " + type.expected(), problems);
        names.entries.forEach((name, entry) -> {
            if (names.isFit(name, entry, nameType)) {
                names.valueOf(name, entry).read(type).ifPresent(read -> map.put(name, read));
            }
        });
        return map;
    }

    /** The section below a key. */
    Section section(String key) {
        Value value = value(key);
        return value == null
                ? new Section(KeyPath.child(path, key), schemaPathOf(key), line, Map.of(), isMap, problems)
                : of(value, schemaPathOf(key), problems);
    }

    /** The sections of a list. */
    List<Section> sections(String key) {
        String itemSchema = schemaPathOf(key) + "[]";
        Value value = value(key);
        List<Section> sections = new ArrayList<>();
        if (value != null) {
            String expected = mapOf(Schema.namesIn(itemSchema));
            value.items(expected).forEach(item -> sections.add(of(item, itemSchema, problems)));
        }
        return sections;
    }

    /** The sections below names that the operator chose; an unfit name is reported and left out. */
    Map<String, Section> named(String key, ValueType<String> nameType) {
        Map<String, Section> sections = new LinkedHashMap<>();
        Value value = value(key);
        if (value == null) {
            return sections;
        }
        Section names = ofAnyKeys(value, schemaPathOf(key), "a map from each name to its settings", problems);
        names.entries.forEach((name, entry) -> {
            Section section = of(names.valueOf(name, entry), names.schemaPath + ".NAME", problems);
            if (names.isFit(name, entry, nameType)) {
                sections.put(name, section);
            }
        });
        return sections;
    }

    /** Reports a problem at the value of a key, or at this section if the key is absent. */
    void problem(String key, String message) {
        Value value = value(key);
        problems.add(value == null ? line : value.line(), KeyPath.child(path, key), message);
    }

    /** Reports a problem of the section as a whole. */
    void problem(String message) {
        problems.add(line, path, message);
    }

    /** Whether what the keys say was understood, so that it makes sense to compare one with another. */
    boolean isSound() {
        return problems.noneAt(path);
    }

    /** The same for one key. */
    boolean isSound(String key) {
        return problems.noneAt(KeyPath.child(path, key));
    }

    String path() {
        return path;
    }

    int line() {
        return line;
    }

    private boolean isFit(String name, MapEntries.Entry entry, ValueType<String> nameType) {
        try {
            nameType.parse(new ValueType.Scalar(name, false));
            return true;
        } catch (BadValue e) {
            problems.add(entry.line(), KeyPath.child(path, name), e.explain(name, nameType));
            return false;
        }
    }

    private void reportIfRequired(String key, String expected) {
        if (isMap && Schema.key(schemaPathOf(key)).absence() == Schema.Absence.REQUIRED) {
            problem(key, "is missing; expected " + expected);
        }
    }

    private @Nullable Value value(String key) {
        MapEntries.Entry entry = entries.get(key);
        return entry == null ? null : valueOf(key, entry);
    }

    private Value valueOf(String key, MapEntries.Entry entry) {
        return new Value(entry.node(), KeyPath.child(path, key), entry.line(), problems);
    }

    private static String mapOf(List<String> keys) {
        return "a map with the keys " + String.join(", ", keys);
    }

    private String schemaPathOf(String key) {
        return schemaPath.isEmpty() ? key : schemaPath + "." + key;
    }
}
