package io.wesdb.internal.read;

import io.wesdb.ClosedException;
import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.QueryResult;
import io.wesdb.ReadOptions;
import io.wesdb.ReadTransaction;
import io.wesdb.RowStream;
import io.wesdb.Statement;
import io.wesdb.WesDbException;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.sqlite.ParameterLayout;
import io.wesdb.internal.sqlite.ReadCursor;
import io.wesdb.internal.sqlite.ReadLimits;
import io.wesdb.internal.sqlite.Reader;
import io.wesdb.internal.sqlite.ReaderPool;
import io.wesdb.internal.sqlite.ReaderPool.Use;
import io.wesdb.internal.sqlite.StatementRules;
import io.wesdb.internal.sqlite.StorageException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where every query of this node's callers enters: waits until this node is as fresh as the options ask, then reads this
 * node's own file. Never asks another wesdb node. Thread safe.
 */
public final class ReadGateway implements AutoCloseable {
    private static final Duration RETRY_AFTER = Duration.ofMillis(100);

    private final Clock clock;
    private final AsyncRead.Parts asyncParts;
    private final ReaderPool pool;
    private final AppliedIndex applied;
    private final HeadBarrier barrier;
    private final Freshness freshness;
    private final Runnable gate;
    private final ReadSettings settings;
    private final ReadFaults faults;
    private final AtomicInteger pending = new AtomicInteger();
    private final LongAdder queries = new LongAdder();

    /**
     * @param timers where deadlines of queries that wait are watched
     * @param gate throws while this node does not serve
     * @param damage told, on whatever thread reads, of each fault of this node's storage that a read has met
     */
    public ReadGateway(
            Environment env,
            Lane timers,
            ReaderPool pool,
            AppliedIndex applied,
            HeadBarrier barrier,
            Runnable gate,
            ReadSettings settings,
            Consumer<StorageException> damage) {
        this.faults = new ReadFaults(damage);
        this.clock = env.clock();
        this.asyncParts = new AsyncRead.Parts(pool, clock, timers, env.queries(), env.workers());
        this.pool = pool;
        this.applied = applied;
        this.barrier = barrier;
        this.freshness = new Freshness(applied, barrier, clock);
        this.gate = gate;
        this.settings = settings;
    }

    /** How many queries were answered, streams and those of read transactions included. */
    public long queries() {
        return queries.sum();
    }

    /** How often the head was read for the sake of freshness. */
    public long headReads() {
        return barrier.headReads();
    }

    /** Reads on the calling thread. */
    public QueryResult query(ReadOptions options, Statement statement) {
        ReadTimes times = times(options, Use.QUERY);
        SqlStatement sql = prepare(statement);
        awaitFreshness(options, times);
        return read(pool.acquire(Use.QUERY, times.beginBy()), sql, times, new Cancellation());
    }

    /** Waits for freshness and a reader without a thread; cancelling the future interrupts the query. */
    public CompletableFuture<QueryResult> queryAsync(ReadOptions options, Statement statement) {
        return async(
                options,
                statement,
                Use.QUERY,
                (sql, times) -> (reader, cancellation) -> read(reader, sql, times, cancellation));
    }

    /** Opens a stream on the calling thread; its reader goes back to the pool when it is closed. */
    public RowStream stream(ReadOptions options, Statement statement) {
        ReadTimes times = times(options, Use.OPEN_READ);
        SqlStatement sql = prepare(statement);
        awaitFreshness(options, times);
        return open(pool.acquire(Use.OPEN_READ, times.beginBy()), sql, times, new Cancellation());
    }

    /** Waits for freshness and a reader without a thread; cancelling the future interrupts the query. */
    public CompletableFuture<RowStream> streamAsync(ReadOptions options, Statement statement) {
        return async(
                options,
                statement,
                Use.OPEN_READ,
                (sql, times) -> (reader, cancellation) -> open(reader, sql, times, cancellation));
    }

    /** Runs {@code work} on the calling thread, all its queries on one snapshot. */
    public <T extends @Nullable Object, X extends Exception> T readTransaction(
            ReadOptions options, ReadTransaction.Work<T, X> work) throws X {
        ReadTimes times = times(options, Use.OPEN_READ);
        gate.run();
        awaitFreshness(options, times);
        Reader reader = pool.acquire(Use.OPEN_READ, times.beginBy());
        SnapshotReads reads = null;
        try {
            gate.run(); // the file may have been replaced while this waited (I9)
            long index = faults.guard(() -> reader.beginTransaction(times.endBy()));
            reads = new SnapshotReads(
                    reader, faults, settings.resultLimits(), index, times.endBy(), queries::increment);
            return work.run(reads);
        } finally {
            if (reads != null) {
                reads.end();
            }
            pool.release(reader);
        }
    }

