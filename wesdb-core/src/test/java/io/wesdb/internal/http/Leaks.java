package io.wesdb.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What Netty's leak detector saw. {@link #watch()} must run before the first buffer is made in the JVM, so every test class
 * that asks calls it first thing.
 */
public final class Leaks {
    private static final List<String> SEEN = new CopyOnWriteArrayList<>();
    private static boolean watching;

    private Leaks() {}

    public static synchronized void watch() {
        if (watching) {
            return;
        }
        watching = true;
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> type, int interval, long maxActive) {
                ResourceLeakDetector<T> detector = new ResourceLeakDetector<>(type, interval);
                detector.setLeakListener((resource, records) -> SEEN.add(resource + " " + records));
                return detector;
            }
        });
    }

    /** Fails if a buffer was lost. Lost ones are noticed after a collection, when the next one is made. */
    @SuppressWarnings("deprecation")
    public static void assertNone() {
        for (int i = 0; i < 3; i++) {
            System.gc();
            for (int n = 0; n < 10; n++) {
                ByteBuf pooled = PooledByteBufAllocator.DEFAULT.directBuffer();
                pooled.release();
                ByteBuf unpooled = UnpooledByteBufAllocator.DEFAULT.directBuffer();
                unpooled.release();
            }
        }
        if (!SEEN.isEmpty()) {
            List<String> seen = List.copyOf(SEEN);
            SEEN.clear();
            throw new AssertionError("buffers were leaked: " + seen);
        }
    }
}
