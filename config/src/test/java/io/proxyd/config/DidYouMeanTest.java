package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DidYouMeanTest {
    private static final List<String> KNOWN = List.of("balance", "backends", "health-check", "ejection", "pool");

    @ParameterizedTest
    @CsvSource({
        "helth-check, health-check",
        "health_check, health-check",
        "healthCheck, health-check",
        "HEALTH-CHECK, health-check",
        "healthcheck, health-check",
        "backend, backends",
        "blaance, balance",
        "pol, pool"
    })
    void findsTheWordThatWasMeant(String word, String meant) {
        assertThat(DidYouMean.hint(word, KNOWN)).isEqualTo("did you mean \"" + meant + "\"?");
    }

    @Test
    void listsTheKnownWordsWhenNoneIsClose() {
        assertThat(DidYouMean.hint("colour", List.of("balance", "pool"))).isEqualTo("expected one of balance, pool");
    }

    @Test
    void aLongListIsCutShort() {
        List<String> many = IntStream.range(0, 100).mapToObj(i -> "service" + i).toList();

        assertThat(DidYouMean.hint("x", many)).endsWith("service11, ...").hasSizeLessThan(200);
    }

    @Test
    void countsOneStepForASwapOfNeighbours() {
        assertThat(DidYouMean.distance("ab", "ba")).isEqualTo(1);
        assertThat(DidYouMean.distance("", "abc")).isEqualTo(3);
        assertThat(DidYouMean.distance("kitten", "sitting")).isEqualTo(3);
    }
}
