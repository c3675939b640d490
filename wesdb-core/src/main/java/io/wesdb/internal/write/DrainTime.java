package io.wesdb.internal.write;

import java.time.Duration;

/**
 * How long what is pending will take to end, judged by how fast things have ended lately: what is told to whoever finds no
 * room. Only time in which something was pending counts, so a quiet hour before says nothing.
 *
 * <p>Owned by one lane; {@link #of} may be called from any thread.
 */
final class DrainTime {
    static final Duration LEAST = Duration.ofMillis(10);
    static final Duration MOST = Duration.ofSeconds(5);

    /** While nothing has ended yet. */
    static final Duration UNKNOWN = Duration.ofMillis(100);

    /** Shorter looks would be told by whether one batch ended in them. */
    private static final long LOOK_NANOS = 50_000_000;

    /** Over how much of the past the rate is an average. */
    private static final double MEMORY_NANOS = 1e9;

    private boolean busy;
    private long lookedNanos;
    private long lookedEnded;
    private boolean known;
    private volatile double perNano = -1;

    /** Something is pending from now on; nothing happens if something was. @param ended how many, or how much, so far */
    void begin(long nowNanos, long ended) {
        if (!busy) {
            busy = true;
            lookedNanos = nowNanos;
            lookedEnded = ended;
        }
    }

    /** Something is still pending. */
    void look(long nowNanos, long ended) {
        long nanos = nowNanos - lookedNanos;
        if (!busy || nanos < LOOK_NANOS) {
            return;
        }
        double rate = (double) (ended - lookedEnded) / nanos;
        if (known) {
            double weight = Math.exp(-nanos / MEMORY_NANOS);
            perNano = weight * perNano + (1 - weight) * rate;
        } else if (rate > 0) {
            known = true;
            perNano = rate;
        }
        lookedNanos = nowNanos;
        lookedEnded = ended;
    }

    /** Nothing is pending any more. */
    void rest() {
        busy = false;
    }

    /** What {@code pending} will take, within {@link #LEAST} and {@link #MOST}. */
    Duration of(long pending) {
        double rate = perNano;
        if (rate < 0) {
            return UNKNOWN;
        }
        double nanos = Math.min(MOST.toNanos(), pending / rate); // infinite or NaN where nothing ends at all
        return Duration.ofNanos((long) Math.max(LEAST.toNanos(), Double.isNaN(nanos) ? 0 : nanos));
    }
}
