package io.wesdb.internal.log;

import java.util.List;

/**
 * One position of the log, decoded.
 *
 * @param epoch the term of the leader that appended it
 * @param index its position, from 1, without gaps
 * @param timeMillis the leader's clock when it was made, never less than in the entry before; this is 'now' for
 *     everything in it
 * @param batches in the order of execution
 */
public record Entry(long epoch, long index, long timeMillis, List<Batch> batches) {
    public Entry {
        batches = List.copyOf(batches);
    }
}
