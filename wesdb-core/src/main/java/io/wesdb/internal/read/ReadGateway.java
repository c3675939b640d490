package io.wesdb.internal.read;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.QueryResult;
import io.wesdb.ReadOptions;
import io.wesdb.RowStream;
import io.wesdb.Statement;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.sqlite.ParameterLayout;
import io.wesdb.internal.sqlite.Reader;
import io.wesdb.internal.sqlite.ReaderPool;
import io.wesdb.internal.sqlite.StatementRules;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where every query of this node's callers enters: waits until this node is as fresh as the options ask, then reads this
 * node's own file. Never asks another wesdb node. Thread safe.
 */
public final class ReadGateway {
    private static final Duration RETRY_AFTER = Duration.ofMillis(100);

    private final Environment env;
    private final Lane timers;
    private final ReaderPool pool;
    private final AppliedIndex applied;
    private final Freshness freshness;
    private final Runnable gate;
    private final ReadSettings settings;
    private final AtomicInteger pending = new AtomicInteger();

    /**
     * @param timers where deadlines of queries that wait for freshness are watched
     * @param gate throws while this node does not serve
     */
    public ReadGateway(
            Environment env,
            Lane timers,
            ReaderPool pool,
            AppliedIndex applied,
            HeadBarrier barrier,
            Runnable gate,
            ReadSettings settings) {
        this.env = env;
        this.timers = timers;
        this.pool = pool;
        this.applied = applied;
        this.freshness = new Freshness(applied, barrier, env.clock());
        this.gate = gate;
        this.settings = settings;
    }

    /** Reads on the calling thread. */
    public QueryResult query(ReadOptions options, Statement statement) {
        long deadlineNanos = deadlineNanos(options);
        SqlStatement sql = prepare(statement);
        awaitFreshness(options, deadlineNanos);
        return read(sql, deadlineNanos, new Cancellation());
    }

    private QueryResult read(SqlStatement sql, long deadlineNanos, Cancellation cancellation) {
        long index = applied.get();
        Reader reader = pool.acquire(deadlineNanos);
        try {
            gate.run(); // the file may have been replaced while the query waited (I9)
            cancellation.reading(reader);
            Reader.Rows rows = reader.query(sql, settings.maxResultBytes(), deadlineNanos);
            return new QueryResult(index, rows.columns(), rows.rows());
        } finally {
            cancellation.done();
            pool.release(reader);
        }
    }

    /** Waits for freshness without a thread, then reads on a worker; cancelling the future interrupts the query. */
    public CompletableFuture<QueryResult> queryAsync(ReadOptions options, Statement statement) {
        if (pending.incrementAndGet() > settings.maxPending()) {
            pending.decrementAndGet();
            return CompletableFuture.failedFuture(overloaded("too many queries are pending on this node"));
        }
        CompletableFuture<QueryResult> result = new CompletableFuture<>();
        Cancellation cancellation = new Cancellation();
        result.whenComplete((done, failure) -> {
            pending.decrementAndGet();
            if (result.isCancelled()) {
                cancellation.cancel();
            }
        });
        try {
            long deadlineNanos = deadlineNanos(options);
            SqlStatement sql = prepare(statement);
            whenFresh(options, deadlineNanos, result, () -> read(sql, deadlineNanos, cancellation));
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
        }
        return result;
    }

    private void whenFresh(
            ReadOptions options,
            long deadlineNanos,
            CompletableFuture<QueryResult> result,
            Supplier<QueryResult> read) {
        CompletableFuture<Void> fresh = freshness.reached(options);
        if (!fresh.isDone()) {
            long millis =
                    TimeUnit.NANOSECONDS.toMillis(deadlineNanos - env.clock().nanos());
            Lane.Timer timer = timers.schedule(
                    Math.max(0, millis),
                    () -> result.completeExceptionally(stale(options, "the deadline passed", null)));
            result.whenComplete((done, failure) -> {
                timer.cancel();
                fresh.cancel(false);
            });
        }
        fresh.whenComplete((reached, failure) -> {
            if (result.isDone()) {
                return; // cancelled or too late, which is why this future was cancelled
            } else if (failure != null) {
                result.completeExceptionally(stale(options, "the log cannot be asked", failure));
            } else {
                runOnWorker(result, read);
            }
        });
    }

    private void runOnWorker(CompletableFuture<QueryResult> result, Supplier<QueryResult> read) {
        try {
            env.workers().execute(() -> {
                if (result.isDone()) { // cancelled, or too late, while it waited for its turn
                    return;
                }
                try {
                    result.complete(read.get());
                } catch (RuntimeException | Error e) {
                    result.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(overloaded("the node's executor takes no more work"));
        }
    }

    /** Opens a stream; its reader goes back to the pool when it is closed. */
    public RowStream stream(ReadOptions options, Statement statement) {
        long deadlineNanos = deadlineNanos(options);
        SqlStatement sql = prepare(statement);
        awaitFreshness(options, deadlineNanos);
        long index = applied.get();
        Reader reader = pool.acquire(deadlineNanos);
        try {
            gate.run();
            Reader.Cursor cursor = reader.open(sql, Long.MAX_VALUE, deadlineNanos);
            return new CursorRowStream(index, cursor, () -> pool.release(reader));
        } catch (RuntimeException | Error e) {
            pool.release(reader);
            throw e;
        }
    }

    private void awaitFreshness(ReadOptions options, long deadlineNanos) {
        CompletableFuture<Void> fresh = freshness.reached(options);
        try {
            fresh.get(deadlineNanos - env.clock().nanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw stale(options, "the deadline passed", e);
        } catch (ExecutionException e) {
            throw stale(options, "the log cannot be asked", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw stale(options, "interrupted", e);
        } finally {
            fresh.cancel(false);
        }
    }

    private NotDoneException stale(ReadOptions options, String why, @Nullable Throwable cause) {
        return new NotDoneException(
                ErrorCode.STALE,
                why + " before this node, which has applied " + applied.get()
                        + ", could show itself as fresh as asked: " + options,
                RETRY_AFTER,
                cause);
    }

    private static NotDoneException overloaded(String why) {
        return new NotDoneException(ErrorCode.OVERLOADED, why, RETRY_AFTER);
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
