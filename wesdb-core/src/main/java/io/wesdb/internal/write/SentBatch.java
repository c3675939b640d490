package io.wesdb.internal.write;

import io.wesdb.internal.log.EncodedBatch;
import java.util.List;
import java.util.function.Consumer;

/**
 * A batch that was sent to a leader and whose fate is not decided yet. Owned by the replicator lane.
 *
 * <p>It is decided when this node's replica executes it, or when it is shown that no log position can ever execute it.
 */
final class SentBatch {
    final EncodedBatch encoded;
    final List<PendingWrite> writes;

    /** When it was made. */
    final long sentNanos;

    /** The newest term under which it was sent. */
    long sentEpoch;

    /** Whether the newest sending has not been answered yet. */
    boolean unanswered;

    /** Whether some sending ended without telling whether the batch came into the log. */
    boolean ambiguous;

    /** When the next of its writes is due, so that they need not be looked through again and again. */
    private long dueNanos;

    SentBatch(EncodedBatch encoded, List<PendingWrite> writes, long nowNanos) {
        this.encoded = encoded;
        this.writes = writes;
        this.sentNanos = nowNanos;
        this.dueNanos = earliestDeadlineNanos(nowNanos);
    }

    /**
     * Hands those to {@code expired} that have not ended and whose deadline has passed.
     *
     * @return whether all have ended
     */
    boolean expire(long nowNanos, Consumer<PendingWrite> expired) {
        if (nowNanos - dueNanos < 0) {
            return false;
        }
        boolean allEnded = true;
        for (PendingWrite write : writes) {
            if (!write.future.isDone() && write.expired(nowNanos)) {
                expired.accept(write);
            }
            allEnded &= write.future.isDone();
        }
        dueNanos = earliestDeadlineNanos(nowNanos);
        return allEnded;
    }

    /** The deadline of the write that is wanted for the shortest time; those that nobody waits for do not count. */
    long earliestDeadlineNanos(long nowNanos) {
        long least = Long.MAX_VALUE;
        for (PendingWrite write : writes) {
            if (!write.future.isDone()) {
                least = Math.min(least, write.deadlineNanos - nowNanos);
            }
        }
        return least == Long.MAX_VALUE ? nowNanos : nowNanos + least;
    }
}
