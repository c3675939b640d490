package io.wesdb.internal.log;

import java.util.List;

/**
 * One position of the log, decoded.
 *
 * @param epoch the term of the leader that appended it
 * @param index its position, from 1, without gaps
 * @param timeMillis the leader's clock when it was made, never less than in the entry before; this is 'now' for
 *     everything in it
 * @param logBytes the bytes of all entries from the log's beginning to this one, itself included
 * @param digest what the leader's own replica had come to when it made this entry, for others to compare (I10)
 * @param batches in the order of execution
 */
public record Entry(long epoch, long index, long timeMillis, long logBytes, OutcomeDigest digest, List<Batch> batches) {
    public Entry {
        batches = List.copyOf(batches);
    }
}
