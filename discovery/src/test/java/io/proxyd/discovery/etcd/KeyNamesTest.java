package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class KeyNamesTest {
    @Test
    void leavesTextAsItIs() {
        assertThat(KeyNames.text("wéb/1".getBytes(StandardCharsets.UTF_8))).isEqualTo("wéb/1");
    }

    @Test
    void neverGivesTwoKeysTheSameText() {
        byte[] invalid = {'a', (byte) 0xff};
        byte[] spelledOut = "a\\xff".getBytes(StandardCharsets.UTF_8);
        assertThat(KeyNames.text(invalid)).isEqualTo("a\\xff");
        assertThat(KeyNames.text(spelledOut)).isEqualTo("a\\\\xff");
    }
}
