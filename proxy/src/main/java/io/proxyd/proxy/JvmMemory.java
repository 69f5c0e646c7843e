package io.proxyd.proxy;

import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;

/**
 * The memory of this process.
 *
 * <ul>
 *   <li>Heap: the part where objects end up that live long, as it was after the last collection there, or as it is now if that is
 *       less. What is only garbage is no reason to refuse anything. New objects are left out: most of them do not last, and those
 *       that do get here before the heap is full.
 *   <li>Direct memory: what Java or Netty have taken from the system for buffers. Each has a counter and holds it to the same
 *       limit; which of them counts depends on the Java, and with some both count the same, so the higher one tells how near a
 *       limit is. It contains the chunks that Netty keeps for later use, as they count in the limit.
 * </ul>
 */
final class JvmMemory implements MemoryReader {
    private final List<MemoryPoolMXBean> tenured = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
            .toList();
    private final List<BufferPoolMXBean> direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .toList();

    @Override
    public long heapBytes() {
        return tenured.stream().mapToLong(JvmMemory::bytes).sum();
    }

    private static long bytes(MemoryPoolMXBean pool) {
        long now = pool.getUsage().getUsed();
        MemoryUsage collected = pool.getCollectionUsage();
        return collected == null ? now : Math.min(now, collected.getUsed());
    }

    @Override
    public long heapMaxBytes() {
        long max = tenured.stream().mapToLong(pool -> pool.getUsage().getMax()).sum();
        return max > 0 ? max : Runtime.getRuntime().maxMemory();
    }

    @Override
    public long directBytes() {
        long java = direct.stream().mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
        return Math.max(java, PlatformDependent.usedDirectMemory());
    }

    @Override
    public long directMaxBytes() {
        return PlatformDependent.maxDirectMemory();
    }
}
