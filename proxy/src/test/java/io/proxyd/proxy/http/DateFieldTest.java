package io.proxyd.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DateFieldTest {
    private Instant now = Instant.parse("1994-11-06T08:49:37Z");
    private final DateField date = new DateField(() -> now);

    @Test
    void hasTheFormOfTheRfc() {
        assertThat(line()).isEqualTo("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        now = Instant.parse("2026-01-01T23:59:59.999Z");
        assertThat(line()).isEqualTo("Date: Thu, 01 Jan 2026 23:59:59 GMT\r\n");
    }

    @Test
    void isMadeOnceASecond() {
        byte[] first = date.line();
        now = now.plusMillis(999);
        assertThat(date.line()).isSameAs(first);
        now = now.plusMillis(1);
        assertThat(line()).isEqualTo("Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
    }

    @Test
    void followsAClockThatIsSetBack() {
        date.line();
        now = now.minusSeconds(10);
        assertThat(line()).isEqualTo("Date: Sun, 06 Nov 1994 08:49:27 GMT\r\n");
    }

    private String line() {
        return new String(date.line(), StandardCharsets.US_ASCII);
    }
}
