package io.wesdb.internal.verify;

/**
 * How long something has been waited for. A step of the clock much longer than a tick was a pause of this process, in
 * which it could hear nobody, and is not counted; nor is time without a connection. Owned by its user's lane.
 */
final class Patience {
    static final long TICK_MILLIS = 1_000;

    private static final long MAX_STEP_NANOS = 2 * TICK_MILLIS * 1_000_000;

    private long lastNanos;
    private long waitedNanos;

    Patience(long nowNanos) {
        lastNanos = nowNanos;
    }

    /** @param counts whether the time since the last call was spent listening */
    void pass(long nowNanos, boolean counts) {
        if (counts) {
            waitedNanos += Math.min(nowNanos - lastNanos, MAX_STEP_NANOS);
        }
        lastNanos = nowNanos;
    }

    boolean isOver(long limitMillis) {
        return waitedNanos >= limitMillis * 1_000_000;
    }
}
