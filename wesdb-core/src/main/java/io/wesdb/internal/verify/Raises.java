package io.wesdb.internal.verify;

import org.jspecify.annotations.Nullable;

/**
 * When this node may ask the others about its outcomes again. Having differed once it differs at every later entry, and a
 * question at each would leave nobody the time to answer: each one waits longer for the next, up to a bound. It must ask
 * again all the same: those it asked first may not know an index that was long ago for them (this node was away, and
 * catches up), and a tie may find its majority when a third node comes. Owned by the jury's lane.
 */
final class Raises {
    private static final long MIN_GAP_NANOS = 1_000_000_000L;
    private static final long MAX_GAP_NANOS = 5_000_000_000L;
    private static final long FORGOTTEN_NANOS = 60_000_000_000L;

    private boolean any;
    private long lastNanos;
    private long gapNanos = MIN_GAP_NANOS;
    private @Nullable Difference waiting;

    /** At {@code index} this node's digest is {@code value}, and the leader's is another. */
    record Difference(long index, long value) {}

    void found(Difference difference) {
        waiting = difference;
    }

    boolean isWaiting() {
        return waiting != null;
    }

    /** What to ask now; null if nothing. {@code round} is the last question, in which this node has voted. */
    @Nullable Difference due(@Nullable Round round, long nowNanos) {
        Difference next = waiting;
        if (next == null) {
            return null;
        } else if (round != null && next.index() <= round.index()) {
            waiting = null; // we are asked about a later one already
            return null;
        } else if (round != null && round.waits() && round.answered) {
            return null;
        } else if (any && nowNanos - lastNanos < gapNanos) {
            return null;
        }
        boolean calm = !any || nowNanos - lastNanos > FORGOTTEN_NANOS;
        gapNanos = calm ? MIN_GAP_NANOS : Math.min(2 * gapNanos, MAX_GAP_NANOS);
        any = true;
        lastNanos = nowNanos;
        waiting = null;
        return next;
    }

    void forget() {
        waiting = null;
        any = false;
    }
}