    /** Ends the reads that wait for this node to be fresh enough; those that have a reader are ended with the pool. */
    @Override
    public void close() {
        freshness.close();
    }

    private QueryResult read(Reader reader, SqlStatement sql, ReadTimes times, Cancellation cancellation) {
        try {
            gate.run(); // the file may have been replaced while the query waited (I9)
            cancellation.reading(reader);
            Reader.Rows rows = faults.guard(() -> reader.query(sql, settings.resultLimits(), times.endBy()));
            queries.increment();
            return new QueryResult(rows.index(), rows.columns(), rows.rows());
        } finally {
            cancellation.done();
            pool.release(reader);
        }
    }

    private RowStream open(Reader reader, SqlStatement sql, ReadTimes times, Cancellation cancellation) {
        boolean opened = false;
        try {
            gate.run();
            cancellation.reading(reader);
            ReadCursor cursor = faults.guard(() -> reader.open(sql, ReadLimits.NONE, times.endBy()));
            opened = true;
            queries.increment();
            return new CursorRowStream(cursor, faults, cancellation, () -> giveBack(reader, cancellation));
        } finally {
            if (!opened) {
                giveBack(reader, cancellation);
            }
        }
    }

    private void giveBack(Reader reader, Cancellation cancellation) {
        cancellation.done();
        pool.release(reader);
    }

    private <T> CompletableFuture<T> async(
            ReadOptions options,
            Statement statement,
            Use use,
            BiFunction<SqlStatement, ReadTimes, BiFunction<Reader, Cancellation, T>> kind) {
        if (pending.incrementAndGet() > settings.maxPending()) {
            pending.decrementAndGet();
            return CompletableFuture.failedFuture(overloaded("too many queries are pending on this node"));
        }
        try {
            ReadTimes times = times(options, use);
            BiFunction<Reader, Cancellation, T> work = kind.apply(prepare(statement), times);
            Cancellation cancellation = new Cancellation();
            AsyncRead<T> read =
                    new AsyncRead<>(asyncParts, use, excuses(options), reader -> work.apply(reader, cancellation));
            read.result().whenComplete((done, failure) -> {
                pending.decrementAndGet();
                if (failure != null) {
                    cancellation.cancel(); // the caller may have done that, by cancelling or by a timeout of its own
                }
            });
            read.start(freshness.reached(options), times.beginBy());
            return read.result();
        } catch (RuntimeException e) {
            pending.decrementAndGet();
            return CompletableFuture.failedFuture(e);
        }
    }

    private AsyncRead.Excuses excuses(ReadOptions options) {
        return new AsyncRead.Excuses() {
            @Override
            public WesDbException notFresh(@Nullable Throwable cause) {
                return stale(options, cause == null ? "the deadline passed" : "the log cannot be asked", cause);
            }

            @Override
            public WesDbException noExecutor(Throwable cause) {
                return new NotDoneException(
                        ErrorCode.OVERLOADED, "the node's executor takes no more work", RETRY_AFTER, cause);
            }
        };
    }

    private void awaitFreshness(ReadOptions options, ReadTimes times) {
        CompletableFuture<Void> fresh = freshness.reached(options);
        try {
            fresh.get(times.beginBy() - clock.nanos(), TimeUnit.NANOSECONDS);
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

    private WesDbException stale(ReadOptions options, String why, @Nullable Throwable cause) {
        Throwable reason = cause instanceof ExecutionException ? cause.getCause() : cause;
        if (reason instanceof ClosedException closed) {
            return closed;
        }
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
        return bound(statement);
    }

    /** Checks the text, and puts the parameters in their places. */
    static SqlStatement bound(Statement statement) {
        StatementRules.checkRead(statement.sql());
        return new SqlStatement(
                statement.sql(), ParameterLayout.of(statement.sql()).bind(statement));
    }

    /** What is open as long as its owner likes need not begin any sooner for that. */
    private ReadTimes times(ReadOptions options, Use use) {
        Duration own = options.timeout();
        Duration begin = own == null ? settings.timeout() : own;
        Duration end = own == null && use == Use.OPEN_READ ? settings.openReadTimeout() : begin;
        return ReadTimes.of(clock.nanos(), begin, end);
    }
}
