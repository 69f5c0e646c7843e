package io.proxyd.proxy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class after which a buffer is lost: one that nobody can reach any more and nobody has released. JUnit finds it
 * through {@code META-INF/services} and applies it to every test of the module.
 */
public final class LeakGuard implements AfterAllCallback {
    private static final BlockingQueue<String> REPORTS = new LinkedBlockingQueue<>();

    static {
        // Before any Netty class that makes its detector when it is loaded.
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new RecordingFactory());
    }

    @Override
    public void afterAll(ExtensionContext context) {
        List<String> reports = lostBuffers();
        if (!reports.isEmpty()) {
            throw new AssertionError(reports.size() + " buffers were lost in " + context.getDisplayName()
                    + " or shortly before; the first:\n" + reports.get(0));
        }
    }

    /** Looks for lost buffers and forgets about them. */
    static List<String> lostBuffers() {
        awaitGarbageCollection();
        awaitGarbageCollection(); // by the second one, all that the first one found is reported
        ByteBufAllocator.DEFAULT
                .directBuffer(1)
                .release(); // the detector looks at what was collected when it tracks the next
        List<String> reports = new ArrayList<>();
        REPORTS.drainTo(reports);
        return reports;
    }

    private static void awaitGarbageCollection() {
        ReferenceQueue<Object> collected = new ReferenceQueue<>();
        WeakReference<Object> canary = new WeakReference<>(new Object(), collected);
        while (collected.poll() != canary) {
            System.gc();
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static final class RecordingFactory extends ResourceLeakDetectorFactory {
        @Override
        @SuppressWarnings("deprecation") // the only abstract method
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> type, int interval, long maxActive) {
            return new RecordingDetector<>(type, interval);
        }

        @Override
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> type, int interval) {
            return new RecordingDetector<>(type, interval);
        }
    }

    private static final class RecordingDetector<T> extends ResourceLeakDetector<T> {
        RecordingDetector(Class<T> type, int interval) {
            super(type, interval);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String type, String records) {
            REPORTS.add(type + records);
        }

        @Override
        protected void reportUntracedLeak(String type) {
            REPORTS.add(type + ", without a trace");
        }
    }
}
