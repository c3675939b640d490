package io.wesdb.internal.write;

/**
 * Whether a batch should wait a moment for callers who are about to come back.
 *
 * <p>Most callers make their next write when the last one has ended. If what waits were sent in the instant in which a batch
 * ends, they would just miss it; then two groups of callers take turns, each waits for the other's batch as well as its own, and
 * batches are half as large as they could be. So after a batch the next one leaves when as many have come back as it had
 * writes, or after a quarter of a round trip, 1 ms at most.
 *
 * <p>Callers who come at a rate, whatever is answered, gain nothing from that. So after a pause in which less than half came back
 * none is made for a while: 2 batches, then 4, up to {@value #MOST_SKIPPED}.
 *
 * <p>Owned by the replicator lane.
 */
final class Regrouping {
    static final long MOST_NANOS = 1_000_000;
    static final int MOST_SKIPPED = 64;
    private static final int ROUND_TRIPS = 4;

    private long roundTripNanos;
    private boolean pausing;
    private int number;
    private int returning;
    private int waitingBefore;
    private int skipping;
    private int toSkip;

    /** A batch was executed so long after it had been sent. */
    void roundTrip(long nanos) {
        roundTripNanos = roundTripNanos == 0 ? nanos : roundTripNanos + (nanos - roundTripNanos) / 8;
    }

    /**
     * So many writes have just ended, and so many wait already.
     *
     * @return for how long at most to wait; 0 for not at all, or if that is already so
     */
    long ended(int writes, int waiting) {
        if (pausing) {
            returning += writes;
            return 0;
        }
        long pauseNanos = Math.min(MOST_NANOS, roundTripNanos / ROUND_TRIPS);
        if (pauseNanos == 0 || writes + waiting < 2 || toSkip-- > 0) {
            return 0;
        }
        pausing = true;
        number++;
        returning = writes;
        waitingBefore = waiting;
        return pauseNanos;
    }

    /** Names the pause, for {@link #over}. */
    int number() {
        return number;
    }

    /** Whether a batch may be sent, with so many that wait. */
    boolean maySend(int waiting) {
        if (pausing && waiting >= waitingBefore + returning) {
            end(waiting);
        }
        return !pausing;
    }

    /** So many of those that wait, or have come back, were sent. */
    void taken(int writes) {
        waitingBefore -= writes;
    }

    /** How many more must wait before a batch may be sent. */
    int missing(int waiting) {
        return pausing ? waitingBefore + returning - waiting : 0;
    }

    /** The time of a pause is over. */
    void over(int ended, int waiting) {
        if (pausing && ended == number) {
            end(waiting);
        }
    }

    private void end(int waiting) {
        pausing = false;
        boolean paid = 2 * (waiting - waitingBefore) >= returning;
        skipping = paid ? 0 : Math.min(MOST_SKIPPED, Math.max(2, 2 * skipping));
        toSkip = skipping;
    }
}
