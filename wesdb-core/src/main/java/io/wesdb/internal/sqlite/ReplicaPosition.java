package io.wesdb.internal.sqlite;

import io.wesdb.internal.log.OutcomeDigest;

/**
 * How far a replica has got.
 *
 * @param applied the index of the last entry applied; 0 for none
 * @param epoch that entry's epoch
 * @param timeMillis that entry's time: the next entry's must not be less
 * @param logBytes the bytes of all entries up to that one
 * @param digest the outcomes of all entries up to that one, folded together; equal on all nodes (I3). Only of a file
 *     opened after a crash in the middle of an entry that is applied command by command it is ahead of {@code applied},
 *     until that entry is applied
 */
public record ReplicaPosition(long applied, long epoch, long timeMillis, long logBytes, long digest) {
    /** Of an empty replica. */
    public static final ReplicaPosition START = new ReplicaPosition(0, 0, 0, 0, 0);

    public OutcomeDigest outcomes() {
        return new OutcomeDigest(applied, digest);
    }
}
