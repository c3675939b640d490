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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The node's read connections: at most so many, opened when needed, kept with their compiled statements. Thread safe.
 *
 * <p>A query past its deadline is interrupted from the lane. One timer serves all readers: it runs only while queries
 * do, so a query costs no timer of its own.
 */
public final class ReaderPool implements AutoCloseable {
    /** How late an interrupt may be. */
    private static final long WATCH_MILLIS = 10;

    private static final Duration RETRY_AFTER = Duration.ofMillis(100);
    private static final Duration SUSPENDED_RETRY_AFTER = Duration.ofSeconds(1);

    private final ReplicaSettings settings;
    private final Clock clock;
    private final Lane timers;
    private final Semaphore permits;
    private final int maxReaders;
    private final Object lock = new Object();
    private final Deque<Reader> idle = new ArrayDeque<>();
    private final Set<Reader> inUse = new HashSet<>();
    /** Connections that are open, or are being opened. */
    private int open;

    private boolean watching;
    private boolean closed;
    /** Completes when none is open any more; null while the pool is not suspended. */
    private @Nullable CompletableFuture<Void> suspended;

    /**
     * @param timers where deadlines are watched
     * @throws StorageException if there is no database at the path, or it cannot be opened
     */
    public ReaderPool(ReplicaSettings settings, int maxReaders, Clock clock, Lane timers) {
        this(settings, maxReaders, clock, timers, null);
        this.open = 1;
        idle.push(Reader.open(settings, clock, this::closed)); // fails now rather than at the first query
    }

    /** A pool that is suspended: for a node that is still to come by its file. */
    public static ReaderPool suspended(ReplicaSettings settings, int maxReaders, Clock clock, Lane timers) {
        return new ReaderPool(settings, maxReaders, clock, timers, CompletableFuture.completedFuture(null));
    }

    private ReaderPool(
            ReplicaSettings settings,
            int maxReaders,
            Clock clock,
            Lane timers,
            @Nullable CompletableFuture<Void> suspended) {
        this.settings = settings;
        this.suspended = suspended;
        this.maxReaders = maxReaders;
        this.clock = clock;
        this.timers = timers;
        this.permits = new Semaphore(maxReaders, true);
    }

    /**
     * A reader for the caller alone, until it gives it back with {@link #release}.
     *
     * @param deadlineNanos on the clock's {@link Clock#nanos()}
     * @throws NotDoneException OVERLOADED if none gets free before the deadline
     * @throws NotDoneException NOT_READY while the pool is suspended
     * @throws ClosedException if the pool is closed
     * @throws StorageException if a connection cannot be opened
     */
    public Reader acquire(long deadlineNanos) {
        synchronized (lock) {
            checkOpen();
        }
        await(deadlineNanos);
        boolean acquired = false;
        try {
            Reader reader = take();
            acquired = true;
            return reader;
        } finally {
            if (!acquired) {
                permits.release();
            }
        }
    }

    private void await(long deadlineNanos) {
        try {
            if (!permits.tryAcquire() && !permits.tryAcquire(deadlineNanos - clock.nanos(), TimeUnit.NANOSECONDS)) {
                throw new NotDoneException(
                        ErrorCode.OVERLOADED, "all " + maxReaders + " readers are busy", RETRY_AFTER);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NotDoneException(ErrorCode.OVERLOADED, "interrupted while waiting for a reader", RETRY_AFTER, e);
        }
    }

    private Reader take() {
        Reader reader;
        synchronized (lock) {
            checkOpen();
            reader = idle.poll();
            if (reader == null) {
                open++;
            } else {
                inUse.add(reader);
            }
        }
        if (reader == null) {
            reader = openNew();
        }
        watch();
        return reader;
    }

    private Reader openNew() {
        Reader reader;
        try {
            reader = Reader.open(settings, clock, this::closed);
        } catch (RuntimeException | Error e) {
            noLongerOpen();
            synchronized (lock) {
                checkOpen(); // or else: the file is being replaced, and this is only what that looks like
            }
            throw e;
        }
        synchronized (lock) {
            if (!closed && suspended == null) {
                inUse.add(reader);
                return reader;
            }
        }
        reader.retire();
        synchronized (lock) {
            checkOpen();
        }
        throw notReady(); // and resumed since
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
        boolean wasInUse;
        synchronized (lock) {
            wasInUse = inUse.remove(reader);
        }
        if (wasInUse) {
            permits.release(); // what its user gives back later is nothing any more
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

    /** Gives back a reader; an open cursor of it is closed. A second call does nothing. */
    public void release(Reader reader) {
        synchronized (lock) {
            if (!inUse.contains(reader)) {
                return;
            }
        }
        boolean keep = reader.finish();
        synchronized (lock) {
            if (!inUse.remove(reader)) {
                return; // it was closed meanwhile
            }
            keep &= !closed && suspended == null;
            if (keep) {
                idle.push(reader);
            }
            lock.notifyAll();
        }
        if (!keep) {
            reader.retire();
        }
        permits.release();
    }

    private void watch() {
        synchronized (lock) {
            if (watching || inUse.isEmpty()) {
                return;
            }
            watching = true;
        }
        timers.schedule(WATCH_MILLIS, this::interruptLate);
    }

    private void interruptLate() {
        List<Reader> toRetire = List.of();
        synchronized (lock) {
            watching = false;
            long now = clock.nanos();
            // Again and again: one that comes before the query has got into SQLite is lost.
            if (suspended != null) {
                toRetire = List.copyOf(inUse);
            } else {
                inUse.forEach(closed ? Reader::interrupt : reader -> reader.interruptIfLate(now));
            }
        }
        toRetire.forEach(Reader::retire);
        watch();
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
            readers = new ArrayList<>(idle);
            readers.addAll(inUse);
            idle.clear();
            none = open == 0;
        }
        if (none) {
            done.complete(null);
        }
        readers.forEach(Reader::retire);
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
        synchronized (lock) {
            closed = true;
            unused = new ArrayList<>(idle);
            idle.clear();
            inUse.forEach(Reader::interrupt);
        }
        unused.forEach(Reader::retire);
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
