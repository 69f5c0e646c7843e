package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text that is no YAML, or not the kind that a configuration is made of. */
class BrokenYamlTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "# only a comment\n"})
    void anEmptyFileIsReported(String yaml) {
        assertProblem(yaml, 1, "the file is empty; expected at least the key listeners");
    }

    @ParameterizedTest
    @ValueSource(strings = {"---\n", "~", "null"})
    void aDocumentOfNothingLacksItsListeners(String yaml) {
        assertThat(Configs.onlyProblem(yaml).path()).isEqualTo("listeners");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "- a\n- b"})
    void aDocumentThatIsNoMapIsReported(String yaml) {
        assertThat(Configs.problems(yaml)).first().satisfies(problem -> {
            assertThat(problem.line()).isEqualTo(1);
            assertThat(problem.message()).contains("is not a map; expected a map with the keys runtime, listeners");
        });
    }

    @Test
    void aTabIsReported() {
        assertProblem(
                "listeners:\n\t- address: 0.0.0.0:80",
                2,
                "is not valid YAML: found a tab; expected spaces as indentation");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*.example.org", "*", "*:80", "*example"})
    void anUnquotedStarIsReportedWithTheQuotesItNeeds(String host) {
        assertProblem(
                "routes:\n  - host: " + host + "\n    service: shop",
                2,
                "is not valid YAML: * starts a reference to an anchor; expected a value that starts with * to be in"
                        + " quotes, such as \"*.example.org\"");
    }

    @Test
    void anUnquotedIpv6AddressIsReportedWithTheQuotesItNeeds() {
        assertProblem(
                "listeners:\n  - address: [::]:80",
                2,
                "is not valid YAML: [ starts a list; expected an address such as \"[::]:80\" to be in quotes");
    }

    @Test
    void aQuoteThatIsNeverClosedIsReportedWhereItOpens() {
        Problem problem = Configs.onlyProblem("listeners:\n  - address: \"0.0.0.0:80\nadmin:\n");

        assertThat(problem.line()).isEqualTo(2);
        assertThat(problem.message()).startsWith("is not valid YAML: ").contains("quoted scalar");
    }

    @Test
    void aWordWithoutAColonIsReportedWhereItStands() {
        assertThat(Configs.onlyProblem("admin:\nlisteners\nroutes:\n").line()).isEqualTo(2);
    }

    @Test
    void aListThatIsNeverClosedIsReported() {
        Problem problem = Configs.onlyProblem("registry:\n  etcd:\n    endpoints: [\"http://a:1\"\nservices:\n");

        assertThat(problem.line()).isEqualTo(4);
        assertThat(problem.message()).startsWith("is not valid YAML: expected ',' or ']'");
    }

    @Test
    void unevenIndentationIsReported() {
        Problem problem = Configs.onlyProblem("admin:\n  address: 127.0.0.1:1\n   extra: 1\n");

        assertThat(problem.line()).isEqualTo(3);
        assertThat(problem.message()).contains("expected keys of one map to be indented alike");
    }

    @Test
    void aCharacterThatStartsNothingIsReported() {
        assertProblem(
                "admin:\n  address: @home",
                2,
                "is not valid YAML: found character '@' that cannot start any token; expected such a value to be in"
                        + " quotes");
    }

    @Test
    void aSecondDocumentIsReportedWhereItStarts() {
        assertProblem("admin: {}\n---\nadmin: {}\n", 2, "a second document starts here; expected one document");
    }

    @Test
    void aControlCharacterIsReported() {
        assertProblem("admin:\n  address: \u0001\n", 2, "holds the control character U+0001; expected plain text");
    }

    @Test
    void anUnknownVersionOfYamlIsReported() {
        assertProblem(
                "%YAML 9.0\n---\nadmin: {}\n",
                1, "asks for a version of YAML that is not known; expected no %YAML line, or 1.2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{a: ", "- ", "? "})
    void nestingWithoutEndIsReported(String opening) {
        Problem problem = Configs.onlyProblem("a:\n  " + opening.repeat(100_000));

        assertThat(problem.message()).isEqualTo("is nested deeper than 32 levels; expected far fewer");
    }

    @Test
    void aliasesOfAliasesDoNotMultiply() {
        String bomb = IntStream.range(1, 30)
                .mapToObj(i -> "k" + i + ": &k" + i + " { <<: [*k" + (i - 1) + ", *k" + (i - 1) + "] }\n")
                .collect(Collectors.joining("", "k0: &k0 { balance: fastest }\n", "services: { a: *k29 }\n"));

        assertThat(Configs.problems(bomb)).hasSizeLessThan(40).anySatisfy(problem -> assertThat(problem.path())
                .isEqualTo("services.a.balance"));
    }

    @Test
    void tooManyAliasesAreReported() {
        String yaml = "a: &a {}\nb:\n" + "  - *a\n".repeat(1001);

        assertProblem(yaml, 1003, "is one alias too many; expected at most 1000");
    }

    @Test
    void oneMistakeThatIsRepeatedWithoutEndIsNotToldWithoutEnd() {
        String yaml =
                "services: { a: &a { " + "x".repeat(70) + ": 1, balance: b } }\nroutes: [" + "*a, ".repeat(999) + "]";

        assertThat(Configs.problems(yaml)).hasSize(Problems.MAX);
    }

    private static void assertProblem(String yaml, int line, String message) {
        assertThat(Configs.onlyProblem(yaml)).isEqualTo(new Problem("proxyd.yaml", line, "", message));
    }
}
