package io.wesdb.internal.read;

import java.time.Duration;

/**
 * Until when a read may do what, on the clock's {@link io.wesdb.internal.env.Clock#nanos()}.
 *
 * @param beginBy it must have become fresh and found a reader
 * @param endBy it must have ended
 */
record ReadTimes(long beginBy, long endBy) {
    /** Longer is as good as this, and would not fit into nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(365);

    static ReadTimes of(long now, Duration begin, Duration end) {
        return new ReadTimes(now + nanos(begin), now + nanos(end));
    }

    static long nanos(Duration duration) {
        return duration.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : duration.toNanos();
    }
}
