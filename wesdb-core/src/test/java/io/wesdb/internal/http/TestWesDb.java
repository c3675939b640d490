package io.wesdb.internal.http;

import io.wesdb.ClosedException;
import io.wesdb.ConstraintException;
import io.wesdb.ErrorCode;
import io.wesdb.InvalidRequestException;
import io.wesdb.LeaderListener;
import io.wesdb.NodeStatus;
import io.wesdb.NotAQueryException;
import io.wesdb.NotDoneException;
import io.wesdb.QueryResult;
import io.wesdb.QueryTimeoutException;
import io.wesdb.ReadOptions;
import io.wesdb.ReadTransaction;
import io.wesdb.Role;
import io.wesdb.Row;
import io.wesdb.RowStream;
import io.wesdb.Session;
import io.wesdb.SqlException;
import io.wesdb.Statement;
import io.wesdb.StatementResult;
import io.wesdb.TooLargeException;
import io.wesdb.Transaction;
import io.wesdb.VerificationResult;
import io.wesdb.WesDb;
import io.wesdb.WesDbException;
import io.wesdb.WriteOptions;
import io.wesdb.WriteResult;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteException;

/**
 * A {@link WesDb} of one plain SQLite file, for tests of what stands before a database: no log, no cluster, one writer
 * thread. {@link #failNext} makes the next call fail as a real node may.
 */
final class TestWesDb implements WesDb {
    private static final int MAX_ROWS = 100_000;

    private final String url;
    private final Connection writer;
    private final ExecutorService writes = Executors.newSingleThreadExecutor(work -> thread(work, "test-writer"));
    private final ExecutorService reads = Executors.newCachedThreadPool(work -> thread(work, "test-reader"));
    private final AtomicLong index = new AtomicLong();
    private final AtomicReference<RuntimeException> nextFailure = new AtomicReference<>();
    final AtomicInteger openStreams = new AtomicInteger();
    final AtomicLong rowsFetched = new AtomicLong();
    final AtomicInteger runningQueries = new AtomicInteger();
    /** Nodes that were removed and trusted, as {@code remove n2}, in their order. */
    final List<String> decisions = new CopyOnWriteArrayList<>();
    /** Of each write. */
    final List<String> callers = new CopyOnWriteArrayList<>();
    /** What the next verifications come to, and the timeout that the last one was asked with. */
    volatile VerificationResult verification = new VerificationResult(7, List.of("n1"), Map.of(), List.of(), false);

    volatile Duration verifyTimeout = Duration.ZERO;
    volatile Role role = Role.LEADER;
    volatile boolean connected = true;
    volatile long lagMillis;
    volatile long logFirst;
    volatile String fault;
    volatile NodeStatus.Recovery recovery;
    volatile String dispute;
    private volatile boolean closed;

    TestWesDb(Path file) throws SQLException {
        this.url = "jdbc:sqlite:" + file;
        this.writer = DriverManager.getConnection(url);
        try (java.sql.Statement pragma = writer.createStatement()) {
            pragma.execute("PRAGMA journal_mode=WAL");
            pragma.execute("PRAGMA synchronous=OFF");
        }
        writer.setAutoCommit(false);
    }

