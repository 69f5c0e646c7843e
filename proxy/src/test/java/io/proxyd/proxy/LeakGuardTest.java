package io.proxyd.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;

final class LeakGuardTest {
    @Test
    void findsABufferThatWasLost() {
        lose();
        assertThat(LeakGuard.lostBuffers()).hasSize(1).first().asString().contains("LeakGuardTest.lose");
    }

    @Test
    void findsASliceThatWasLost() {
        loseSlice();
        assertThat(LeakGuard.lostBuffers()).isNotEmpty().allSatisfy(r -> assertThat(r)
                .contains("LeakGuardTest"));
    }

    @Test
    void findsNothingWhereAllWasReleased() {
        ByteBufAllocator.DEFAULT.directBuffer(16).release();
        assertThat(LeakGuard.lostBuffers()).isEmpty();
    }

    private static void lose() {
        ByteBufAllocator.DEFAULT.directBuffer(16).writeLong(1);
    }

    private static void loseSlice() {
        ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer(16).writeLong(1);
        buffer.readRetainedSlice(4);
        buffer.release();
    }
}
