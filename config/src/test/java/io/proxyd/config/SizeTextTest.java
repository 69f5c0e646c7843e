package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizeTextTest {
    private static final ValueType<Integer> TYPE = SizeText.between(512, 2 << 20);

    @ParameterizedTest
    @CsvSource({"0B, 0", "512B, 512", "16KiB, 16384", "1MiB, 1048576", "999999999MiB, 1048575998951424"})
    void readsBinaryUnits(String text, long bytes) {
        assertThat(SizeText.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "B", "1.5KiB", "-1B", "16 KiB", "1GiB", "16KiBs", "lots", "9999999999B"})
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> SizeText.parse(text)).isInstanceOf(BadValue.class);
    }

    @ParameterizedTest
    @CsvSource({
        "16KB, 16KiB",
        "16kB, 16KiB",
        "16K, 16KiB",
        "16k, 16KiB",
        "16kib, 16KiB",
        "16 KB, 16KiB",
        "2MB, 2MiB",
        "2m, 2MiB"
    })
    void aUnitThatIsNotBinaryIsToldTheBinaryOne(String text, String hint) {
        assertThat(problem(text)).startsWith("\"" + text + "\" is not a size; expected " + hint + ", where 1");
    }

    @Test
    void saysThatANumberLacksItsUnit() {
        assertThat(problem("16384"))
                .isEqualTo("\"16384\" has no unit; expected a whole number with a unit, such as 512B, 16KiB, 1MiB");
    }

    @Test
    void theMessageNamesTheRange() {
        assertThat(problem("511B")).isEqualTo("\"511B\" is too small; expected a size from 512B to 2MiB");
        assertThat(problem("3MiB")).isEqualTo("\"3MiB\" is too large; expected a size from 512B to 2MiB");
    }

    @Test
    void aSizeBeyondTheRangeOfNumbersIsTooLargeToo() {
        assertThat(problem("999999999MiB")).contains("is too large");
    }

    @ParameterizedTest
    @CsvSource({"0, 0B", "1023, 1023B", "1024, 1KiB", "1536, 1536B", "1048576, 1MiB", "1049600, 1025KiB"})
    void formatsInTheLargestUnitThatNeedsNoFraction(long bytes, String expected) {
        assertThat(SizeText.format(bytes)).isEqualTo(expected);
    }

    private static String problem(String text) {
        try {
            return "no problem but " + TYPE.parse(new ValueType.Scalar(text, false));
        } catch (BadValue e) {
            return e.explain(text, TYPE);
        }
    }
}
