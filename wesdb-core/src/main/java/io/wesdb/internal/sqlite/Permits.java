package io.wesdb.internal.sqlite;

import io.wesdb.internal.env.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A semaphore that can be waited for with or without a thread. A permit that is given back does not go to the eldest at
 * once if that is a thread: it is only woken, and whoever runs just then may come before it, for if every permit waited
 * for a sleeping thread there would be a change of threads for each short read. Nobody is passed over for longer than
 * {@link #PATIENCE_NANOS}: after that the permit is the eldest's. Thread safe.
 */
final class Permits {
    static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final Clock clock;
    private final Set<Waiter> waiting = new LinkedHashSet<>(); // guarded by itself
    private int free; // guarded by waiting
    /** The thread that was woken and has not looked yet; others need not be woken until it has. Guarded by waiting. */
    private @Nullable Waiter woken;
    /**
     * Those whose turn this thread has still to tell them of; null if it is not at it. Who is told may give the permit
     * back at once: if the next were told then and there, all who wait would be nested in one stack.
     */
    private final ThreadLocal<@Nullable Deque<Waiter>> telling = new ThreadLocal<>();

    private static final class Waiter extends CompletableFuture<Void> {
        final long sinceNanos;
        final @Nullable Thread thread;

        Waiter(long sinceNanos, @Nullable Thread thread) {
            this.sinceNanos = sinceNanos;
            this.thread = thread;
        }
    }

    Permits(int count, Clock clock) {
        this.free = count;
        this.clock = clock;
    }

    /**
     * Completes when the caller has a permit: on this thread if one is free, else on the thread of who releases it.
     * Whoever does not want it any more calls {@link #giveUp}.
     */
    CompletableFuture<Void> acquire() {
        Waiter waiter = takeOrWait(null);
        return waiter == null ? CompletableFuture.completedFuture(null) : waiter;
    }

    /**
     * Waits for a permit on the calling thread.
     *
     * @return false if there was none in time
     */
    boolean acquire(long timeoutNanos) throws InterruptedException {
        Waiter waiter = takeOrWait(Thread.currentThread());
        if (waiter == null) {
            return true;
        }
        boolean has = false;
        try {
            long deadline = waiter.sinceNanos + timeoutNanos;
            for (has = waiter.isDone() || takeNow(waiter); !has; has = waiter.isDone() || takeNow(waiter)) {
                long left = deadline - clock.nanos();
                if (left <= 0) {
                    return false;
                }
                LockSupport.parkNanos(this, left);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            return true;
        } finally {
            if (!has) {
                giveUp(waiter);
            }
        }
    }

    /** Null if a permit was taken. */
    private @Nullable Waiter takeOrWait(@Nullable Thread thread) {
        long now = clock.nanos();
        synchronized (waiting) {
            if (free > 0 && (waiting.isEmpty() || !isOverdue(waiting.iterator().next(), now))) {
                free--;
                return null;
            }
            Waiter waiter = new Waiter(now, thread);
            waiting.add(waiter);
            return waiter;
        }
    }

    /** Of a thread that waits and was woken, or has not slept yet. */
    private boolean takeNow(Waiter waiter) {
        Waiter next;
        synchronized (waiting) {
            if (woken == waiter) {
                woken = null;
            }
            if (free == 0 || !waiting.remove(waiter)) {
                return false; // or it has just been given one
            }
            free--;
            next = next(clock.nanos());
        }
        tell(next);
        return true;
    }

    /** Ends waiting; a permit that came meanwhile goes to the next. */
    void giveUp(CompletableFuture<Void> permit) {
        Waiter next;
        synchronized (waiting) {
            if (permit instanceof Waiter waiter && waiting.remove(waiter)) {
                if (woken == waiter) {
                    woken = null;
                }
            } else {
                free++;
            }
            next = next(clock.nanos());
        }
        tell(next);
    }

    void release() {
        long now = clock.nanos();
        Waiter next;
        synchronized (waiting) {
            free++;
            next = next(now);
        }
        tell(next);
    }

    /** Under the lock: who is given a permit now; or wakes a thread to see for itself. */
    private @Nullable Waiter next(long now) {
        if (free == 0 || waiting.isEmpty()) {
            return null;
        }
        Waiter eldest = waiting.iterator().next();
        if (eldest.thread == null || isOverdue(eldest, now)) {
            free--;
            waiting.remove(eldest);
            if (woken == eldest) {
                woken = null;
            }
            return eldest;
        }
        if (woken == null) {
            woken = eldest;
            LockSupport.unpark(eldest.thread);
        }
        return null;
    }

    private static boolean isOverdue(Waiter waiter, long now) {
        return now - waiter.sinceNanos >= PATIENCE_NANOS;
    }

    private void tell(@Nullable Waiter first) {
        if (first == null) {
            return;
        }
        Deque<Waiter> others = telling.get();
        if (others != null) {
            others.add(first);
            return;
        }
        Deque<Waiter> told = new ArrayDeque<>();
        telling.set(told);
        try {
            for (Waiter next = first; next != null; next = told.poll()) {
                next.complete(null);
                LockSupport.unpark(next.thread);
            }
        } finally {
            telling.remove();
        }
    }
}
