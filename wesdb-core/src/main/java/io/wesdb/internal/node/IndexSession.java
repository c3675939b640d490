package io.wesdb.internal.node;

import io.wesdb.InvalidRequestException;
import io.wesdb.QueryResult;
import io.wesdb.ReadOptions;
import io.wesdb.ReadTransaction;
import io.wesdb.RowStream;
import io.wesdb.Session;
import io.wesdb.Statement;
import io.wesdb.WesDb;
import io.wesdb.WriteOptions;
import io.wesdb.WriteResult;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A session is the largest index that it has seen: a read that has waited for it goes back behind nothing that was seen
 * before, because a read's own index is exact. Thread safe.
 */
final class IndexSession implements Session {
    private final WesDb db;
    private final AtomicLong seen;

    IndexSession(WesDb db, long index) {
        if (index < 0) {
            throw new InvalidRequestException("a session's index must not be negative: " + index);
        }
        this.db = db;
        this.seen = new AtomicLong(index);
    }

    @Override
    public long index() {
        return seen.get();
    }

    private void saw(long index) {
        seen.accumulateAndGet(index, Math::max);
    }

    private ReadOptions atLeastSeen(ReadOptions options) {
        return options.withMinIndex(Math.max(options.minIndex(), seen.get()));
    }

    @Override
    public WriteResult execute(List<Statement> statements, WriteOptions options) {
        WriteResult written = db.execute(statements, options);
        saw(written.index());
        return written;
    }

    @Override
    public CompletableFuture<WriteResult> executeAsync(List<Statement> statements, WriteOptions options) {
        return db.executeAsync(statements, options).whenComplete((written, failure) -> {
            if (written != null) {
                saw(written.index());
            }
        });
    }

    @Override
    public QueryResult query(ReadOptions options, Statement statement) {
        QueryResult read = db.query(atLeastSeen(options), statement);
        saw(read.index());
        return read;
    }

    @Override
    public CompletableFuture<QueryResult> queryAsync(ReadOptions options, Statement statement) {
        CompletableFuture<QueryResult> read = db.queryAsync(atLeastSeen(options), statement);
        CompletableFuture<QueryResult> result = read.whenComplete((rows, failure) -> {
            if (rows != null) {
                saw(rows.index());
            }
        });
        result.whenComplete((rows, failure) -> {
            if (result.isCancelled()) {
                read.cancel(true); // the caller has only ours to cancel
            }
        });
        return result;
    }

    @Override
    public RowStream stream(ReadOptions options, Statement statement) {
        RowStream rows = db.stream(atLeastSeen(options), statement);
        saw(rows.index());
        return rows;
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T readTransaction(
            ReadOptions options, ReadTransaction.Work<T, X> work) throws X {
        return db.readTransaction(atLeastSeen(options), transaction -> {
            saw(transaction.index());
            return work.run(transaction);
        });
    }
}
