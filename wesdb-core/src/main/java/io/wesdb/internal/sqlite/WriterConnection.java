package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import java.util.List;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * The replica's one writing connection with its transaction commands. Owned by the applier's thread, except
 * {@link #interrupt}.
 */
final class WriterConnection implements AutoCloseable {
    private final SQLiteConnection connection;
    private final NativeStatement begin;
    private final NativeStatement commit;
    private final NativeStatement rollback;
    private final NativeStatement savepoint;
    private final NativeStatement release;
    private final NativeStatement rollbackTo;
    private long rollbacks;
    private final Object closeLock = new Object();
    private boolean closed; // guarded by closeLock

    WriterConnection(SQLiteConnection connection) throws SQLException {
        this.connection = connection;
        begin = prepare("BEGIN IMMEDIATE");
        commit = prepare("COMMIT");
        rollback = prepare("ROLLBACK");
        savepoint = prepare("SAVEPOINT wesdb_command");
        release = prepare("RELEASE wesdb_command");
        rollbackTo = prepare("ROLLBACK TO wesdb_command");
    }

    NativeStatement prepare(String sql) throws SQLException {
        return NativeStatement.prepare(connection, sql);
    }

    /** From any thread; does nothing once the connection is closed. */
    void interrupt() {
        synchronized (closeLock) {
            if (!closed) {
                try {
                    connection.getDatabase().interrupt();
                } catch (SQLException e) {
                    throw SqliteErrors.fault("cannot interrupt", e);
                }
            }
        }
    }

    SQLiteConnection sqlite() {
        return connection;
    }

    void begin() throws SQLException {
        begin.run();
    }

    void commit() throws SQLException {
        commit.run();
    }

    void savepoint() throws SQLException {
        savepoint.run();
    }

    void release() throws SQLException {
        release.run();
    }

    /**
     * Undoes the command and its savepoint. False if a statement has already undone the whole transaction: then there
     * is no such savepoint, and that is the only ordinary error this can give.
     */
    boolean rollbackToSavepoint() throws SQLException {
        rollbacks++;
        try {
            rollbackTo.run();
        } catch (SQLException e) {
            if (SqliteErrors.is(e, SQLiteErrorCode.SQLITE_ERROR)) {
                return false;
            }
            throw e;
        }
        release.run();
        return true;
    }

    /** Ends the transaction if there still is one. */
    void rollback() throws SQLException {
        rollbacks++;
        try {
            rollback.run();
        } catch (SQLException e) {
            // SQLITE_ERROR: a statement has ended the transaction already.
            if (!SqliteErrors.is(e, SQLiteErrorCode.SQLITE_ERROR)) {
                throw e;
            }
        }
    }

    /** For a transaction that failed; whatever happens, the first error is the one to report. */
    void abandon() {
        rollbacks++;
        try {
            rollback.run();
        } catch (SQLException e) {
            // The file is as it was at the last COMMIT anyway, and the replica is closed after a fault.
            return;
        }
    }

    /** How often something was taken back: while it is the same, nothing that was there before has come back. */
    long rollbacks() {
        return rollbacks;
    }

    @Override
    public void close() {
        synchronized (closeLock) {
            closed = true;
        }
        List.of(begin, commit, rollback, savepoint, release, rollbackTo).forEach(NativeStatement::closeQuietly);
        Connections.closeQuietly(connection);
    }
}
