package io.wesdb.internal.read;

import io.wesdb.QueryResult;
import io.wesdb.ReadTransaction;
import io.wesdb.RowStream;
import io.wesdb.Statement;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.sqlite.ReadCursor;
import io.wesdb.internal.sqlite.ReadLimits;
import io.wesdb.internal.sqlite.Reader;
import java.util.HashSet;
import java.util.Set;

/** Queries on one snapshot, all through one reader. For one thread at a time. */
final class SnapshotReads implements ReadTransaction {
    private final Reader reader;
    private final ReadFaults faults;
    private final ReadLimits limits;
    private final long index;
    private final long deadlineNanos;
    private final Runnable answered;
    /** What can still cancel one of its streams. */
    private final Set<Cancellation> streams = new HashSet<>();

    private boolean ended;

    /**
     * @param reader in a transaction that sees {@code index}
     * @param answered told of each query
     */
    SnapshotReads(
            Reader reader, ReadFaults faults, ReadLimits limits, long index, long deadlineNanos, Runnable answered) {
        this.reader = reader;
        this.faults = faults;
        this.limits = limits;
        this.index = index;
        this.deadlineNanos = deadlineNanos;
        this.answered = answered;
    }

    @Override
    public long index() {
        return index;
    }

    @Override
    public QueryResult query(Statement statement) {
        SqlStatement sql = prepare(statement);
        Reader.Rows rows = faults.guard(() -> reader.query(sql, limits, deadlineNanos));
        answered.run();
        return new QueryResult(index, rows.columns(), rows.rows());
    }

    @Override
    public RowStream stream(Statement statement) {
        SqlStatement sql = prepare(statement);
        ReadCursor cursor = faults.guard(() -> reader.open(sql, ReadLimits.NONE, deadlineNanos));
        answered.run();
        Cancellation cancellation = new Cancellation();
        cancellation.reading(reader);
        streams.add(cancellation);
        return new CursorRowStream(cursor, faults, cancellation, () -> {
            cancellation.done();
            streams.remove(cancellation);
        });
    }

    private SqlStatement prepare(Statement statement) {
        if (ended) {
            throw new IllegalStateException("the read transaction has ended");
        }
        return ReadGateway.bound(statement);
    }

    /** Its reader is about to be given back: nothing of it may be used any more. */
    void end() {
        ended = true;
        streams.forEach(Cancellation::done); // or a stream that was kept could interrupt the reader's next user
    }
}
