package io.wesdb.internal.sqlite;

import io.wesdb.ClosedException;
import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The node's read connections: at most so many, opened when needed, kept with their compiled statements, closed when
 * nobody has needed them for a while. Thread safe.
 *
 * <p>A read past its deadline is ended from the lane. One timer serves all readers: it runs only while there are reads,
 * so a query costs no timer of its own.
 */
public final class ReaderPool implements AutoCloseable {
    /** What a reader is for. Each has its own bound, so that neither takes the other's turn. */
    public enum Use {
        /** A query that runs to its end: how long it takes is SQLite's and the deadline's affair. */
        QUERY,
        /** A stream or a transaction, which lasts as long as its owner likes. */
        OPEN_READ
    }

    /** How late an interrupt may be. */
    private static final long WATCH_MILLIS = 10;

    /** How long a thread that waits may be passed over by one that runs. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final Duration RETRY_AFTER = Duration.ofMillis(100);
    private static final Duration SUSPENDED_RETRY_AFTER = Duration.ofSeconds(1);

    private final ReplicaSettings replica;
    private final ReaderPoolSettings settings;
    private final VisibleIndex visible;
    private final Clock clock;
    private final Lane timers;
    private final Map<Use, Permits> permits = new EnumMap<>(Use.class);
    private final Object lock = new Object();
    /** The one used last first, so that those that are not needed grow old. */
    private final Deque<Reader> idle = new ArrayDeque<>();

    private final Map<Reader, Use> inUse = new HashMap<>();
    /** Those that are closed when they are given back. */
    private final Map<Reader, Boolean> outdated = new HashMap<>();
    /** Connections that are open, or are being opened. */
    private int open;

    private boolean watching;
    private boolean sweeping;
    private volatile boolean closed;
    /** Completes when none is open any more; null while the pool is not suspended. */
    private volatile @Nullable CompletableFuture<Void> suspended;

    private ReaderPool(
            ReplicaSettings replica,
            ReaderPoolSettings settings,
            VisibleIndex visible,
            Clock clock,
            Lane timers,
            @Nullable CompletableFuture<Void> suspended) {
        this.replica = replica;
        this.settings = settings;
        this.visible = visible;
        this.clock = clock;
        this.timers = timers;
        this.suspended = suspended;
        permits.put(Use.QUERY, new Permits(settings.maxQueries(), PATIENCE_NANOS, clock));
        permits.put(Use.OPEN_READ, new Permits(settings.maxOpenReads(), 0, clock));
    }

    /**
     * Opens one connection, so that a missing file is told now rather than at the first query.
     *
     * @param timers where deadlines are watched
     * @throws StorageException if there is no database at the path, or it cannot be opened
     */
    public static ReaderPool open(
            ReplicaSettings replica, ReaderPoolSettings settings, VisibleIndex visible, Clock clock, Lane timers) {
        ReaderPool pool = new ReaderPool(replica, settings, visible, clock, timers, null);
        pool.release(pool.acquire(Use.QUERY, clock.nanos()));
        return pool;
    }

    /** A pool that is suspended: for a node that is still to come by its file. */
    public static ReaderPool suspended(
            ReplicaSettings replica, ReaderPoolSettings settings, VisibleIndex visible, Clock clock, Lane timers) {
        return new ReaderPool(replica, settings, visible, clock, timers, CompletableFuture.completedFuture(null));
    }

