package io.wesdb.internal.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * Makes a copy of a node's file as it is at one commit while its applier goes on writing. Used once, by one thread; the
 * observer is called on it.
 *
 * <p>SQLite's backup API copies pages in steps, so that it can be paced and abandoned. Between two steps it holds no lock
 * of its own, and begins anew when it finds, on opening its next read transaction, that someone else has committed. Here
 * a read transaction of the source connection is open all the while: in WAL mode it blocks no one, each step reads within
 * it, and so all pages are of the commit at which it began (https://sqlite.org/c3ref/backup_finish.html, and backup.c:
 * a step opens a transaction, and only that can invalidate the page cache, where there is none). What it costs is that the
 * write-ahead log is not reused meanwhile.
 */
public final class FileCopy {
    private static final Logger LOG = LoggerFactory.getLogger(FileCopy.class);

    /** Where the schema's version is in the file: https://sqlite.org/fileformat2.html#the_database_header. */
    private static final long SCHEMA_VERSION_OFFSET = 40;

    private static final int ABANDON_BUSY_MILLIS = 100;

    /** Watches a copy being made. */
    public interface Observer {
        /** Called after each step, and may take its time; false abandons the copy. */
        boolean goOn(long copiedBytes, long totalBytes);
    }

    /** What came of it. In all but the first case nothing is left of the copy. */
    public enum Outcome {
        COPIED,
        /** The file has not got as far as was asked for. */
        BEHIND,
        ABANDONED,
        NO_SPACE
    }

    /** @param index the index up to which the file has applied the log, copied or not; 0 if unknown */
    public record Result(Outcome outcome, long index) {}

    private final SQLiteConnection source;
    private final Path target;
    private final Observer observer;
    private final int pageSize;
    private @Nullable Throwable observerFailure;
    private boolean abandoned;

    private FileCopy(SQLiteConnection source, Path target, Observer observer) throws SQLException {
        this.source = source;
        this.target = target;
        this.observer = observer;
        this.pageSize = (int) number(source, "PRAGMA main.page_size");
    }

    /**
     * Copies {@code database} to {@code target}, which must not exist. In constant memory: two page caches of 2 MiB.
     *
     * @param minIndex nothing is copied if the file has not got as far
     * @param stepBytes how much is copied between two calls of the observer
     * @throws StorageException if it cannot be read or written
     */
    public static Result copy(Path database, Path target, long minIndex, int stepBytes, Observer observer) {
        try (SQLiteConnection source = Connections.openForCopy(database)) {
            return new FileCopy(source, target, observer).run(minIndex, stepBytes);
        } catch (SQLException e) {
            throw SqliteErrors.fault("cannot copy " + database, e);
        }
    }

    /** Removes a copy, and what a crash may have left of its making. */
    public static void delete(Path copy) throws IOException {
        Files.deleteIfExists(copy.resolveSibling(copy.getFileName() + "-journal"));
        Files.deleteIfExists(copy);
    }

    private Result run(long minIndex, int stepBytes) throws SQLException {
        Connections.run(source, "BEGIN");
        long index = index(source); // the first read is what begins the transaction
        if (index < minIndex) {
            return new Result(Outcome.BEHIND, index);
        }
        long schemaVersion = number(source, "PRAGMA main.schema_version");
        boolean copied = false;
        try {
            int code = source.getDatabase()
                    .backup("main", target.toString(), this::observe, 0, 0, Math.max(1, stepBytes / pageSize));
            if (observerFailure != null) {
                throw new IllegalStateException("the observer of a copy failed", observerFailure);
            } else if (abandoned && code != 0) {
                return new Result(Outcome.ABANDONED, index);
            } else if ((code & 0xff) == SQLiteErrorCode.SQLITE_FULL.code) {
                return new Result(Outcome.NO_SPACE, index);
            } else if (code != 0) {
                throw new StorageException(
                        StorageException.Kind.RETRY, "cannot copy to " + target + ": SQLite's error " + code, null);
            }
            restoreSchemaVersion((int) schemaVersion);
            check(index, schemaVersion);
            copied = true;
            return new Result(Outcome.COPIED, index);
        } catch (IOException e) {
            throw new StorageException(StorageException.Kind.RETRY, "cannot finish the copy " + target, e);
        } finally {
            if (!copied) {
                deleteQuietly();
            }
        }
    }

    /** Called from native code, which knows nothing of exceptions. */
    private void observe(int remainingPages, int totalPages) {
        try {
            if (!abandoned) {
                abandoned =
                        !observer.goOn((long) (totalPages - remainingPages) * pageSize, (long) totalPages * pageSize);
            }
        } catch (Throwable e) {
            observerFailure = e;
            abandoned = true;
        }
        if (abandoned && remainingPages > 0) {
            makeNextStepFail();
        }
    }

    /**
     * The driver has no way to end a backup. But SQLite refuses the next step while its source connection has a write
     * transaction open, and then the driver gives up. Nothing is written in it, and it is over at once; should the
     * applier be in the middle of one, the step after will do.
     */
    private void makeNextStepFail() {
        try {
            source.setBusyTimeout(ABANDON_BUSY_MILLIS);
            Connections.run(source, "ROLLBACK");
            Connections.run(source, "BEGIN IMMEDIATE");
        } catch (SQLException e) {
            LOG.debug("a copy cannot be abandoned yet: {}", SqliteErrors.message(e));
            beginAgain();
        }
    }

    /** What is copied from here on is thrown away, but the next attempt expects a transaction to end. */
    private void beginAgain() {
        try {
            Connections.run(source, "BEGIN");
        } catch (SQLException e) {
            LOG.debug("still in a transaction: {}", SqliteErrors.message(e));
        }
    }

    /**
     * A backup gives its target a schema version of its own. But that number can be seen by SQL, so it must be the same on
     * all nodes (I3).
     */
    private void restoreSchemaVersion(int schemaVersion) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(Integer.BYTES).putInt(schemaVersion).flip();
        try (FileChannel file = FileChannel.open(target, StandardOpenOption.WRITE)) {
            for (long at = SCHEMA_VERSION_OFFSET; bytes.hasRemaining(); ) {
                at += file.write(bytes, at);
            }
        }
    }

    /** That the transaction was what was copied. */
    private void check(long index, long schemaVersion) throws SQLException {
        try (SQLiteConnection copy = Connections.openAsItIs(target, Connections.Look.ALONE)) {
            long found = index(copy);
            long version = number(copy, "PRAGMA main.schema_version");
            if (found != index || version != schemaVersion) {
                throw new StorageException(
                        StorageException.Kind.RETRY,
                        "the copy of index " + index + " is of index " + found + ", schema " + schemaVersion + " of "
                                + version,
                        null);
            }
        }
    }

    static long index(SQLiteConnection connection) throws SQLException {
        return number(connection, "SELECT applied FROM main.wesdb_meta WHERE id=1");
    }

    static long number(SQLiteConnection connection, String sql) throws SQLException {
        try (NativeStatement select = NativeStatement.prepare(connection, sql)) {
            if (!select.execute()) {
                throw new StorageException(StorageException.Kind.DAMAGED, "the file's own record is missing", null);
            }
            return select.integer(0);
        }
    }

    private void deleteQuietly() {
        try {
            delete(target);
        } catch (IOException e) {
            LOG.warn("cannot delete {}: {}", target, e.toString());
        }
    }
}
