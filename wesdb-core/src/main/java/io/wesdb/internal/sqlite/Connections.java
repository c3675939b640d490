package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.StorageException.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteLimits;
import org.sqlite.SQLiteOpenMode;

/**
 * Opens connections with every setting that could change a result fixed, so that nodes agree (I3) whatever the library's
 * defaults are. Stateless.
 */
final class Connections {
    /** SQLITE_LIMIT_LENGTH: no text, blob or row is longer. A constant, for it decides outcomes. */
    static final int MAX_LENGTH_BYTES = 64 * 1024 * 1024;

    /**
     * SQLITE_LIMIT_LIKE_PATTERN_LENGTH: LIKE and GLOB call themselves for each wildcard, and with SQLite's own limit of
     * 50,000 that runs over the end of a thread's stack, which ends the process. A constant, for it decides outcomes.
     */
    static final int MAX_PATTERN_BYTES = 8 * 1024;

    static final int BUSY_TIMEOUT_MILLIS = 5_000;

    private Connections() {}

    static SQLiteConnection openWriter(ReplicaSettings settings) {
        Path path = settings.path();
        checkDirectory(path);
        try {
            SQLiteConnection connection = (SQLiteConnection) DriverManager.getConnection("jdbc:sqlite:" + path);
            try {
                configureWriter(connection, settings);
                return connection;
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw SqliteErrors.fault("cannot open " + path, e);
        }
    }

    private static void checkDirectory(Path path) {
        Path directory = path.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new StorageException(Kind.RETRY, "the directory of " + path + " does not exist", null);
        } else if (Files.isDirectory(path)) {
            throw new StorageException(Kind.FATAL, path + " is a directory", null);
        } else if (!Files.isWritable(directory) || (Files.exists(path) && !Files.isWritable(path))) {
            throw new StorageException(Kind.RETRY, path + " or its directory is not writable", null);
        }
    }

    private static void configureWriter(SQLiteConnection connection, ReplicaSettings settings) throws SQLException {
        pragma(connection, "page_size=" + settings.pageSizeBytes());
        pragma(connection, "encoding='UTF-8'");
        pragma(connection, "auto_vacuum=0");
        pragma(connection, "journal_mode=WAL");
        // In WAL mode NORMAL keeps the file consistent over a power failure; what is lost is in the log (I2).
        pragma(connection, "synchronous=NORMAL");
        // Checkpoints are the node's business; this is for when it does not get to it. See WalRelief for the bound
        // (I12).
        pragma(connection, "wal_autocheckpoint=16384");
        pragma(connection, "journal_size_limit=67108864");
        pragma(connection, "locking_mode=NORMAL");
        shared(connection, settings);
    }

    static SQLiteConnection openReader(ReplicaSettings settings) {
        return openReadOnly(settings, new SQLiteConfig());
    }

    /**
     * For reading everything, one thread at a time and never interrupted: without SQLite's lock around each access to a
     * column, which would cost as much as the access.
     */
    static SQLiteConnection openScanner(ReplicaSettings settings) {
        SQLiteConfig config = new SQLiteConfig();
        config.setOpenMode(SQLiteOpenMode.NOMUTEX);
        return openReadOnly(settings, config);
    }

