package io.wesdb.internal.sqlite;

import java.time.Duration;

/**
 * Bounds of a {@link ReaderPool}.
 *
 * @param maxQueries queries that run at once
 * @param maxOpenReads streams and read transactions that are open at once: apart from the queries, since it is their
 *     owners who decide how long they last
 * @param maxSnapshotAge how long one read may hold its snapshot of the database, which keeps the write-ahead log from
 *     being begun anew
 * @param idle a connection that nobody has needed for so long is closed
 */
public record ReaderPoolSettings(int maxQueries, int maxOpenReads, Duration maxSnapshotAge, Duration idle) {
    public static ReaderPoolSettings of(int maxQueries, int maxOpenReads, Duration maxSnapshotAge) {
        return new ReaderPoolSettings(maxQueries, maxOpenReads, maxSnapshotAge, Duration.ofMinutes(1));
    }
}
