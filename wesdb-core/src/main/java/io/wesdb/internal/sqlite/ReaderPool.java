package io.wesdb.internal.sqlite;

import io.wesdb.ClosedException;
import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

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

    private final ReplicaSettings settings;
    private final Clock clock;
    private final Lane timers;
    private final Semaphore permits;
    private final int maxReaders;
    private final Object lock = new Object();
    private final Deque<Reader> idle = new ArrayDeque<>();
    private final Set<Reader> inUse = new HashSet<>();
    private boolean watching;
    private volatile boolean closed;

    /**
     * @param timers where deadlines are watched
     * @throws StorageException if there is no database at the path, or it cannot be opened
     */
    public ReaderPool(ReplicaSettings settings, int maxReaders, Clock clock, Lane timers) {
        this.settings = settings;
        this.maxReaders = maxReaders;
        this.clock = clock;
        this.timers = timers;
        this.permits = new Semaphore(maxReaders, true);
        idle.push(Reader.open(settings, clock)); // fails now rather than at the first query
    }

    /**
     * A reader for the caller alone, until it gives it back with {@link #release}.
     *
     * @param deadlineNanos on the clock's {@link Clock#nanos()}
     * @throws NotDoneException OVERLOADED if none gets free before the deadline
     * @throws ClosedException if the pool is closed
     * @throws StorageException if a connection cannot be opened
     */
    public Reader acquire(long deadlineNanos) {
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
            if (reader != null) {
                inUse.add(reader);
            }
        }
        if (reader == null) {
            reader = Reader.open(settings, clock);
            synchronized (lock) {
                if (closed) {
                    reader.close();
                }
                checkOpen();
                inUse.add(reader);
            }
        }
        watch();
        return reader;
    }

    private void checkOpen() {
        if (closed) {
            throw new ClosedException("the node's readers are closed");
        }
    }

    /** Gives back a reader; an open cursor of it is closed. A second call does nothing. */
    public void release(Reader reader) {
        synchronized (lock) {
            if (!inUse.contains(reader)) {
                return;
            }
        }
        boolean sound = reader.finish();
        synchronized (lock) {
            if (!inUse.remove(reader)) {
                return;
            }
            if (sound && !closed) {
                idle.push(reader);
            } else {
                reader.close();
            }
            lock.notifyAll();
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
        synchronized (lock) {
            watching = false;
            long now = clock.nanos();
            // Again and again: one that comes before the query has got into SQLite is lost.
            inUse.forEach(closed ? Reader::interrupt : reader -> reader.interruptIfLate(now));
        }
        watch();
    }

    /**
     * Interrupts the queries under way and closes the connections that nobody holds; the others are closed when they
     * are released, by their owners, since closing under a running query is not safe. A second call does nothing.
     */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            idle.forEach(Reader::close);
            idle.clear();
            inUse.forEach(Reader::interrupt);
        }
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
