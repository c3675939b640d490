package io.wesdb.internal.sqlite;

import io.wesdb.internal.env.Clock;
import java.sql.SQLException;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConnection;

/**
 * The content of the file at exactly one index: a read transaction on a connection of its own, opened between two
 * entries. What is applied afterwards does not reach it. While it is open no checkpoint gets past it, so the
 * write-ahead log grows: it is to be hashed and closed soon.
 *
 * <p>{@link #hash} is for one thread, which need not be the one that opened it. {@link #close} may be called from any
 * thread; while a hash is under way it is that thread which closes, since closing under a running statement is not
 * safe.
 */
public final class ContentSnapshot implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ContentSnapshot.class);

    private final SQLiteConnection connection;
    private final DeterministicFunctions functions;
    private final long index;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final Object lock = new Object();
    private boolean hashing; // guarded by lock
    private volatile boolean closing; // written under lock

    private ContentSnapshot(SQLiteConnection connection, DeterministicFunctions functions, long index) {
        this.connection = connection;
        this.functions = functions;
        this.index = index;
    }

    /** On the applier's thread, where nothing is applied meanwhile. */
    static ContentSnapshot open(ReplicaSettings settings, long index) {
        SQLiteConnection connection = Connections.openScanner(settings);
        try {
            // No stored column asks for the time or for chance, but a view behind a virtual table may: alike on all
            // nodes.
            ExecutionContext context = new ExecutionContext();
            context.seed(index, 0);
            ContentSnapshot snapshot = new ContentSnapshot(
                    connection, DeterministicFunctions.forWriter(connection, context, settings.timeZone()), index);
            snapshot.begin();
            return snapshot;
        } catch (SQLException e) {
            Connections.closeQuietly(connection);
            throw SqliteErrors.fault("cannot open " + settings.path() + " for hashing", e);
        } catch (RuntimeException e) {
            Connections.closeQuietly(connection);
            throw e;
        }
    }

    /** The transaction's view of the file is fixed by its first read. */
    private void begin() throws SQLException {
        Connections.run(connection, "BEGIN");
        try (NativeStatement select =
                NativeStatement.prepare(connection, "SELECT applied, commands_done FROM main.wesdb_meta WHERE id=1")) {
            if (!select.execute() || select.integer(0) != index || select.integer(1) != 0) {
                throw new StorageException(
                        StorageException.Kind.DAMAGED, "the file is not at index " + index + " as it should be", null);
            }
        }
    }

    /** After which entry. */
    public long index() {
        return index;
    }

    /** Completes when the file is not open here any more; on the thread that closes. */
    public CompletableFuture<Void> closed() {
        return closed;
    }

    /**
     * Reads every row. Takes the machine's time, and memory for one row.
     *
     * @param cancelled asked often; once true, this ends
     * @param deadlineNanos on {@code clock}'s {@link Clock#nanos()}
     * @throws HashAbortedException if cancelled, closed or past the deadline
     * @throws StorageException if the file cannot be read; {@link StorageException.Kind#DAMAGED} if it is damaged
     */
    public ContentHash hash(BooleanSupplier cancelled, Clock clock, long deadlineNanos) {
        enter();
        try {
            ContentHasher hasher = new ContentHasher(connection, () -> check(cancelled, clock, deadlineNanos));
            SortedMap<String, Long> tables = new TreeMap<>();
            hasher.hash(tables);
            return ContentHash.of(index, tables);
        } catch (SQLException e) {
            throw SqliteErrors.fault("the content at index " + index + " cannot be read", e);
        } finally {
            leave();
        }
    }

    private void check(BooleanSupplier cancelled, Clock clock, long deadlineNanos) {
        if (closing || cancelled.getAsBoolean()) {
            throw new HashAbortedException(HashAbortedException.Reason.CANCELLED, index);
        } else if (clock.nanos() - deadlineNanos >= 0) {
            throw new HashAbortedException(HashAbortedException.Reason.LATE, index);
        }
    }

    private void enter() {
        synchronized (lock) {
            if (closing) {
                throw new HashAbortedException(HashAbortedException.Reason.CANCELLED, index);
            } else if (hashing) {
                throw new IllegalStateException("the content is being hashed already");
            }
            hashing = true;
        }
    }

    private void leave() {
        boolean close;
        synchronized (lock) {
            hashing = false;
            close = closing;
        }
        if (close) {
            closeConnection();
        }
    }

    /** A second call does nothing. */
    @Override
    public void close() {
        synchronized (lock) {
            if (closing) {
                return;
            }
            closing = true;
            if (hashing) {
                return;
            }
        }
        closeConnection();
    }

    private void closeConnection() {
        try {
            functions.close();
        } catch (SQLException e) {
            LOG.debug("closing the functions' own connection failed", e);
        }
        Connections.closeQuietly(connection);
        closed.complete(null);
    }
}
