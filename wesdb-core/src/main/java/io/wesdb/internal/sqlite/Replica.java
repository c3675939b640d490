package io.wesdb.internal.sqlite;

import io.wesdb.internal.log.Entry;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sqlite.Function;
import org.sqlite.SQLiteConnection;

/**
 * A node's copy of the database, and the only one who writes to it: it applies the log's entries in order, each exactly
 * once across crashes at any instant (I2), so that equal entries give equal contents and outcomes on every node (I3).
 *
 * <p>Owned by the applier's thread, except {@link #position}, {@link #durable} and {@link #partialIndex}, which any
 * thread may read. After a {@link StorageException} it applies nothing more: close it, and open another.
 */
public final class Replica implements AutoCloseable {
    private final WriterConnection connection;
    private final StateTables state;
    private final CommandRunner runner;
    private final EntryApplier applier;
    private final DeterministicFunctions functions;
    private volatile ReplicaPosition position;
    private volatile long durable;
    private @Nullable StorageException fault;
    private volatile boolean stopping;
    private boolean closed;

    private Replica(SQLiteConnection sqlite, ReplicaSettings settings) throws SQLException {
        ExecutionContext context = new ExecutionContext();
        connection = new WriterConnection(sqlite);
        functions = DeterministicFunctions.forWriter(sqlite, context, settings.timeZone());
        state = new StateTables(connection, settings.clusterId(), settings.lineage());
        runner = new CommandRunner(connection, state, context, settings.maxResultBytes());
        applier = new EntryApplier(connection, state, runner, context);
        position = state.position();
        registerTotalChanges(sqlite, context);
    }

    private void registerTotalChanges(SQLiteConnection sqlite, ExecutionContext context) throws SQLException {
        Function totalChanges = new DeterministicFunctions.GuardedFunction(context) {
            @Override
            void call() throws SQLException {
                result(runner.totalChanges());
            }
        };
        Function.create(sqlite, "total_changes", totalChanges, 0, 0);
    }

    /**
     * Opens the replica, or makes an empty one.
     *
     * @throws StorageException if the file cannot be opened or written, is no database, or is another cluster's or of
     *     another format
     */
    public static Replica open(ReplicaSettings settings) {
        SQLiteConnection sqlite = Connections.openWriter(settings);
        try {
            Replica replica = new Replica(sqlite, settings);
            replica.checkpoint();
            return replica;
        } catch (SQLException e) {
            Connections.closeQuietly(sqlite);
            throw SqliteErrors.fault("cannot open " + settings.path(), e);
        } catch (RuntimeException e) {
            Connections.closeQuietly(sqlite);
            throw e;
        }
    }

    /** How far it has got. */
    public ReplicaPosition position() {
        return position;
    }

    /** The index up to which everything is on the disk and survives a power failure; grows with {@link #checkpoint}. */
    public long durable() {
        return durable;
    }

    /**
     * The entry that is being applied command by command, so that a reader may see a part of it: when this is above
     * {@link #position}'s index, a read that must not see half an entry waits. 0 for none.
     */
    public long partialIndex() {
        return applier.partialIndex();
    }

    /**
     * Applies {@code entries}, which follow the position without gaps.
     *
     * @return their outcomes; of fewer entries if {@link #stop} was called
     * @throws StorageException if this node could not; what was applied before stays, and {@link #position} tells
     */
    public List<EntryOutcome> apply(List<Entry> entries) {
        checkUsable();
        List<EntryOutcome> outcomes = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            if (stopping) {
                break;
            }
            if (entry.index() != position.applied() + 1) {
                throw new IllegalArgumentException("entry " + entry.index() + " does not follow " + position.applied());
            }
            try {
                outcomes.add(applier.apply(entry));
            } catch (SQLException e) {
                throw failed(SqliteErrors.fault("cannot apply entry " + entry.index(), e));
            } catch (StorageException e) {
                throw failed(e);
            } catch (RuntimeException | Error e) {
                throw failed(new StorageException("cannot apply entry " + entry.index(), e));
            }
            position = state.position();
        }
        return outcomes;
    }

    /**
     * Moves what the write-ahead log holds into the file and syncs it, as far as readers allow.
     *
     * @return the index that is durable now
     */
    public long checkpoint() {
        checkUsable();
        try (NativeStatement checkpoint = connection.prepare("PRAGMA main.wal_checkpoint(PASSIVE)")) {
            checkpoint.execute();
            boolean complete = checkpoint.integer(0) == 0 && checkpoint.integer(1) == checkpoint.integer(2);
            if (complete) {
                durable = position.applied();
            }
            return durable;
        } catch (SQLException e) {
            throw failed(SqliteErrors.fault("cannot checkpoint", e));
        }
    }

    /** For tests of crashes: called after each COMMIT. */
    void onCommit(Runnable listener) {
        applier.onCommit(listener);
    }

    private void checkUsable() {
        if (closed) {
            throw new IllegalStateException("the replica is closed");
        } else if (fault != null) {
            throw new StorageException("the replica has failed before", fault);
        }
    }

    private StorageException failed(StorageException cause) {
        fault = cause;
        return cause;
    }

    /** From any thread: no further entry is begun, and the statement under way is interrupted. To be followed by {@link #close}. */
    public void stop() {
        stopping = true;
        connection.interrupt();
    }

    /** Closes the file. A second call does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            runner.close();
            state.close();
            functions.close();
        } catch (SQLException e) {
            // Finalizing statements; the connection's close does it as well.
            return;
        } finally {
            connection.close();
        }
    }
}