    /**
     * A reader for the caller alone, until it gives it back with {@link #release}. Waits on the calling thread.
     *
     * @param deadlineNanos on the clock's {@link Clock#nanos()}
     * @throws NotDoneException OVERLOADED if none gets free before the deadline
     * @throws NotDoneException NOT_READY while the pool is suspended
     * @throws ClosedException if the pool is closed
     * @throws StorageException if a connection cannot be opened
     */
    public Reader acquire(Use use, long deadlineNanos) {
        checkOpen();
        try {
            if (!permits(use).acquire(deadlineNanos - clock.nanos())) {
                throw busy(use);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NotDoneException(ErrorCode.OVERLOADED, "interrupted while waiting for a reader", RETRY_AFTER, e);
        }
        return take(use);
    }

    /**
     * The caller's turn, for which no thread waits. When it has come, {@link #take} gives the reader; who does not want
     * it any more calls {@link #giveUp}. One of the two must be called.
     */
    public CompletableFuture<Void> turn(Use use) {
        return permits(use).acquire();
    }

    public void giveUp(Use use, CompletableFuture<Void> turn) {
        permits(use).giveUp(turn);
    }

    /** What is told to somebody whose turn did not come in time. */
    public NotDoneException busy(Use use) {
        return new NotDoneException(
                ErrorCode.OVERLOADED,
                use == Use.QUERY
                        ? "all " + settings.maxQueries() + " readers are busy (maxReaders)"
                        : settings.maxOpenReads() + " streams and read transactions are open already (maxOpenReads)",
                RETRY_AFTER);
    }

    /** After {@link #turn} has come. Throws as {@link #acquire} does; the turn is over then. */
    public Reader take(Use use) {
        boolean taken = false;
        try {
            Reader reader = idleOrNew(use);
            taken = true;
            return reader;
        } finally {
            if (!taken) {
                permits(use).release();
            }
        }
    }

    private Reader idleOrNew(Use use) {
        Reader reader;
        boolean watch = false;
        synchronized (lock) {
            checkOpen();
            reader = idle.poll();
            if (reader != null) {
                watch = isInUse(reader, use);
            } else {
                open++;
            }
        }
        if (reader == null) {
            reader = open();
            boolean wanted;
            synchronized (lock) {
                wanted = !closed && suspended == null;
                watch = wanted && isInUse(reader, use);
            }
            if (!wanted) {
                reader.guard().retire();
                checkOpen();
                throw notReady(); // and resumed since
            }
        }
        if (watch) {
            timers.schedule(WATCH_MILLIS, this::endWhatIsDue);
        }
        return reader;
    }

    private Reader open() {
        try {
            return Reader.open(replica, settings.maxSnapshotAge(), visible, clock, this::closed);
        } catch (RuntimeException | Error e) {
            noLongerOpen();
            throw e;
        }
    }

    /** Under the lock. True if from now on deadlines are to be watched. */
    private boolean isInUse(Reader reader, Use use) {
        inUse.put(reader, use);
        boolean begin = !watching;
        watching = true;
        return begin;
    }

    private Permits permits(Use use) {
        Permits found = permits.get(use);
        if (found == null) {
            throw new IllegalArgumentException(use.name());
        }
        return found;
    }

    private void checkOpen() {
        if (closed) {
            throw new ClosedException("the node's readers are closed");
        } else if (suspended != null) {
            throw notReady();
        }
    }

    private static NotDoneException notReady() {
        return new NotDoneException(
                ErrorCode.NOT_READY, "this node has stopped reading its file for now", SUSPENDED_RETRY_AFTER);
    }

    /** On whatever thread has closed it, which holds no lock but perhaps its own. */
    private void closed(Reader reader) {
        Use use;
        synchronized (lock) {
            use = inUse.remove(reader);
            outdated.remove(reader);
        }
        if (use != null) {
            permits(use).release(); // what its user gives back later is nothing any more
        }
        noLongerOpen();
    }

    private void noLongerOpen() {
        CompletableFuture<Void> last = null;
        synchronized (lock) {
            open--;
            if (open == 0) {
                last = suspended;
            }
            lock.notifyAll();
        }
        if (last != null) {
            last.complete(null);
        }
    }

    /** Gives back a reader; what is open of it is closed. A second call does nothing. */
    public void release(Reader reader) {
        synchronized (lock) {
            if (!inUse.containsKey(reader)) {
                return;
            }
        }
        boolean keep = reader.finish();
        boolean sweep = false;
        Use use;
        synchronized (lock) {
            use = inUse.remove(reader);
            if (use == null) {
                return; // it was closed meanwhile
            }
            keep &= !closed && suspended == null && outdated.remove(reader) == null;
            if (keep) {
                reader.idleSince(clock.nanos());
                idle.push(reader);
                sweep = !sweeping;
                sweeping = true;
            }
            if (closed) {
                lock.notifyAll(); // for awaitReleased
            }
        }
        if (!keep) {
            reader.guard().retire();
        } else if (sweep) {
            timers.schedule(settings.idle().toMillis(), this::sweep);
        }
        permits(use).release();
    }

    /**
     * All connections are replaced by new ones, those in use when they are given back: for what SQLite looks at only
     * when it opens a file, the statistics.
     */
    public void renew() {
        List<Reader> unused;
        synchronized (lock) {
            unused = takeIdle();
            inUse.keySet().forEach(reader -> outdated.put(reader, true));
        }
        unused.forEach(reader -> reader.guard().retire());
    }

    /** Ends the reads that have held their snapshots for so long, since these keep the write-ahead log from being begun anew. */
    public void cutSnapshots(long ageMillis) {
        List<Reader> reading;
        synchronized (lock) {
            reading = List.copyOf(inUse.keySet());
        }
        reading.forEach(reader -> reader.guard().cut(ageMillis));
    }

    private List<Reader> takeIdle() {
        List<Reader> unused = new ArrayList<>(idle);
        idle.clear();
        return unused;
    }

    private void watch() {
        synchronized (lock) {
            if (watching || inUse.isEmpty()) {
                return;
            }
            watching = true;
        }
        timers.schedule(WATCH_MILLIS, this::endWhatIsDue);
    }

    private void endWhatIsDue() {
        List<Reader> reading;
        boolean letGo;
        boolean stop;
        synchronized (lock) {
            watching = false;
            reading = List.copyOf(inUse.keySet());
            letGo = suspended != null;
            stop = closed;
        }
        // Again and again: an interrupt that comes before the query has got into SQLite is lost.
        for (Reader reader : reading) {
            if (letGo) {
                reader.guard().retire();
            } else if (stop) {
                reader.guard().cancel();
            }
            reader.guard().watch();
        }
        watch();
    }

    private void sweepLater() {
        synchronized (lock) {
            if (sweeping || idle.isEmpty()) {
                return;
            }
            sweeping = true;
        }
        timers.schedule(settings.idle().toMillis(), this::sweep);
    }

    private void sweep() {
        List<Reader> unused = new ArrayList<>();
        synchronized (lock) {
            sweeping = false;
            long now = clock.nanos();
            while (!idle.isEmpty()
                    && now - idle.getLast().idleSince() >= settings.idle().toNanos()) {
                unused.add(idle.removeLast());
            }
        }
        unused.forEach(reader -> reader.guard().retire());
        sweepLater();
    }

    /** How many connections are open. */
    int openConnections() {
        synchronized (lock) {
            return open;
        }
    }

    /**
     * Closes all connections, so that another file can be put in the place of this one: new queries are refused, those
     * under way are interrupted and fail, and streams left open are cut off, whether their owners pull or not.
     *
     * @return completes when no connection is open any more, on the thread that closed the last; the same one for a
     *     second call
     */
    public CompletableFuture<Void> suspend() {
        CompletableFuture<Void> done;
        List<Reader> readers;
        boolean none;
        synchronized (lock) {
            if (suspended != null) {
                return suspended;
            }
            done = new CompletableFuture<>();
            suspended = done;
            readers = takeIdle();
            readers.addAll(inUse.keySet());
            none = open == 0;
        }
        if (none) {
            done.complete(null);
        }
        readers.forEach(reader -> reader.guard().retire());
        return done;
    }

    /** Ends what {@link #suspend} began: from now on the file at the path, perhaps another one, is read. */
    public void resume() {
        synchronized (lock) {
            if (suspended != null && !suspended.isDone()) {
                throw new IllegalStateException("the readers are still being suspended");
            }
            suspended = null;
        }
    }

    /**
     * Interrupts the queries under way and closes the connections that nobody holds; the others are closed when they
     * are released, by their owners, since closing under a running query is not safe. A second call does nothing.
     */
    @Override
    public void close() {
        List<Reader> unused;
        List<Reader> reading;
        synchronized (lock) {
            closed = true;
            unused = takeIdle();
            reading = List.copyOf(inUse.keySet());
        }
        reading.forEach(reader -> reader.guard().cancel());
        unused.forEach(reader -> reader.guard().retire());
    }

    /**
     * After {@link #close}: waits until every reader has been given back.
     *
     * @return false if some have not when {@code timeoutMillis} have passed
     */
    public boolean awaitReleased(long timeoutMillis) {
        long deadline = clock.nanos() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        boolean interrupted = false;
        synchronized (lock) {
            while (!inUse.isEmpty() && !interrupted) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - clock.nanos());
                if (left <= 0) {
                    return false;
                }
                try {
                    lock.wait(left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !interrupted;
    }
}
