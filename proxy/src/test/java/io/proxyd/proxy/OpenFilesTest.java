package io.proxyd.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenFilesTest {
    @ParameterizedTest
    @CsvSource({
        "1024, 16384, TOO_FEW",
        "16639, 16384, TOO_FEW",
        "16640, 16384, CLIENTS",
        "33023, 16384, CLIENTS",
        "33024, 16384, ALL",
        "262144, 16384, ALL",
    })
    void aConnectionOfAClientMayNeedOneToABackend(long limit, long connections, OpenFiles.Fit fit) {
        assertThat(OpenFiles.fit(limit, connections)).isEqualTo(fit);
    }
}
