package io.wesdb.internal.sqlite;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
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
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * One read connection. For one thread at a time, between {@link ReaderPool#acquire} and {@link ReaderPool#release};
 * only {@link #interrupt} and {@link #retire} may be called from elsewhere. One query at a time.
 *
 * <p>The connection may have to be closed while someone holds it, perhaps with a stream that nobody pulls, and must not
 * be closed under a running statement. So whoever uses it says so ({@link #enter}, {@link #leave}), and it is closed by
 * the one who retires it if it is not being used then, else by the one who uses it, on the way out.
 *
 * <p>Nothing it runs can change anything: the file is opened read-only, ATTACH is limited to nothing, and what a
 * statement does is looked up in its compiled form before it runs.
 */
public final class Reader {
    /** The rows of a query, all of them. */
    public record Rows(List<String> columns, List<Row> rows) {}

    private static final int MAX_STATEMENTS = 64;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final SQLiteConnection connection;
    private final Clock clock;
    private final ExecutionContext context;
    private final DeterministicFunctions functions;
    private final BoundedCache<NativeStatement> statements =
            new BoundedCache<>(MAX_STATEMENTS, NativeStatement::closeQuietly);

    private final Consumer<Reader> onClosed;

    /** Guards what follows against interrupts: one that comes late must not hit the next query. */
    private final Object lock = new Object();

    private boolean running;
    private boolean interrupted;
    private long deadlineNanos;
    /** How many calls, one within the other, are using the connection. */
    private int using;

    private boolean retired;
    private boolean closed;

    private @Nullable Cursor cursor;
    private volatile boolean damaged;

    private Reader(SQLiteConnection connection, Clock clock, ReplicaSettings settings, Consumer<Reader> onClosed)
            throws SQLException {
        this.connection = connection;
        this.clock = clock;
        this.onClosed = onClosed;
        this.context = new ExecutionContext();
        this.functions = DeterministicFunctions.forReader(connection, context, settings.timeZone());
    }

    /** @param onClosed called once, when the connection is closed, on the thread that closes it */
    static Reader open(ReplicaSettings settings, Clock clock, Consumer<Reader> onClosed) {
        SQLiteConnection connection = Connections.openReader(settings);
        try {
            return new Reader(connection, clock, settings, onClosed);
        } catch (SQLException e) {
            Connections.closeQuietly(connection);
            throw SqliteErrors.fault("cannot open " + settings.path() + " for reading", e);
        }
    }

    /**
     * Runs a query to its end.
     *
     * @param maxBytes bound on its rows
     * @param deadline on the clock's {@link Clock#nanos()}; past it the query is interrupted
     * @throws io.wesdb.NotAQueryException if the statement writes
     * @throws SqlException if SQLite or the rules refuse it
     * @throws TooLargeException if the rows are more than {@code maxBytes}
     * @throws QueryTimeoutException if the deadline passed, or {@link #interrupt} was called
     * @throws io.wesdb.NotDoneException if the reader was retired
     * @throws StorageException on a fault of this node
     */
    public Rows query(SqlStatement query, long maxBytes, long deadline) {
        try (Cursor rows = open(query, maxBytes, deadline)) {
            return new Rows(rows.columns(), rows.remaining());
        }
    }

    /**
     * Begins a query whose rows are fetched one by one; the first is fetched now. Throws as {@link #query} does.
     *
     * @param maxBytes bound on the rows handed out in all; {@code Long.MAX_VALUE} for none
     */
    public Cursor open(SqlStatement query, long maxBytes, long deadline) {
        if (cursor != null) {
            throw new IllegalStateException("the reader's last query has not been closed");
        }
        enter();
        try {
            return openUsing(query, maxBytes, deadline);
        } finally {
            leave();
        }
    }

    private Cursor openUsing(SqlStatement query, long maxBytes, long deadline) {
        context.time(clock.wallMillis());
        begin(deadline);
        NativeStatement statement = null;
        boolean opened = false;
        try {
            statement = statement(query);
            boolean row = statement.execute(query.values());
            // Asked only now: SQLite prepares anew in the first step if the schema has changed.
            Cursor rows = new Cursor(query.sql(), statement, statement.columns(), row, maxBytes);
            cursor = rows;
            opened = true;
            return rows;
        } catch (SQLException e) {
            throw failed(e);
        } finally {
            if (!opened) {
                end(query.sql(), statement);
            }
        }
    }

    private NativeStatement statement(SqlStatement query) throws SQLException {
        String sql = query.sql();
        NativeStatement known = statements.get(sql);
        if (known == null) {
            int parameters = checked(sql);
            checkCount(parameters, query);
            known = NativeStatement.prepare(connection, sql);
            statements.put(sql, known);
        } else {
            checkCount(known.parameterCount(), query);
        }
        return known;
    }

    private static void checkCount(int parameters, SqlStatement query) {
        if (parameters != query.values().size()) {
            throw StatementRules.refused("the statement has " + parameters + " parameters, but "
                    + query.values().size() + " values were given");
        }
    }

    private int checked(String sql) throws SQLException {
        return QueryCheck.check(connection, sql);
    }

    private WesDbException failed(SQLException error) {
        Throwable fault = context.takeFault();
        int code = SqliteErrors.code(error);
        if (isRetired()) {
            throw notReady(error);
        }
        boolean interrupt = SqliteErrors.is(error, SQLiteErrorCode.SQLITE_INTERRUPT);
        // Out of memory is what this one query asked for, as far as anyone can tell.
        boolean outcome = interrupt
                || (fault == null
                        && (SqliteErrors.isOutcome(error) || SqliteErrors.is(error, SQLiteErrorCode.SQLITE_NOMEM)));
        if (!outcome) {
            damaged = true;
            StorageException.Kind kind = fault == null ? SqliteErrors.kind(error) : StorageException.Kind.FATAL;
            throw new StorageException(
                    kind, "cannot read: " + SqliteErrors.message(error), fault == null ? error : fault);
        }
        return interrupt
                ? new QueryTimeoutException("the query took too long and was interrupted", error)
                : new SqlException(SqliteErrors.message(error), code, 0);
    }

    private void begin(long deadline) {
        synchronized (lock) {
            running = true;
            interrupted = false;
            deadlineNanos = deadline;
        }
        checkTime();
    }

    /** A query waiting for its consumer is not in SQLite, where the interrupt would reach it. */
    private void checkTime() {
        boolean late;
        synchronized (lock) {
            if (retired) {
                throw notReady(null);
            }
            late = interrupted || clock.nanos() - deadlineNanos >= 0;
            if (late) {
                running = cursor != null;
            }
        }
        if (late) {
            throw new QueryTimeoutException("the query took too long and was interrupted");
        }
    }

    /** The statement is reset before an interrupt is shut out, so none is left behind in SQLite for the next query. */
    private void end(String sql, @Nullable NativeStatement statement) {
        if (!tryEnter()) {
            return; // the connection was closed, and its statements with it
        }
        try {
            if (statement != null) {
                statement.reset();
                if (statements.get(sql) != statement) {
                    statement.close();
                } else if (statement.isClosed()) {
                    statements.remove(sql);
                }
            }
        } catch (SQLException e) {
            damaged = true;
        }
        synchronized (lock) {
            running = false;
        }
        leave();
    }

    /** From now on until {@link #leave} nobody else closes the connection. */
    private void enter() {
        synchronized (lock) {
            if (retired) {
                throw notReady(null);
            }
            using++;
        }
    }

    /** For ending what was begun: false if the connection is closed, and there is nothing to end. */
    private boolean tryEnter() {
        synchronized (lock) {
            if (closed) {
                return false;
            }
            using++;
            return true;
        }
    }

    private void leave() {
        synchronized (lock) {
            using--;
            if (!retired || using > 0) {
                return;
            }
            closeConnection();
        }
        onClosed.accept(this);
    }

    private boolean isRetired() {
        synchronized (lock) {
            return retired;
        }
    }

    private static NotDoneException notReady(@Nullable Throwable cause) {
        return new NotDoneException(
                ErrorCode.NOT_READY, "this node has stopped reading its file for now", RETRY_AFTER, cause);
    }

    /** From any thread: interrupts the query that runs now, if one does. */
    public void interrupt() {
        synchronized (lock) {
            if (running) {
                interrupted = true;
                interruptSqlite();
            }
        }
    }

    private void interruptSqlite() {
        try {
            connection.getDatabase().interrupt();
        } catch (SQLException e) {
            damaged = true;
        }
    }

    /**
     * From any thread: the connection is closed, now or by who is using it, whose query is interrupted. An interrupt
     * that comes before the query has got into SQLite is lost: to be repeated until it is closed.
     */
    void retire() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            retired = true;
            if (using > 0) {
                interruptSqlite();
                return;
            }
            closeConnection();
        }
        onClosed.accept(this);
    }

    private void closeConnection() {
        closed = true;
        running = false;
        statements.clear();
        try {
            functions.close();
        } catch (SQLException e) {
            damaged = true;
        }
        Connections.closeQuietly(connection);
    }

    void interruptIfLate(long nowNanos) {
        synchronized (lock) {
            if (running && nowNanos - deadlineNanos >= 0) {
                interrupt();
            }
        }
    }

    /** Ends what the reader's user has left open; false if the connection had better not be used again. */
    boolean finish() {
        Cursor open = cursor;
        if (open != null) {
            open.close();
        }
        return !damaged;
    }

    /** The rows of a query, fetched one by one. For one thread at a time. */
    public final class Cursor implements AutoCloseable {
        private final String sql;
        private final NativeStatement statement;
        private final List<String> columns;
        private final RowReader reader;
        private boolean row;
        private boolean closed;

        private Cursor(String sql, NativeStatement statement, List<String> columns, boolean row, long maxBytes) {
            this.sql = sql;
            this.statement = statement;
            this.columns = columns;
            this.row = row;
            this.reader = new RowReader(maxBytes);
        }

        public List<String> columns() {
            return columns;
        }

        /** The next row; null at the end. Throws as {@link Reader#query} does, and is closed then. */
        public @Nullable Row next() {
            if (!row || closed) {
                close();
                return null;
            }
            boolean read = false;
            try {
                Row next = readAndStep();
                read = true;
                return next;
            } catch (SQLException e) {
                throw failed(e);
            } catch (RowReader.ResultTooLargeException e) {
                throw new TooLargeException(String.valueOf(e.getMessage()), e);
            } finally {
                if (!read) {
                    close();
                }
            }
        }

        private Row readAndStep() throws SQLException, RowReader.ResultTooLargeException {
            enter();
            try {
                checkTime();
                Row next = reader.read(statement, columns);
                row = statement.step();
                return next;
            } finally {
                leave();
            }
        }

        private List<Row> remaining() {
            List<Row> rows = new ArrayList<>();
            for (Row next = next(); next != null; next = next()) {
                rows.add(next);
            }
            return rows;
        }

        /** Ends the query. A second call does nothing. */
        @Override
        public void close() {
            if (!closed) {
                closed = true;
                cursor = null;
                end(sql, statement);
            }
        }
    }
}
