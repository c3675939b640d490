package io.wesdb.internal.write;

import java.time.Duration;

/**
 * How long what is pending will take to end, judged by how fast things have ended lately: what is told to whoever finds no
 * room. Only time in which much was pending counts: otherwise the rate would tell how fast things come, not how fast they go.
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
    private long unjudgedNanos;
    private long unjudgedEnded;
    /** Written by the lane only; negative while it is not known. */
    private volatile double perNano = -1;

    /** Much is pending from now on; nothing happens if it was. @param ended how many, or how much, so far */
    void begin(long nowNanos, long ended) {
        if (!busy) {
            busy = true;
            lookedNanos = nowNanos;
            lookedEnded = ended;
        }
    }

    /** What has ended until now, if much was pending. */
    void look(long nowNanos, long ended) {
        if (!busy) {
            return;
        }
        unjudgedNanos += nowNanos - lookedNanos;
        unjudgedEnded += ended - lookedEnded;
        lookedNanos = nowNanos;
        lookedEnded = ended;
        if (unjudgedNanos >= LOOK_NANOS) {
            judge((double) unjudgedEnded / unjudgedNanos);
            unjudgedNanos = 0;
            unjudgedEnded = 0;
        }
    }

    private void judge(double rate) {
        if (perNano >= 0) {
            double weight = Math.exp(-unjudgedNanos / MEMORY_NANOS);
            perNano = weight * perNano + (1 - weight) * rate;
        } else if (rate > 0) {
            perNano = rate;
        }
    }

    /** Not much is pending any more. */
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
        return Duration.ofMillis(Math.max(LEAST.toMillis(), Math.round(nanos / 1e6)));
    }
}
