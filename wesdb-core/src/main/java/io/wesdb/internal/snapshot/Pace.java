package io.wesdb.internal.snapshot;

/** A token bucket that says how long to wait, and waits for nobody. Owned by one thread. */
final class Pace {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** What may be caught up on after a pause. */
    private static final long BURST_NANOS = 100_000_000L;

    private final long bytesPerSecond;
    private boolean begun;
    private long freeAt;

    /** @param bytesPerSecond 0 for no bound */
    Pace(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Takes {@code bytes} out; in how many milliseconds they may go. */
    long take(long bytes, long nowNanos) {
        if (bytesPerSecond <= 0) {
            return 0;
        }
        if (!begun || freeAt - nowNanos < -BURST_NANOS) {
            begun = true;
            freeAt = nowNanos - BURST_NANOS;
        }
        long delay = Math.max(0, freeAt - nowNanos);
        freeAt += (long) ((double) bytes * NANOS_PER_SECOND / bytesPerSecond);
        return delay / 1_000_000;
    }
}
