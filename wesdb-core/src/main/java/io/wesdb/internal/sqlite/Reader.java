package io.wesdb.internal.sqlite;

import io.wesdb.QueryTimeoutException;
import io.wesdb.Row;
import io.wesdb.SqlException;
import io.wesdb.TooLargeException;
import io.wesdb.WesDbException;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.log.SqlStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * One read connection. For one thread at a time, between {@link ReaderPool#acquire} and {@link ReaderPool#release};
 * only {@link #cancel} may be called from elsewhere. One query at a time, or one transaction with as many as one likes.
 *
 * <p>Nothing it runs can change anything: the file is opened read-only, ATTACH is limited to nothing, and what a
 * statement does is looked up in its compiled form before it runs.
 */
public final class Reader {
    /** The rows of a query, all of them, and the index that they show, see {@link ReadCursor#index}. */
    public record Rows(long index, List<String> columns, List<Row> rows) {}

    private static final int MAX_STATEMENTS = 64;

    private final SQLiteConnection connection;
    private final VisibleIndex visible;
    private final Clock clock;
    private final ExecutionContext context;
    private final DeterministicFunctions functions;
    private final ReadGuard guard;
    /** Compiled and checked; those that run are not in it. */
    private final BoundedCache<NativeStatement> statements =
            new BoundedCache<>(MAX_STATEMENTS, NativeStatement::closeQuietly);

    private final NativeStatement begin;
    private final NativeStatement commit;
    private final NativeStatement seenIndex;
    private final NativeStatement probe;
    private final List<ReadCursor> cursors = new ArrayList<>();
    /** The user's, which outlives its queries. */
    private boolean inTransaction;

    private long transactionIndex;
    /** BEGIN was said. */
    private boolean begun;
    /** What went wrong may have harmed the connection. */
    private boolean suspect;

    private volatile boolean damaged;
    private long idleSinceNanos;

    private Reader(
            SQLiteConnection connection,
            ReplicaSettings settings,
            Duration maxSnapshotAge,
            VisibleIndex visible,
            Clock clock,
            Consumer<Reader> onClosed)
            throws SQLException {
        this.connection = connection;
        this.visible = visible;
        this.clock = clock;
        this.context = new ExecutionContext();
        this.functions = DeterministicFunctions.forReader(connection, context, settings.timeZone());
        this.guard =
                new ReadGuard(connection, clock, maxSnapshotAge, this::closeConnection, () -> onClosed.accept(this));
        this.begin = NativeStatement.prepare(connection, "BEGIN");
        this.commit = NativeStatement.prepare(connection, "COMMIT");
        // An entry that is applied command by command counts as seen when its first command is.
        this.seenIndex =
                NativeStatement.prepare(connection, "SELECT applied + (commands_done > 0) FROM main.wesdb_meta");
        this.probe = NativeStatement.prepare(connection, "PRAGMA query_only");
    }

    /** @param onClosed called once, when the connection is closed, on the thread that closes it */
    static Reader open(
            ReplicaSettings settings,
            Duration maxSnapshotAge,
            VisibleIndex visible,
            Clock clock,
            Consumer<Reader> onClosed) {
        SQLiteConnection connection = Connections.openReader(settings);
        try {
            return new Reader(connection, settings, maxSnapshotAge, visible, clock, onClosed);
        } catch (SQLException e) {
            Connections.closeQuietly(connection);
            throw SqliteErrors.fault("cannot open " + settings.path() + " for reading", e);
        } catch (RuntimeException | Error e) {
            Connections.closeQuietly(connection);
            throw e;
        }
    }

    /**
     * Runs a query to its end.
     *
     * @param deadline on the clock's {@link Clock#nanos()}; past it the query is interrupted. In a transaction the
     *     transaction's counts
     * @throws io.wesdb.NotAQueryException if the statement writes
     * @throws SqlException if SQLite or the rules refuse it
     * @throws TooLargeException if the rows are more than the limits allow
     * @throws QueryTimeoutException if the deadline passed, {@link #cancel} was called, or the snapshot was held too long
     * @throws io.wesdb.NotDoneException if the file is being let go of
     * @throws StorageException on a fault of this node
     */
    public Rows query(SqlStatement query, ReadLimits limits, long deadline) {
        try (ReadCursor rows = open(query, limits, deadline)) {
            return new Rows(rows.index(), rows.columns(), rows.remaining());
        }
    }

    /** Begins a query whose rows are fetched one by one; the first is fetched now. Throws as {@link #query} does. */
    public ReadCursor open(SqlStatement query, ReadLimits limits, long deadline) {
        if (!inTransaction && !cursors.isEmpty()) {
            throw new IllegalStateException("the reader's last query has not been closed");
        }
        guard.enter();
        try {
            return inTransaction ? openInTransaction(query, limits) : openAlone(query, limits, deadline);
        } catch (SQLException e) {
            throw failed(e);
        } finally {
            guard.leave();
        }
    }

    /**
     * From now on until the reader is given back all queries see the same snapshot.
     *
     * @return the index that they see
     */
    public long beginTransaction(long deadline) {
        guard.enter();
        try {
            guard.begin(deadline);
            inTransaction = true;
            transactionIndex = takeSnapshot();
            return transactionIndex;
        } catch (SQLException e) {
            throw failed(e);
        } finally {
            guard.leave();
        }
    }

    private ReadCursor openInTransaction(SqlStatement query, ReadLimits limits) throws SQLException {
        guard.check();
        return start(query, limits, transactionIndex);
    }

    private ReadCursor openAlone(SqlStatement query, ReadLimits limits, long deadline) throws SQLException {
        boolean opened = false;
        try {
            guard.begin(deadline);
            ReadCursor rows = openWithIndex(query, limits);
            opened = true;
            return rows;
        } finally {
            if (!opened) {
                endRead();
            }
        }
    }

    /** Mostly nothing is being committed just now; then the index that is seen is known without asking the file. */
    private ReadCursor openWithIndex(SqlStatement query, ReadLimits limits) throws SQLException {
        long before = visible.settled();
        if (before != VisibleIndex.MOVING && !QueryCheck.isValidOnce(query.sql())) {
            ReadCursor rows = start(query, limits, before);
            if (visible.settled() == before) {
                return rows;
            } else if (rows.isOnRow()) {
                rows.index(readIndex()); // of the same snapshot, which lasts as long as the statement stands on a row
                return rows;
            }
            cursors.remove(rows);
            giveBack(rows.sql(), rows.statement());
        }
        return start(query, limits, takeSnapshot());
    }

    private long takeSnapshot() throws SQLException {
        begun = true;
        begin.run();
        return readIndex();
    }

    private long readIndex() throws SQLException {
        try {
            if (!seenIndex.execute()) {
                throw new StorageException(
                        StorageException.Kind.DAMAGED, "the file has lost what it says of itself", null);
            }
            return seenIndex.integer(0);
        } finally {
            seenIndex.reset();
        }
    }

    private ReadCursor start(SqlStatement query, ReadLimits limits, long index) throws SQLException {
        context.time(clock.wallMillis());
        NativeStatement statement = take(query);
        boolean started = false;
        try {
            boolean row = statement.execute(query.values());
            // Asked only now: SQLite prepares anew in the first step if the schema has changed.
            ReadCursor cursor = new ReadCursor(this, query.sql(), statement, statement.columns(), row, limits, index);
            cursors.add(cursor);
            started = true;
            return cursor;
        } finally {
            if (!started) {
                giveBack(query.sql(), statement);
            }
        }
    }

    private NativeStatement take(SqlStatement query) throws SQLException {
        NativeStatement known = statements.take(query.sql());
        if (known == null) {
            checkCount(QueryCheck.check(connection, query.sql()), query);
            return NativeStatement.prepare(connection, query.sql());
        }
        boolean fits = false;
        try {
            checkCount(known.parameterCount(), query);
            fits = true;
            return known;
        } finally {
            if (!fits) {
                giveBack(query.sql(), known);
            }
        }
    }

    private static void checkCount(int parameters, SqlStatement query) {
        if (parameters != query.values().size()) {
            throw StatementRules.refused("the statement has " + parameters + " parameters, but "
                    + query.values().size() + " values were given");
        }
    }

    /** Resets a statement and keeps it for the next. The error of its last step was told then. */
    private void giveBack(String sql, NativeStatement statement) {
        try {
            statement.reset();
            if (statement.isClosed() || !QueryCheck.mayBeKept(sql) || !statements.put(sql, statement)) {
                statement.closeQuietly();
            }
        } catch (SQLException e) {
            damaged = true;
        }
    }

    ReadGuard guard() {
        return guard;
    }

    /** A cursor of this reader was closed. */
    void ended(ReadCursor cursor) {
        cursors.remove(cursor);
        if (!guard.tryEnter()) {
            return; // the connection was closed, and its statements with it
        }
        try {
            giveBack(cursor.sql(), cursor.statement());
            if (cursors.isEmpty() && !inTransaction) {
                endRead();
            }
        } finally {
            guard.leave();
        }
    }

    private void endRead() {
        if (begun) {
            begun = false;
            try {
                commit.run();
            } catch (SQLException e) {
                damaged = true; // a connection in a transaction would hold its snapshot for the next user
            }
        }
        guard.end();
    }

    WesDbException failed(SQLException error) {
        suspect = true;
        Throwable fault = context.takeFault();
        boolean interrupt = SqliteErrors.is(error, SQLiteErrorCode.SQLITE_INTERRUPT);
        if (interrupt || guard.isRetired()) {
            return guard.interrupted(error);
        }
        if (SqliteErrors.code(error) == SQLiteErrorCode.SQLITE_READONLY.code) {
            return StatementRules.notAQuery(); // what the rules let through, the connection does not
        }
        // Out of memory is what this one query asked for, as far as anyone can tell.
        boolean outcome = fault == null
                && (SqliteErrors.isOutcome(error) || SqliteErrors.is(error, SQLiteErrorCode.SQLITE_NOMEM));
        if (!outcome) {
            damaged = true;
            StorageException.Kind kind = fault == null ? SqliteErrors.kind(error) : StorageException.Kind.FATAL;
            throw new StorageException(
                    kind, "cannot read: " + SqliteErrors.message(error), fault == null ? error : fault);
        }
        return new SqlException(SqliteErrors.message(error), SqliteErrors.code(error), 0);
    }

    /** From any thread, between acquiring and releasing: the read is interrupted, if need be as soon as it begins. */
    public void cancel() {
        guard.cancel();
    }

    /** Ends what the reader's user has left open; false if the connection had better not be used again. */
    boolean finish() {
        List.copyOf(cursors).forEach(ReadCursor::close);
        if (!guard.tryEnter()) {
            return false;
        }
        try {
            inTransaction = false;
            endRead();
            if (suspect) {
                suspect = false;
                damaged |= !isFit();
            }
        } finally {
            guard.released();
            guard.leave();
        }
        return !damaged;
    }

    /** Whether the connection works and is still what it was made to be. */
    private boolean isFit() {
        try {
            return probe.execute() && probe.integer(0) == 1;
        } catch (SQLException e) {
            return false;
        } finally {
            resetQuietly(probe);
        }
    }

    private static void resetQuietly(NativeStatement statement) {
        try {
            statement.reset();
        } catch (SQLException e) {
            return; // its error was reported by the step
        }
    }

    void idleSince(long nanos) {
        idleSinceNanos = nanos;
    }

    long idleSince() {
        return idleSinceNanos;
    }

    private void closeConnection() {
        statements.clear();
        List.of(begin, commit, seenIndex, probe).forEach(NativeStatement::closeQuietly);
        try {
            functions.close();
        } catch (SQLException e) {
            damaged = true;
        }
        Connections.closeQuietly(connection);
    }
}