    private static Thread thread(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    void failNext(RuntimeException failure) {
        nextFailure.set(failure);
    }

    private void check() {
        RuntimeException failure = nextFailure.getAndSet(null);
        if (failure != null) {
            throw failure;
        } else if (closed) {
            throw new ClosedException("closed");
        } else if (!serves()) {
            throw new NotDoneException(
                    ErrorCode.NOT_READY, "this node does not serve: " + fault, Duration.ofSeconds(1));
        }
    }

    private boolean serves() {
        return role == Role.LEADER || role == Role.FOLLOWER;
    }

    @Override
    public CompletableFuture<WriteResult> executeAsync(List<Statement> statements, WriteOptions options) {
        callers.add(String.valueOf(options.caller()));
        return CompletableFuture.supplyAsync(
                () -> {
                    check();
                    return write(statements);
                },
                writes);
    }

    @Override
    public CompletableFuture<WriteResult> executeScriptAsync(String script, WriteOptions options) {
        List<Statement> statements = new ArrayList<>();
        for (String sql : script.split(";")) {
            if (!sql.isBlank()) {
                statements.add(Statement.of(sql));
            }
        }
        return executeAsync(statements, options);
    }

    private WriteResult write(List<Statement> statements) {
        try {
            List<StatementResult> results = new ArrayList<>();
            for (Statement statement : statements) {
                results.add(write(statement));
            }
            writer.commit();
            return new WriteResult(index.incrementAndGet(), results);
        } catch (SQLException e) {
            rollback();
            throw fault(e);
        } catch (WesDbException e) {
            rollback();
            throw e;
        }
    }

    private void rollback() {
        try {
            writer.rollback();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private StatementResult write(Statement statement) throws SQLException {
        try (PreparedStatement prepared = prepare(writer, statement)) {
            if (prepared.execute()) {
                try (ResultSet rows = prepared.getResultSet()) {
                    List<String> columns = columnsOf(rows);
                    List<Row> all = new ArrayList<>();
                    while (rows.next()) {
                        all.add(row(columns, rows));
                    }
                    return new StatementResult(all.size(), OptionalLong.empty(), columns, all);
                }
            }
            boolean insert = statement.sql().strip().toLowerCase(Locale.ROOT).startsWith("insert");
            OptionalLong rowId = OptionalLong.empty();
            if (insert) {
                try (PreparedStatement last = writer.prepareStatement("SELECT last_insert_rowid()");
                        ResultSet id = last.executeQuery()) {
                    rowId = OptionalLong.of(id.getLong(1));
                }
            }
            return new StatementResult(Math.max(0, prepared.getUpdateCount()), rowId, List.of(), List.of());
        }
    }

    @Override
    public QueryResult query(ReadOptions options, Statement statement) {
        try (RowStream stream = stream(options, statement)) {
            List<Row> rows = new ArrayList<>();
            for (Row row : stream) {
                rows.add(row);
                if (rows.size() > MAX_ROWS) {
                    throw new TooLargeException("the result is too large");
                }
            }
            return new QueryResult(index.get(), stream.columns(), rows);
        }
    }

    @Override
    public CompletableFuture<QueryResult> queryAsync(ReadOptions options, Statement statement) {
        CompletableFuture<QueryResult> result = new CompletableFuture<>();
        AtomicReference<SQLiteConnection> running = new AtomicReference<>();
        result.whenComplete((done, thrown) -> {
            SQLiteConnection connection = running.get();
            if (result.isCancelled() && connection != null) {
                interrupt(connection);
            }
        });
        reads.execute(() -> {
            runningQueries.incrementAndGet();
            try {
                check();
                Rows rows = new Rows(options, statement, running);
                if (result.isCancelled()) {
                    rows.close();
                    return;
                }
                try (rows) {
                    List<Row> all = new ArrayList<>();
                    rows.iterator().forEachRemaining(row -> {
                        all.add(row);
                        if (all.size() > MAX_ROWS) {
                            throw new TooLargeException("the result is too large");
                        }
                    });
                    result.complete(new QueryResult(index.get(), rows.columns(), all));
                }
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            } finally {
                runningQueries.decrementAndGet();
            }
        });
        return result;
    }

    private static void interrupt(SQLiteConnection connection) {
        try {
            connection.getDatabase().interrupt();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public RowStream stream(ReadOptions options, Statement statement) {
        check();
        return new Rows(options, statement, new AtomicReference<>());
    }

    @Override
    public CompletableFuture<RowStream> streamAsync(ReadOptions options, Statement statement) {
        return CompletableFuture.supplyAsync(() -> stream(options, statement), reads);
    }

    @Override
    public <T, X extends Exception> T readTransaction(ReadOptions options, ReadTransaction.Work<T, X> work) {
        throw new UnsupportedOperationException("HTTP has no transactions");
    }

    @Override
    public <T, X extends Exception> T transaction(WriteOptions options, Transaction.Work<T, X> work) {
        throw new UnsupportedOperationException("HTTP has no transactions");
    }

    @Override
    public Session session(long first) {
        throw new UnsupportedOperationException("HTTP has no sessions but minIndex");
    }

    private final class Rows implements RowStream, Iterator<Row> {
        private final SQLiteConnection connection;
        private final PreparedStatement prepared;
        private final ResultSet rows;
        private final List<String> columns;
        private final long deadline;
        private boolean fetched;
        private boolean present;
        private boolean ended;

        Rows(ReadOptions options, Statement statement, AtomicReference<SQLiteConnection> running) {
            String first = statement.sql().strip().toLowerCase(Locale.ROOT).split("\\s", 2)[0];
            if (!List.of("select", "with", "values", "pragma", "selec").contains(first)) {
                throw new NotAQueryException("an update query must be ran using execute");
            }
            deadline = options.timeout() == null
                    ? Long.MAX_VALUE
                    : System.nanoTime() + options.timeout().toNanos();
            try {
                connection = (SQLiteConnection) DriverManager.getConnection(url);
                running.set(connection);
                try {
                    prepared = prepare(connection, statement);
                    rows = prepared.executeQuery();
                    columns = columnsOf(rows);
                } catch (SQLException | WesDbException e) {
                    connection.close();
                    throw e;
                }
            } catch (SQLException e) {
                throw fault(e);
            }
            openStreams.incrementAndGet();
        }

        @Override
        public long index() {
            return index.get();
        }

        @Override
        public List<String> columns() {
            return columns;
        }

        @Override
        public Iterator<Row> iterator() {
            return this;
        }

        @Override
        public void cancel() {
            interrupt(connection);
        }

        @Override
        public boolean hasNext() {
            if (!fetched) {
                if (System.nanoTime() > deadline) {
                    throw new QueryTimeoutException("the query took too long");
                }
                try {
                    present = rows.next();
                    fetched = true;
                } catch (SQLException e) {
                    throw fault(e);
                }
            }
            return present;
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            fetched = false;
            rowsFetched.incrementAndGet();
            try {
                return row(columns, rows);
            } catch (SQLException e) {
                throw fault(e);
            }
        }

        @Override
        public void close() {
            if (!ended) {
                ended = true;
                openStreams.decrementAndGet();
                try {
                    connection.close();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    private static PreparedStatement prepare(Connection connection, Statement statement) throws SQLException {
        PreparedStatement prepared = connection.prepareStatement(statement.sql());
        List<Object> parameters = statement.positionalParameters();
        if (parameters == null) {
            parameters = new ArrayList<>(statement.namedParameters().values()); // in their order, good enough here
        }
        if (prepared.getParameterMetaData().getParameterCount() != parameters.size()) {
            prepared.close();
            throw new InvalidRequestException("wrong parameter count");
        }
        for (int i = 0; i < parameters.size(); i++) {
            prepared.setObject(i + 1, parameters.get(i));
        }
        return prepared;
    }

    private static List<String> columnsOf(ResultSet rows) throws SQLException {
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
            columns.add(rows.getMetaData().getColumnName(i));
        }
        return columns;
    }

    private static Row row(List<String> columns, ResultSet rows) throws SQLException {
        Object[] values = new Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
            Object value = rows.getObject(i + 1);
            values[i] = value instanceof Integer whole ? (Object) whole.longValue() : value;
        }
        return new Row(columns, values);
    }

    private static WesDbException fault(SQLException e) {
        if (!(e instanceof SQLiteException sqlite)) {
            return new SqlException(e.getMessage(), 0, 0);
        }
        int code = sqlite.getResultCode().code;
        return (code & 0xff) == 19
                ? new ConstraintException(e.getMessage(), code, 0)
                : new SqlException(e.getMessage(), code, 0);
    }

    @Override
    public WriteResult execute(List<Statement> statements, WriteOptions options) {
        return executeAsync(statements, options).join();
    }

    @Override
    public WriteResult executeScript(String script, WriteOptions options) {
        return executeScriptAsync(script, options).join();
    }

    @Override
    public NodeStatus status() {
        return new NodeStatus(
                "default",
                "7f1c",
                "n1",
                role,
                serves(),
                3,
                new NodeStatus.Leader("n1", "127.0.0.1:1"),
                index.get(),
                index.get(),
                0,
                logFirst,
                lagMillis,
                connected,
                "127.0.0.1:1",
                null,
                0,
                0,
                0,
                fault,
                recovery,
                dispute,
                List.of(new NodeStatus.Member("n1", "127.0.0.1:1", Role.LEADER, index.get(), 0, "test")),
                "3",
                "test",
                1);
    }

    @Override
    public VerificationResult verify(Duration timeout) {
        return verifyAsync(timeout).join();
    }

    @Override
    public CompletableFuture<VerificationResult> verifyAsync(Duration timeout) {
        verifyTimeout = timeout;
        return CompletableFuture.supplyAsync(
                () -> {
                    check();
                    return verification;
                },
                reads);
    }

    @Override
    public void removeNode(String node) {
        decide("remove", node);
    }

    @Override
    public void trustNode(String node) {
        decide("trust", node);
    }

    @Override
    public String transferLeadership() {
        return transferLeadershipAsync().join();
    }

    @Override
    public String transferLeadership(String node) {
        return transferLeadershipAsync(node).join();
    }

    /** What is asked for does not come to its end until this completes. */
    volatile CompletableFuture<Void> transfersEnd = CompletableFuture.completedFuture(null);

    @Override
    public CompletableFuture<String> transferLeadershipAsync() {
        return transfersEnd.thenApply(end -> {
            decide("transfer", "next");
            return "n2";
        });
    }

    @Override
    public CompletableFuture<String> transferLeadershipAsync(String node) {
        return transfersEnd.thenApply(end -> {
            decide("transfer", node);
            return node;
        });
    }

    private void decide(String decision, String node) {
        RuntimeException failure = nextFailure.getAndSet(null);
        if (failure != null) {
            throw failure;
        } else if (!node.startsWith("n")) {
            throw new InvalidRequestException("there is no node '" + node + "' on the register");
        }
        decisions.add(decision + " " + node);
    }

    @Override
    public AutoCloseable onLeaderChange(LeaderListener listener) {
        return () -> {};
    }

    @Override
    public void close() {
        closed = true;
        writes.shutdown();
        reads.shutdown();
        try {
            writer.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
