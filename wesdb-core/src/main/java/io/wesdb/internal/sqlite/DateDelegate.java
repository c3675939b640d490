package io.wesdb.internal.sqlite;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Collections;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;

/** SQLite's own functions, called on a connection to an empty database in memory, opened at the first call. */
final class DateDelegate implements AutoCloseable {
    private static final int MAX_STATEMENTS = 64;

    private @Nullable SQLiteConnection connection;
    private final BoundedCache<NativeStatement> statements =
            new BoundedCache<>(MAX_STATEMENTS, NativeStatement::closeQuietly);

    @Nullable Object call(String name, @Nullable Object[] arguments) throws SQLException {
        NativeStatement statement = statement(name, arguments.length);
        try {
            return statement.execute(arguments) ? statement.value(0) : null;
        } finally {
            statement.reset();
        }
    }

    private NativeStatement statement(String name, int argumentCount) throws SQLException {
        String key = name + argumentCount;
        NativeStatement statement = statements.get(key);
        if (statement == null) {
            String sql = "SELECT " + name + '(' + String.join(",", Collections.nCopies(argumentCount, "?")) + ')';
            statement = NativeStatement.prepare(connection(), sql);
            statements.put(key, statement);
        }
        return statement;
    }

    private SQLiteConnection connection() throws SQLException {
        SQLiteConnection open = connection;
        if (open == null) {
            open = (SQLiteConnection) DriverManager.getConnection("jdbc:sqlite::memory:");
            open.setAutoCommit(false); // spares the driver a probe with BEGIN after every call
            connection = open;
        }
        return open;
    }

    @Override
    public void close() throws SQLException {
        statements.clear();
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }
}
