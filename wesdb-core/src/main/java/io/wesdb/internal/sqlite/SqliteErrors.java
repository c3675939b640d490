package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Tells outcomes, which SQLite gives to every node alike, from faults of one node (https://sqlite.org/rescode.html).
 * In doubt it is a fault: a node that stops can be repaired, one that skips has diverged (I3). Stateless.
 */
final class SqliteErrors {
    private static final int CONSTRAINT = 19;

    private SqliteErrors() {}

    /** The extended code; −1 if there is none. */
    static int code(SQLException error) {
        return error instanceof SQLiteException sqlite ? sqlite.getResultCode().code : -1;
    }

    static boolean isConstraint(int code) {
        return code >= 0 && (code & 0xff) == CONSTRAINT;
    }

    static boolean is(SQLException error, SQLiteErrorCode code) {
        int actual = code(error);
        return actual >= 0 && (actual & 0xff) == code.code;
    }

    static boolean isOutcome(SQLException error) {
        int code = code(error);
        if (code < 0) {
            return false;
        }
        return switch (code & 0xff) {
            case 1, 18, 19, 20, 23, 25 -> true; // ERROR, TOOBIG, CONSTRAINT, MISMATCH, AUTH, RANGE
            // A virtual table's own consistency check, such as FTS5's 'integrity-check', speaks of the content. An
            // R*Tree
            // that the statement itself is still reading says that it is locked, to nobody else.
            default ->
                code == SQLiteErrorCode.SQLITE_CORRUPT_VTAB.code || code == SQLiteErrorCode.SQLITE_LOCKED_VTAB.code;
        };
    }

    /** SQLite's message without the driver's decoration. */
    static String message(SQLException error) {
        String message = String.valueOf(error.getMessage());
        int open = message.indexOf('(');
        boolean decorated = message.startsWith("[SQLITE_") && open > 0 && message.endsWith(")");
        return decorated ? message.substring(open + 1, message.length() - 1) : message;
    }

    static StorageException fault(String doing, SQLException error) {
        return new StorageException(kind(error), doing + ": " + message(error), error);
    }

    static StorageException.Kind kind(SQLException error) {
        int code = code(error);
        if (code < 0) {
            return StorageException.Kind.FATAL;
        }
        return switch (code & 0xff) {
            case 11, 26 -> StorageException.Kind.DAMAGED; // CORRUPT, NOTADB
            // PERM, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL
            case 3, 5, 6, 7, 8, 9, 10, 13, 14, 15 -> StorageException.Kind.RETRY;
            default -> StorageException.Kind.FATAL;
        };
    }
}
