package io.wesdb.internal.sqlite;

import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.sqlite.StorageException.Kind;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.Function;
import org.sqlite.SQLiteConnection;

/**
 * A node's copy of the database, and the only one who writes to it: it applies the log's entries in order, each exactly
 * once across crashes at any instant (I2), so that equal entries give equal contents and outcomes on every node (I3).
 *
 * <p>Owned by the applier's thread, except {@link #position}, {@link #durable} and {@link #digestAt}, which any thread
 * may read, and {@link #sync}, which any one other thread may call. After a
 * {@link StorageException} it applies nothing more: close it, and open another.
 */
public final class Replica implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

    /** Called on the applier's thread, between two entries. */
    public interface Observer {
        /**
         * What the outcomes up to {@code index} had come to on the leader is not what they came to here (I10). Applying
         * goes on: who is right is decided elsewhere. Told once for an index.
         */
        void outcomesDiffer(long index, long own, long leaders);

        /** The entry that was just applied held a {@link VerifyCommand}. The receiver closes the snapshot. */
        void contentSnapshot(ContentSnapshot snapshot);

        /**
         * The entry that was just applied may have written statistics. SQLite reads them when it loads the schema, and
         * they do not change that: connections that are open go on planning by the old ones.
         */
        void statisticsChanged();
    }

    private final ReplicaSettings settings;
    private final WriterConnection connection;
    private final StateTables state;
    private final CommandRunner runner;
    private final EntryApplier applier;
    private final DeterministicFunctions functions;
    private volatile ReplicaPosition position;
    private final WalFile wal;
    private final OutcomeHistory history = new OutcomeHistory();
    private final AtomicLong durable = new AtomicLong();
    private long checkpointed;
    private long compared = -1;
    private @Nullable Observer observer;
    private volatile @Nullable StorageException fault;
    private volatile boolean stopping;
    private volatile boolean closed;
    private volatile Runnable syncListener = () -> {};

    private Replica(SQLiteConnection sqlite, ReplicaSettings settings, VisibleIndex visible, KeyBounds keyBounds)
            throws SQLException, IOException {
        this.settings = settings;
        ExecutionContext context = new ExecutionContext();
        connection = new WriterConnection(sqlite);
        functions = DeterministicFunctions.forWriter(sqlite, context, settings.timeZone());
        state = new StateTables(connection, settings.clusterId(), settings.lineage(), keyBounds);
        runner = new CommandRunner(connection, state, context, settings.maxResultBytes());
        applier = new EntryApplier(connection, state, runner, context, visible);
        position = state.position();
        if (state.commandsDone() == 0) {
            history.add(position.applied(), position.digest());
        }
        registerTotalChanges(sqlite, context);
        wal = WalFile.of(settings.path());
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
        return open(settings, new VisibleIndex());
    }

    /**
     * As {@link #open(ReplicaSettings)}.
     *
     * @param visible told what readers of the file can see
     */
    public static Replica open(ReplicaSettings settings, VisibleIndex visible) {
        return open(settings, visible, KeyBounds.STANDARD);
    }

    /** For tests, which have not the time for a day and 500,000 keys. */
    static Replica open(ReplicaSettings settings, VisibleIndex visible, KeyBounds keyBounds) {
        SQLiteConnection sqlite = Connections.openWriter(settings);
        try {
            Replica replica = new Replica(sqlite, settings, visible, keyBounds);
            replica.checkpoint();
            WalFile.syncDirectoryOf(settings.path());
            return replica;
        } catch (IOException e) {
            Connections.closeQuietly(sqlite);
            throw new StorageException(Kind.RETRY, "cannot sync " + settings.path() + ": " + e, e);
        } catch (SQLException e) {
            Connections.closeQuietly(sqlite);
            throw SqliteErrors.fault("cannot open " + settings.path(), e);
        } catch (RuntimeException e) {
            Connections.closeQuietly(sqlite);
            throw e;
        }
    }

    /** The version of the SQLite library in use. */
    public static String sqliteVersion() {
        return Connections.sqliteVersion();
    }

    /** How far it has got. */
    public ReplicaPosition position() {
        return position;
    }

    /** The index up to which everything is on the disk and survives a power failure. */
    public long durable() {
        return durable.get();
    }

    /** What the outcomes up to {@code index} came to here; empty if that is not, or no longer, known. Any thread. */
    public OptionalLong digestAt(long index) {
        return history.at(index);
    }

    /** To be called before the first entry is applied. */
    public void observe(Observer newObserver) {
        observer = newObserver;
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
            compare(entry.digest());
            EntryOutcome outcome = apply(entry);
            outcomes.add(outcome);
            position = state.position();
            history.add(position.applied(), position.digest());
            if (VerifyCommand.executed(entry, outcome)) {
                openContentSnapshot();
            }
            if (runner.takeStatisticsTouched() && observer != null) {
                observer.statisticsChanged();
            }
        }
        return outcomes;
    }

    private EntryOutcome apply(Entry entry) {
        try {
            return applier.apply(entry);
        } catch (SQLException e) {
            throw failed(SqliteErrors.fault("cannot apply entry " + entry.index(), e));
        } catch (StorageException e) {
            throw failed(e);
        } catch (RuntimeException | Error e) {
            Kind kind = e instanceof OutOfMemoryError ? Kind.RETRY : Kind.FATAL;
            throw failed(new StorageException(kind, "cannot apply entry " + entry.index(), e));
        }
    }

    /** A leader may repeat itself while it has applied nothing further, and none tells an older index than before. */
    private void compare(OutcomeDigest leaders) {
        if (leaders.index() <= compared || observer == null) {
            return;
        }
        OptionalLong own = history.at(leaders.index());
        if (own.isEmpty()) {
            return;
        }
        compared = leaders.index();
        if (own.getAsLong() != leaders.value()) {
            observer.outcomesDiffer(leaders.index(), own.getAsLong(), leaders.value());
        }
    }

    /** A node without it has no hash to compare this time; that is no reason to stop applying. */
    private void openContentSnapshot() {
        if (observer == null) {
            return;
        }
        ContentSnapshot snapshot;
        try {
            snapshot = ContentSnapshot.open(settings, position.applied());
        } catch (RuntimeException e) { // no reason to stop
            LOG.warn("the content at index {} cannot be verified", position.applied(), e);
            return;
        }
        observer.contentSnapshot(snapshot);
    }

    /**
     * Moves what the write-ahead log holds into the file and syncs it, as far as readers allow. Where they do, this
     * bounds the log's size; {@link #sync} is what makes durable in time.
     *
     * @return the index up to which the file holds everything without its log; that is durable too
     */
    public long checkpoint() {
        checkpoint("PASSIVE");
        return checkpointed;
    }

    /**
     * As {@link #checkpoint}, and begins the write-ahead log anew, its file empty. Waits for readers, but no longer than
     * {@code busyMillis}.
     *
     * @return false if readers prevented it
     */
    boolean truncateWal(int busyMillis) {
        try {
            connection.sqlite().setBusyTimeout(busyMillis);
            try {
                return checkpoint("TRUNCATE");
            } finally {
                connection.sqlite().setBusyTimeout(Connections.BUSY_TIMEOUT_MILLIS);
            }
        } catch (SQLException e) {
            throw failed(SqliteErrors.fault("cannot set the time to wait", e));
        }
    }

    /** Whether the file holds everything now. */
    private boolean checkpoint(String mode) {
        checkUsable();
        try (NativeStatement checkpoint = connection.prepare("PRAGMA main.wal_checkpoint(" + mode + ")")) {
            checkpoint.execute();
            boolean complete = checkpoint.integer(0) == 0 && checkpoint.integer(1) == checkpoint.integer(2);
            if (complete) {
                checkpointed = position.applied();
                durable.accumulateAndGet(checkpointed, Math::max);
                syncListener.run();
            }
            return complete;
        } catch (SQLException e) {
            throw failed(SqliteErrors.fault("cannot checkpoint", e));
        }
    }

    /** The size of the write-ahead log's file. Costs a system call. */
    long walBytes() {
        try {
            return wal.size();
        } catch (IOException e) {
            throw failed(new StorageException(Kind.RETRY, "cannot look at " + settings.path() + "-wal: " + e, e));
        }
    }

    /**
     * Syncs the write-ahead log, so that what is applied when this is called survives a power failure. Waits for the
     * disk, but for no reader, and the applier's thread does not wait for it: one other thread may call this.
     *
     * <p>The index is read first. Each of its entries was then in the log, or had been moved into the file already. What
     * is in the log still when it is synced is durable: frames are only appended, behind those of earlier entries. What
     * is not there any more was overwritten, or cut off by {@link #truncateWal}, which SQLite does only when a checkpoint
     * has moved <em>all</em> frames; with synchronous=NORMAL that checkpoint has synced the log, then moved them, then
     * synced the file, all before the first frame was overwritten or the log cut off. A power failure between leaves the
     * one or the other.
     *
     * @return the index that is durable now
     * @throws StorageException if the disk failed. It is not tried again: the operating system may have dropped what it
     *     could not write, and would call the next attempt a success. The replica applies nothing more.
     */
    public long sync() {
        long index = position.applied();
        if (closed || index <= durable.get()) {
            return durable.get();
        }
        checkSound();
        try {
            wal.sync();
        } catch (IOException e) {
            if (closed) {
                return durable.get(); // under our hands; closing has synced, or the next to open will
            }
            throw failed(new StorageException(Kind.RETRY, "cannot sync " + settings.path() + "-wal: " + e, e));
        }
        return durable.accumulateAndGet(index, Math::max);
    }

    /** For tests of power failures: called when all that was applied has just been synced, by a checkpoint or without one. */
    void onSync(Runnable listener) {
        syncListener = listener;
        wal.onSync(listener);
    }

    /** For tests, which end a process between any two steps. */
    boolean closed() {
        return closed;
    }

    /** For tests: what it has failed with, before anyone is told. */
    @Nullable StorageException fault() {
        return fault;
    }

    /** For tests of broken disks. */
    WalFile wal() {
        return wal;
    }

    /** For tests that make it go wrong. */
    SQLiteConnection sqlite() {
        return connection.sqlite();
    }

    /** For tests of crashes: called after each COMMIT. */
    void onCommit(Runnable listener) {
        applier.onCommit(listener);
    }

    private void checkUsable() {
        if (closed) {
            throw new IllegalStateException("the replica is closed");
        }
        checkSound();
    }

    private void checkSound() {
        StorageException earlier = fault;
        if (earlier != null) {
            throw new StorageException(earlier.kind(), "the replica has failed before", earlier);
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
            wal.close();
        } catch (SQLException | IOException e) {
            // Finalizing statements; the connection's close does it as well. Of the log nothing was to be written here.
            return;
        } finally {
            connection.close();
        }
    }
}
