package io.proxyd.ctl;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;

/**
 * An object of an answer. Read with the streaming parser alone, as data binding would take longer to load than everything
 * else that proxyctl does. A member that is null counts as absent.
 */
final class JsonObject {
    private final Map<String, Object> members;

    private JsonObject(Map<String, Object> members) {
        this.members = members;
    }

    /** @throws CtlException if the text is not one JSON object */
    static JsonObject parse(String text) {
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new CtlException("the answer is not a JSON object");
            }
            return object(parser);
        } catch (JacksonException e) {
            throw new CtlException("the answer is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** A text as JSON writes it. */
    static String quoted(String text) {
        return "\"" + String.valueOf(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + "\"";
    }

    /** A string; {@code absent} where there is none. */
    String text(String name, String absent) {
        return members.get(name) instanceof String text ? text : absent;
    }

    boolean flag(String name) {
        return Boolean.TRUE.equals(members.get(name));
    }

    /** A whole number; 0 where there is none. */
    long number(String name) {
        return members.get(name) instanceof Number number ? number.longValue() : 0;
    }

    /** Any number, or null where there is none. */
    @Nullable Double decimal(String name) {
        return members.get(name) instanceof Number number ? number.doubleValue() : null;
    }

    /** The names of all members, in their order. */
    List<String> names() {
        return List.copyOf(members.keySet());
    }

    /** An object; an empty one where there is none. */
    JsonObject object(String name) {
        return members.get(name) instanceof JsonObject object ? object : new JsonObject(Map.of());
    }

    /** The strings of an array. */
    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        if (members.get(name) instanceof List<?> array) {
            array.stream().filter(String.class::isInstance).forEach(text -> texts.add((String) text));
        }
        return texts;
    }

    /** The objects of an array. */
    List<JsonObject> objects(String name) {
        List<JsonObject> objects = new ArrayList<>();
        if (members.get(name) instanceof List<?> array) {
            for (Object element : array) {
                if (element instanceof JsonObject object) {
                    objects.add(object);
                }
            }
        }
        return objects;
    }

    private static JsonObject object(JsonParser parser) {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            Object value = value(parser);
            if (value != null) {
                members.put(name, value);
            }
        }
        return new JsonObject(members);
    }

    private static @Nullable Object value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            default -> parser.getString();
        };
    }

    private static List<Object> array(JsonParser parser) {
        List<Object> array = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            Object value = value(parser);
            if (value != null) {
                array.add(value);
            }
        }
        return array;
    }
}
