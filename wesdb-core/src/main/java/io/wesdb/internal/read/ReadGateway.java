package io.wesdb.internal.read;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.QueryResult;
import io.wesdb.ReadOptions;
import io.wesdb.RowStream;
import io.wesdb.Statement;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.sqlite.ParameterLayout;
import io.wesdb.internal.sqlite.Reader;
import io.wesdb.internal.sqlite.ReaderPool;
import io.wesdb.internal.sqlite.StatementRules;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Where every query of this node's callers enters: waits until this node is as fresh as the options ask, then reads this
 * node's own file. Never asks another wesdb node. Thread safe.
 */
public final class ReadGateway {
    private final Environment env;
    private final ReaderPool pool;
    private final AppliedIndex applied;
    private final Freshness freshness;
    private final Runnable gate;
    private final ReadSettings settings;
    private final AtomicInteger pending = new AtomicInteger();

    /**
     * @param gate throws while this node does not serve
     */
    public ReadGateway(
            Environment env,
            ReaderPool pool,
            AppliedIndex applied,
            HeadBarrier barrier,
            Runnable gate,
            ReadSettings settings) {
        this.env = env;
        this.pool = pool;
        this.applied = applied;
        this.freshness = new Freshness(applied, barrier, env.clock());
        this.gate = gate;
        this.settings = settings;
    }

    /** Reads on the calling thread. */
    public QueryResult query(ReadOptions options, Statement statement) {
        return query(options, statement, deadlineNanos(options), null);
    }

    private QueryResult query(
            ReadOptions options, Statement statement, long deadlineNanos, @Nullable Cancellation cancellation) {
        SqlStatement sql = prepare(statement);
        freshness.await(options, deadlineNanos);
        long index = applied.get();
        Reader reader = pool.acquire(deadlineNanos);
        try {
            if (cancellation != null) {
                cancellation.reading(reader);
            }
            Reader.Rows rows = reader.query(sql, settings.maxResultBytes(), deadlineNanos);
            return new QueryResult(index, rows.columns(), rows.rows());
        } finally {
            if (cancellation != null) {
                cancellation.done();
            }
            pool.release(reader);
        }
    }

    /** Reads on a worker; cancelling the future interrupts the query. */
    public CompletableFuture<QueryResult> queryAsync(ReadOptions options, Statement statement) {
        if (pending.incrementAndGet() > settings.maxPending()) {
            pending.decrementAndGet();
            return CompletableFuture.failedFuture(new NotDoneException(
                    ErrorCode.OVERLOADED, "too many queries are pending on this node", Duration.ofMillis(100)));
        }
        long deadlineNanos = deadlineNanos(options);
        Cancellation cancellation = new Cancellation();
        CompletableFuture<QueryResult> result = new CompletableFuture<>();
        result.whenComplete((done, failure) -> {
            pending.decrementAndGet();
            if (result.isCancelled()) {
                cancellation.cancel();
            }
        });
        env.workers().execute(() -> {
            if (result.isDone()) { // cancelled while it waited for its turn
                return;
            }
            try {
                result.complete(query(options, statement, deadlineNanos, cancellation));
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    /** Opens a stream; its reader goes back to the pool when it is closed. */
    public RowStream stream(ReadOptions options, Statement statement) {
        long deadlineNanos = deadlineNanos(options);
        SqlStatement sql = prepare(statement);
        freshness.await(options, deadlineNanos);
        long index = applied.get();
        Reader reader = pool.acquire(deadlineNanos);
        try {
            Reader.Cursor cursor = reader.open(sql, Long.MAX_VALUE, deadlineNanos);
            return new CursorRowStream(index, cursor, () -> pool.release(reader));
        } catch (RuntimeException e) {
            pool.release(reader);
            throw e;
        }
    }

    private SqlStatement prepare(Statement statement) {
        gate.run();
        StatementRules.checkRead(statement.sql());
        return new SqlStatement(
                statement.sql(), ParameterLayout.of(statement.sql()).bind(statement));
    }

    private long deadlineNanos(ReadOptions options) {
        Duration timeout = options.timeout() == null ? settings.timeout() : options.timeout();
        return env.clock().nanos() + timeout.toNanos();
    }
}
