package io.proxyd.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MemoryGuardTest {
    private long heap;
    private long direct;
    private long now;
    private int collections;

    private final MemoryReader reader = new MemoryReader() {
        @Override
        public long heapBytes() {
            return heap;
        }

        @Override
        public long heapMaxBytes() {
            return 1000;
        }

        @Override
        public long directBytes() {
            return direct;
        }

        @Override
        public long directMaxBytes() {
            return 500;
        }
    };

    private final MemoryGuard guard = new MemoryGuard(reader, 0.8, () -> collections++, () -> now);

    @Test
    void isShortBeyondTheShareOfEitherMemoryAndNoLongerBelowIt() {
        assertThat(isShort(800, 400)).isFalse();
        assertThat(isShort(801, 0)).isTrue();
        assertThat(isShort(0, 401)).isTrue();
        assertThat(isShort(0, 361)).as("not much less").isTrue();
        assertThat(isShort(0, 360)).isFalse();
        assertThat(isShort(0, 0)).isFalse();
    }

    @Test
    void asksForACollectionNowAndThenWhileTheHeapIsShort() {
        for (int second = 0; second < 20; second++) {
            now = TimeUnit.SECONDS.toNanos(second);
            assertThat(isShort(900, 0)).isTrue();
        }
        assertThat(collections).isBetween(3, 4);
    }

    @Test
    void asksForNoCollectionForTheSakeOfDirectMemory() {
        now = TimeUnit.SECONDS.toNanos(20);
        assertThat(isShort(0, 450)).isTrue();
        assertThat(collections).isZero();
    }

    @Test
    void readsThisProcess() {
        JvmMemory memory = new JvmMemory();
        assertThat(memory.heapMaxBytes()).isPositive();
        assertThat(memory.heapBytes()).isBetween(0L, memory.heapMaxBytes());
        assertThat(memory.directMaxBytes()).isPositive();
        assertThat(memory.directBytes()).isBetween(0L, memory.directMaxBytes());
    }

    private boolean isShort(long heapBytes, long directBytes) {
        heap = heapBytes;
        direct = directBytes;
        guard.sample();
        return guard.isShort();
    }
}
