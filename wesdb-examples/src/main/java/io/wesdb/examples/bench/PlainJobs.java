package io.wesdb.examples.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** The yardsticks that sqlite-jdbc alone gives: in WAL mode, {@code synchronous=FULL}, prepared statements kept. */
final class PlainJobs {
    static final String READ = "SELECT id, x FROM p WHERE id = ?";

    private PlainJobs() {}

    static Map<String, Worker.Job> all() {
        return Map.of(
                "sqlite-fill", PlainJobs::fill,
                "sqlite-inserts", PlainJobs::inserts,
                "sqlite-transactions", PlainJobs::transactions,
                "sqlite-reads", PlainJobs::reads);
    }

    /** For both sides: the rows that are read. */
    static String fillSql(int keys) {
        return "INSERT INTO p WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < " + keys
                + ") SELECT i, '" + RowIds.FIXED_TEXT + "' FROM c";
    }

    static final String READ_TABLE = "CREATE TABLE p(id INTEGER PRIMARY KEY, x TEXT)";

    private static Connection open(Fields details) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + Path.of(details.text("file")));
        try (java.sql.Statement pragma = connection.createStatement()) {
            pragma.execute("PRAGMA journal_mode=WAL");
            pragma.execute("PRAGMA synchronous=FULL");
        }
        return connection;
    }

    private static Map<String, ?> fill(Fields details) throws SQLException {
        try (Connection connection = open(details);
                java.sql.Statement statement = connection.createStatement()) {
            statement.execute(RowIds.TABLE);
            statement.execute(READ_TABLE);
            statement.execute(fillSql(details.number("keys", 1)));
        }
        return Map.of();
    }

    /** One writer: SQLite has no more at a time. */
    private static Map<String, ?> inserts(Fields details) throws Exception {
        return ThreadLoad.run(
                        1, details.number("millis"), number -> new Writer(open(details), 1, details.number("bytes", 0)))
                .toMap();
    }

    private static Map<String, ?> transactions(Fields details) throws Exception {
        return ThreadLoad.run(
                        1,
                        details.number("millis"),
                        number -> new Writer(open(details), details.number("rows", 1_000), 0))
                .toMap();
    }

    private static Map<String, ?> reads(Fields details) throws Exception {
        return ThreadLoad.run(
                        details.number("callers", 1),
                        details.number("millis"),
                        number -> new Reader(open(details), details.number("keys", 1)))
                .toMap();
    }

    private static final class Writer implements ThreadLoad.Caller {
        private final Connection connection;
        private final PreparedStatement insert;
        private final int rows;
        private final int bytes;
        private long next;

        Writer(Connection connection, int rows, int bytes) throws SQLException {
            this.connection = connection;
            this.rows = rows;
            this.bytes = bytes;
            try (java.sql.Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery("SELECT coalesce(max(id), 0) + 1 FROM t")) {
                next = result.getLong(1);
            }
            connection.setAutoCommit(rows == 1);
            insert = connection.prepareStatement(RowIds.INSERT);
        }

        @Override
        public int call() throws SQLException {
            if (rows == 1) {
                bind();
                insert.executeUpdate();
                return 1;
            }
            for (int i = 0; i < rows; i++) {
                bind();
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
            return rows;
        }

        private void bind() throws SQLException {
            insert.setLong(1, next);
            if (bytes == 0) {
                insert.setString(2, RowIds.text(next));
            } else {
                insert.setBytes(2, RowIds.blob(next, bytes));
            }
            next++;
        }

        @Override
        public void close() throws SQLException {
            insert.close();
            connection.close();
        }
    }

    private static final class Reader implements ThreadLoad.Caller {
        private final Connection connection;
        private final PreparedStatement select;
        private final int keys;

        Reader(Connection connection, int keys) throws SQLException {
            this.connection = connection;
            this.keys = keys;
            select = connection.prepareStatement(READ);
        }

        @Override
        public int call() throws SQLException {
            select.setLong(1, 1 + ThreadLocalRandom.current().nextInt(keys));
            try (ResultSet result = select.executeQuery()) {
                if (!result.next() || result.getLong(1) == 0 || !RowIds.FIXED_TEXT.equals(result.getString(2))) {
                    throw new IllegalStateException("a read gave another value than was written");
                }
            }
            return 1;
        }

        @Override
        public void close() throws SQLException {
            select.close();
            connection.close();
        }
    }
}
