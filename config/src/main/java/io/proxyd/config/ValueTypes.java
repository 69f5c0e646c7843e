package io.proxyd.config;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The value types that need no class of their own: numbers, true or false, one word of a few. */
final class ValueTypes {
    private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]+");
    private static final Pattern DECIMAL = Pattern.compile("[+-]?[0-9]{1,9}(\\.[0-9]{1,9})?");

    private ValueTypes() {}

    static ValueType<Integer> wholeNumber(int min, int max) {
        String expected = "a whole number from " + min + " to " + max;
        return new ValueType<>(expected, scalar -> {
            if (!WHOLE.matcher(scalar.text()).matches()) {
                throw new BadValue("is not a whole number");
            }
            refuseQuotes(scalar, expected);
            BigDecimal number = new BigDecimal(scalar.text());
            refuseOutside(number, min, max);
            return number.intValueExact();
        });
    }

    static ValueType<Double> number(int min, int max) {
        String expected = "a number from " + min + " to " + max;
        return new ValueType<>(expected, scalar -> {
            if (!DECIMAL.matcher(scalar.text()).matches()) {
                throw new BadValue("is not a number");
            }
            refuseQuotes(scalar, expected);
            BigDecimal number = new BigDecimal(scalar.text());
            refuseOutside(number, min, max);
            return number.doubleValue();
        });
    }

    static ValueType<Boolean> flag() {
        String expected = "true or false";
        return new ValueType<>(expected, scalar -> {
            boolean isTrue = scalar.text().equalsIgnoreCase("true");
            if (!isTrue && !scalar.text().equalsIgnoreCase("false")) {
                throw new BadValue("is neither true nor false");
            }
            refuseQuotes(scalar, expected);
            return isTrue;
        });
    }

    /** One of these words, which are told in this order. */
    @SafeVarargs
    static <T> ValueType<T> oneOf(Map.Entry<String, T>... choices) {
        Map<String, T> byWord = new LinkedHashMap<>();
        for (Map.Entry<String, T> choice : choices) {
            byWord.put(choice.getKey(), choice.getValue());
        }
        return ValueType.ofText(alternatives(byWord), word -> {
            T choice = byWord.get(word);
            if (choice == null) {
                throw new BadValue("is not known");
            }
            return choice;
        });
    }

    private static String alternatives(Map<String, ?> byWord) {
        StringBuilder words = new StringBuilder();
        int left = byWord.size();
        for (String word : byWord.keySet()) {
            left--;
            words.append(word).append(left == 0 ? "" : left == 1 ? " or " : ", ");
        }
        return words.toString();
    }

    private static void refuseQuotes(ValueType.Scalar scalar, String expected) {
        if (scalar.quoted()) {
            throw BadValue.expecting(expected + ", without quotes", "is text because of its quotes");
        }
    }

    private static void refuseOutside(BigDecimal number, int min, int max) {
        if (number.compareTo(BigDecimal.valueOf(min)) < 0) {
            throw new BadValue("is too small");
        }
        if (number.compareTo(BigDecimal.valueOf(max)) > 0) {
            throw new BadValue("is too large");
        }
    }
}
