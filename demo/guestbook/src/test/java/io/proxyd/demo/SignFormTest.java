package io.proxyd.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SignFormTest {
    @Test
    void readsUtf8FromPercentEscapes() {
        assertThat(SignForm.parse("name=Zo%C3%AB&message=%F0%9F%99%82+hi")).isEqualTo(new SignForm("Zoë", "🙂 hi"));
    }

    @Test
    void endsLinesWithLineFeedsAlone() {
        assertThat(SignForm.parse("name=a&message=1%0D%0A2%0D3%0A4").message()).isEqualTo("1\n2\n3\n4");
    }

    @Test
    void dropsControlCharactersAndSpacesAround() {
        assertThat(SignForm.parse("name=%20a%0A%09b%00%20&message=%0A%00x%07y%20%0A"))
                .isEqualTo(new SignForm("a b", "xy"));
    }

    @Test
    void asksForBothFields() {
        assertThat(SignForm.parse("").problem()).isPresent();
        assertThat(SignForm.parse("name=a").problem()).isPresent();
        assertThat(SignForm.parse("message=a").problem()).isPresent();
        assertThat(SignForm.parse("name=a&message=%20").problem()).isPresent();
        assertThat(SignForm.parse("name=a&message=b").problem()).isEmpty();
    }

    @Test
    void saysHowMuchIsTooLong() {
        assertThat(new SignForm("n".repeat(40), "m".repeat(500)).problem()).isEmpty();
        assertThat(new SignForm("n".repeat(41), "m").problem())
                .hasValueSatisfying(p -> assertThat(p).contains("41", "40"));
        assertThat(new SignForm("n", "m".repeat(501)).problem())
                .hasValueSatisfying(p -> assertThat(p).contains("501", "500"));
    }

    @Test
    void refusesABrokenEscape() {
        assertThatThrownBy(() -> SignForm.parse("name=%ZZ")).isInstanceOf(IllegalArgumentException.class);
    }
}
