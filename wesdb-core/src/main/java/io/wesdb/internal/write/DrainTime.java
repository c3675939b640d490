package io.wesdb.internal.write;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long what is pending will take to end, judged by how fast things have ended lately: what is told to whoever finds no
 * room. Only time in which much was pending counts: otherwise the rate would tell how fast things come, not how fast they go.
 *
 * <p>Owned by one lane, apart from what any thread may ask.
 */
final class DrainTime {
    static final Duration LEAST = Duration.ofMillis(10);
    static final Duration MOST = Duration.ofSeconds(5);

    /** While nothing has ended yet. */
    static final Duration UNKNOWN = Duration.ofMillis(100);

    /** One of those who were refused is to come again for so many writes that end. */
    private static final double RETURNING = 16;

    /** Shorter looks would be told by whether one batch ended in them. */
    private static final long LOOK_NANOS = 50_000_000;

    /** Over how much of the past the rate is an average. */
    private static final double MEMORY_NANOS = 1e9;

    private final AtomicLong lastTurn;
    private boolean busy;
    private long lookedNanos;
    private long lookedEnded;
    private long unjudgedNanos;
    private long unjudgedEnded;
    /** Written by the lane only; negative while it is not known. */
    private volatile double perNano = -1;

    DrainTime(long nowNanos) {
        this.lastTurn = new AtomicLong(nowNanos);
    }

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

    /**
     * When somebody who is refused now had better come again. Each is told a later time than the one before: were all told
     * the same, most of them would come for nothing. They come at a sixteenth of the rate at which there will be room: those who
     * found room come again, too, and a refusal is not free either. Any thread.
     */
    Duration turn(long pending, long nowNanos) {
        double rate = perNano;
        if (rate <= 0) {
            return of(pending);
        }
        long least = of(pending).toNanos();
        long step = (long) (RETURNING / rate);
        long told = lastTurn.updateAndGet(
                last -> nowNanos + Math.min(MOST.toNanos(), Math.max(least, last - nowNanos + step)));
        return Duration.ofMillis((told - nowNanos) / 1_000_000);
    }

    /** What {@code pending} will take, within {@link #LEAST} and {@link #MOST}. Any thread. */
    Duration of(long pending) {
        double rate = perNano;
        if (rate < 0) {
            return UNKNOWN;
        }
        double nanos = Math.min(MOST.toNanos(), pending / rate); // infinite or NaN where nothing ends at all
        return Duration.ofMillis(Math.max(LEAST.toMillis(), Math.round(nanos / 1e6)));
    }
}
