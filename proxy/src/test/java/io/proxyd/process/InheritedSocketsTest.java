package io.proxyd.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class InheritedSocketsTest {
    private static final String ME = Long.toString(ProcessHandle.current().pid());

    @Test
    void thereAreNoneWithoutTheVariables() {
        assertThat(InheritedSockets.of(Map.of()).sockets()).isEmpty();
    }

    @Test
    void thoseOfAnotherProcessAreLeftAlone() {
        assertThat(InheritedSockets.of(Map.of("LISTEN_FDS", "1", "LISTEN_PID", ME + "0"))
                        .sockets())
                .isEmpty();
    }

    @Test
    void aCountThatIsNoneIsNamed() {
        assertThatThrownBy(() -> InheritedSockets.of(Map.of("LISTEN_FDS", "many", "LISTEN_PID", ME)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("LISTEN_FDS=many");
    }
}
