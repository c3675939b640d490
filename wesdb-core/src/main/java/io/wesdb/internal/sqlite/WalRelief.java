package io.wesdb.internal.sqlite;

import io.wesdb.internal.env.Lane;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the write-ahead log from growing without end (I12). SQLite begins it anew only when everything in it has been
 * moved into the file at a moment when nobody reads from it. One long read prevents the former, and short ones that
 * overlap, while writes go on, prevent the latter for ever.
 *
 * <p>So, when it is larger than its bound, old reads are cut off, and between two entries a checkpoint waits a little for
 * the others. It is done in two rounds with no write between them: what begins to read after the first has moved
 * everything reads from the file and hinders the second no more. Beyond twice the bound all reads are cut off, the young
 * ones too, for those that take longer than the wait could overlap without end.
 *
 * <p>A content being hashed or a snapshot being given to another node is not cut off: the one ends by itself, the other
 * becomes a copy or is given up (SnapshotGiver), and until then
 * this tries in vain, more and more seldom, since each time costs readers their results. Owned by the applier's lane.
 */
final class WalRelief {
    private static final Logger LOG = LoggerFactory.getLogger(WalRelief.class);

    private static final int ROUNDS = 2;

    /** How long a round may hold up the applier for readers. */
    private static final int BUSY_MILLIS = 100;

    /** A read may be that old, unless the log is beyond twice its bound. */
    private static final long OLD_MILLIS = 1_000;

    private static final int MAX_DOUBLINGS = 6;
    private static final long WARN_MILLIS = 60_000;

    private final Lane lane;
    private final Replica replica;
    private final ApplierSettings settings;
    private final LongConsumer cutReads;
    private int failures;
    private boolean urgent;
    private boolean warned;
    private Lane.@Nullable Timer rest;

    /** @param cutReads ends the reads that are older than so many milliseconds, or begins to; returns at once */
    WalRelief(Lane lane, Replica replica, ApplierSettings settings, LongConsumer cutReads) {
        this.lane = lane;
        this.replica = replica;
        this.settings = settings;
        this.cutReads = cutReads;
    }

    /**
     * Between two entries.
     *
     * @return whether the log was begun anew
     * @throws StorageException on a fault of this node
     */
    boolean relieveIfLarge() {
        long bytes = replica.walBytes();
        boolean nowUrgent = bytes / 2 > settings.maxWalBytes();
        boolean resting = rest != null && (urgent || !nowUrgent);
        if (bytes <= settings.maxWalBytes() || resting) {
            return false;
        }
        if (nowUrgent && !urgent) {
            failures = 0; // what failed until now was something else
        }
        urgent = nowUrgent;
        stopResting();
        boolean relieved = relieve();
        if (relieved) {
            LOG.info("the write-ahead log was begun anew at {} bytes", bytes);
            failures = 0;
        } else {
            warn(bytes);
            rest = lane.schedule(settings.reliefMillis() << failures, () -> rest = null);
            failures = Math.min(failures + 1, MAX_DOUBLINGS);
        }
        return relieved;
    }

    private boolean relieve() {
        boolean relieved = false;
        for (int round = 0; round < ROUNDS && !relieved; round++) {
            cutReads.accept(urgent ? 0 : OLD_MILLIS);
            relieved = replica.truncateWal(BUSY_MILLIS);
        }
        return relieved;
    }

    private void stopResting() {
        if (rest != null) {
            rest.cancel();
            rest = null;
        }
    }

    private void warn(long bytes) {
        if (!warned) {
            warned = true;
            lane.schedule(WARN_MILLIS, () -> warned = false);
            LOG.warn(
                    "the write-ahead log has {} bytes, more than {}, and cannot be begun anew while someone reads"
                            + " from it; it will be tried again",
                    bytes,
                    settings.maxWalBytes());
        }
    }
}