    private static SQLiteConnection openReadOnly(ReplicaSettings settings, SQLiteConfig config) {
        Path path = settings.path();
        if (!Files.isRegularFile(path)) {
            throw new StorageException(Kind.RETRY, "there is no database at " + path, null);
        }
        config.resetOpenMode(SQLiteOpenMode.CREATE);
        config.setReadOnly(true);
        try {
            SQLiteConnection connection = (SQLiteConnection) config.createConnection("jdbc:sqlite:" + path);
            try {
                shared(connection, settings);
                pragma(connection, "query_only=ON");
                return connection;
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw SqliteErrors.fault("cannot open " + path + " for reading", e);
        }
    }

    /** For copying the file while others write to it; nothing is written through it, see {@link FileCopy}. */
    static SQLiteConnection openForCopy(Path path) throws SQLException {
        if (!Files.isRegularFile(path)) {
            throw new StorageException(StorageException.Kind.RETRY, "there is no database at " + path, null);
        }
        SQLiteConfig config = new SQLiteConfig();
        config.resetOpenMode(SQLiteOpenMode.CREATE);
        return ready((SQLiteConnection) config.createConnection("jdbc:sqlite:" + path));
    }

    private static SQLiteConnection ready(SQLiteConnection connection) throws SQLException {
        try {
            connection.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
            withoutDriversTransactions(connection);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** How to open a file of which nothing is known. */
    enum Look {
        /** Without locks and without any other file: for a file with none beside it, that no one writes to. */
        ALONE("immutable=1"),
        /** Reads the write-ahead log as well; SQLite rebuilds its index of that, the -shm file. */
        WITH_WAL("mode=ro"),
        /** For a file whose last transaction SQLite must undo or finish before it can be read, or that is to change. */
        RECOVERING("mode=rw");

        private final String parameter;

        Look(String parameter) {
            this.parameter = parameter;
        }
    }

    /** Changes nothing of the file's settings; SQL functions are SQLite's own. */
    static SQLiteConnection openAsItIs(Path path, Look look) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.resetOpenMode(SQLiteOpenMode.CREATE);
        config.setReadOnly(look != Look.RECOVERING);
        // The URI quotes what would be a parameter in the path.
        String url = "jdbc:sqlite:" + path.toAbsolutePath().toUri() + "?" + look.parameter;
        SQLiteConnection connection = (SQLiteConnection) config.createConnection(url);
        try {
            connection.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
            connection.setLimit(SQLiteLimits.SQLITE_LIMIT_ATTACHED, 0);
            connection.setAutoCommit(false);
            run(connection, "COMMIT");
            pragma(connection, "trusted_schema=ON");
            pragma(connection, "temp_store=FILE");
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static void shared(SQLiteConnection connection, ReplicaSettings settings) throws SQLException {
        connection.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        pragma(connection, "foreign_keys=" + (settings.foreignKeys() ? "ON" : "OFF"));
        pragma(connection, "recursive_triggers=OFF");
        // The schema comes through the log, whose statements are checked; OFF would forbid our functions in triggers.
        pragma(connection, "trusted_schema=ON");
        // Not case_sensitive_like: setting it, be it to what it is, makes LIKE a function that no index may use.
        pragma(connection, "legacy_alter_table=OFF");
        // Sorters, statement journals and VACUUM's copy may be as large as the database.
        pragma(connection, "temp_store=FILE");

        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_ATTACHED, 0);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_LENGTH, MAX_LENGTH_BYTES);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MAX_PATTERN_BYTES);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_WORKER_THREADS, 0);
        withoutDriversTransactions(connection);
    }

    private static void withoutDriversTransactions(SQLiteConnection connection) throws SQLException {
        // The driver probes for an open transaction after every statement in auto-commit mode, and begins one when it
        // is switched off; we say BEGIN and COMMIT ourselves.
        connection.setAutoCommit(false);
        run(connection, "COMMIT");
    }

    private static void pragma(SQLiteConnection connection, String pragma) throws SQLException {
        run(connection, "PRAGMA " + pragma);
    }

    /** Prepares and runs one of wesdb's own statements. */
    static void run(SQLiteConnection connection, String sql) throws SQLException {
        try (NativeStatement statement = NativeStatement.prepare(connection, sql)) {
            statement.run();
        }
    }

    static String sqliteVersion() {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:")) {
            return ((SQLiteConnection) connection).getDatabase().libversion();
        } catch (SQLException e) {
            throw SqliteErrors.fault("cannot load SQLite", e);
        }
    }

    static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // Nothing depends on it: what is committed is in the file or its WAL.
            return;
        }
    }
}
