package io.wesdb.examples.sql;

import io.wesdb.examples.sql.Outcome.Result;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.sqlite.Function;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteException;

/**
 * SQLite through its JDBC driver alone, in a file of its own, doing what the README says that wesdb does: a command is a
 * transaction, of which an error leaves nothing. For one thread.
 */
final class BareSqlite implements AutoCloseable {
    private static final int CONSTRAINT = 19;

    private final SQLiteConnection connection;
    private final RowIdProbe rowIds;
    private long totalChangesBefore;

    private BareSqlite(SQLiteConnection connection) throws SQLException {
        this.connection = connection;
        run("PRAGMA journal_mode = WAL");
        run("PRAGMA synchronous = OFF");
        run("PRAGMA foreign_keys = ON");
        // The driver's own transactions are switched off by beginning and ending one: we say BEGIN and COMMIT
        // ourselves.
        connection.setAutoCommit(false);
        run("COMMIT");
        rowIds = new RowIdProbe(this);
        // total_changes() is what this command did; here it would be what the connection has done.
        Function.create(connection, "total_changes", new Function() {
            @Override
            protected void xFunc() throws SQLException {
                result(connection.getDatabase().total_changes() - totalChangesBefore);
            }
        });
    }

    static BareSqlite open(Path file) throws SQLException {
        return new BareSqlite((SQLiteConnection) DriverManager.getConnection("jdbc:sqlite:" + file));
    }

    void run(String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }

    /** Without its showing in total_changes(). */
    void runUncounted(String sql) throws SQLException {
        long before = connection.getDatabase().total_changes();
        run(sql);
        totalChangesBefore += connection.getDatabase().total_changes() - before;
    }

    long number(String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet result = statement.executeQuery()) {
            return result.getLong(1);
        }
    }

    long changes() throws SQLException {
        return connection.getDatabase().changes();
    }

    /** For one that may be gone, or a virtual one. */
    OptionalInt count(Table table) {
        try {
            return OptionalInt.of((int) number("SELECT count(*) FROM " + table.name()));
        } catch (SQLException e) {
            return OptionalInt.empty();
        }
    }

    Outcome execute(Step.Command command) throws SQLException {
        if (command.statements().get(0).kind() == Sql.Kind.VACUUM) {
            return vacuum();
        }
        int at = 0;
        try {
            rowIds.forget();
            totalChangesBefore = connection.getDatabase().total_changes();
            run("BEGIN IMMEDIATE");
            List<Result> results = new ArrayList<>();
            for (Sql sql : command.statements()) {
                results.add(statement(sql));
                at++;
            }
            at = command.statements().size() - 1; // what COMMIT says is said of the last one
            run("COMMIT");
            return new Outcome.Done(results);
        } catch (SQLException e) {
            Outcome.Refused refused = refused(e, at);
            rollBack();
            return refused;
        } finally {
            if (command.schema()) {
                // What SQLite remembers of a schema and its statistics after changing them bit by bit, or after taking
                // a
                // change back, decides plans, and with them the order in which rows are written. A connection that was
                // just
                // opened is the one to compare with.
                run("PRAGMA writable_schema = RESET");
            }
        }
    }

    private Outcome vacuum() throws SQLException {
        run("VACUUM");
        return new Outcome.Done(List.of(new Result(0, null, List.of(), List.of())));
    }

    /** OR ROLLBACK has done it already. */
    private void rollBack() throws SQLException {
        try {
            run("ROLLBACK");
        } catch (SQLiteException e) {
            if (e.getResultCode().code != 1) {
                throw e;
            }
        }
    }

    Outcome query(Sql sql) {
        try {
            return new Outcome.Done(List.of(rows(sql)));
        } catch (SQLException e) {
            return refused(e, 0);
        }
    }

    private Result statement(Sql sql) throws SQLException {
        if (sql.kind() == Sql.Kind.INSERT) {
            return rowIds.insert(sql);
        }
        Result result = rows(sql);
        return new Result(sql.kind().counts() ? changes() : 0, null, result.columns(), result.rows());
    }

    /** Runs it to its end, without looking at what it changed. */
    Result rows(Sql sql) throws SQLException {
        // PRAGMA optimize looks at what its connection has done; with this mask it looks at the content only, as wesdb
        // does.
        String text = sql.text().equals("PRAGMA optimize") ? "PRAGMA optimize = 0x10012" : sql.text();
        try (PreparedStatement statement = connection.prepareStatement(text)) {
            for (int i = 0; i < sql.parameters().size(); i++) {
                bind(statement, i + 1, sql.parameters().get(i).value());
            }
            List<String> rows = new ArrayList<>();
            List<String> columns = new ArrayList<>();
            if (statement.execute()) {
                try (ResultSet result = statement.getResultSet()) {
                    for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                        columns.add(result.getMetaData().getColumnName(i));
                    }
                    while (result.next()) {
                        rows.add(row(result, columns.size()));
                    }
                }
            }
            // A PRAGMA that acts has a column and no rows in SQLite; for wesdb it gives no rows, and so has none.
            boolean none = sql.kind() == Sql.Kind.OTHER && rows.isEmpty();
            return new Result(0, null, none ? List.of() : columns, rows);
        }
    }

    private static void bind(PreparedStatement statement, int position, @Nullable Object value) throws SQLException {
        if (value instanceof byte[] bytes) {
            statement.setBytes(position, bytes);
        } else {
            statement.setObject(position, value);
        }
    }

    private static String row(ResultSet result, int columns) throws SQLException {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= columns; i++) {
            Object value = result.getObject(i);
            if (value == null && !result.wasNull()) {
                value = new byte[0]; // how the driver gives a blob without bytes
            }
            row.append(i == 1 ? "" : "|").append(Value.exact(value));
        }
        return row.toString();
    }

    private static Outcome.Refused refused(SQLException error, int statement) {
        int code = error instanceof SQLiteException sqlite ? sqlite.getResultCode().code : -1;
        String kind = code >= 0 && (code & 0xff) == CONSTRAINT ? "ConstraintException" : "SqlException";
        return new Outcome.Refused(kind, code, statement, String.valueOf(error.getMessage()));
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
