package io.wesdb.internal.sqlite;

import io.wesdb.internal.env.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A semaphore that can be waited for with or without a thread. A permit that is given back does not go to the eldest at
 * once if that is a thread: it is only woken, and whoever runs just then may come before it, for if every permit waited
 * for a sleeping thread there would be a change of threads for each short read. Nobody is passed over any more once he has
 * waited for as long as the patience given: then the permit is the eldest's. Thread safe.
 *
 * <p>Whenever the lock is free: if a permit is free and somebody waits, the eldest is a thread that was woken and has still
 * to look.
 */
final class Permits {
    private final long patienceNanos;
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
        /** Who was given a permit in the same pass. Written once, under the lock. */
        @Nullable Waiter then;

        Waiter(long sinceNanos, @Nullable Thread thread) {
            this.sinceNanos = sinceNanos;
            this.thread = thread;
        }
    }

    /** @param patienceNanos 0 if everyone is to have his turn in order, as for what is held for long */
    Permits(int count, long patienceNanos, Clock clock) {
        this.free = count;
        this.patienceNanos = patienceNanos;
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
                if (!waiter.isDone() && !isWoken(waiter)) {
                    LockSupport.parkNanos(this, left);
                }
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

    /** Looked at before sleeping: what was told of the waiter's turn may have been lost on another wait of this thread. */
    private boolean isWoken(Waiter waiter) {
        synchronized (waiting) {
            return woken == waiter;
        }
    }

    /** Null if a permit was taken. Who is overdue comes before the one who comes now. */
    private @Nullable Waiter takeOrWait(@Nullable Thread thread) {
        long now = clock.nanos();
        Waiter mine = null;
        Waiter next;
        synchronized (waiting) {
            next = next(now);
            if (free > 0) {
                free--;
            } else {
                mine = new Waiter(now, thread);
                waiting.add(mine);
            }
        }
        tell(next);
        return mine;
    }

    /** Of a thread that waits and was woken, or has not slept yet: unless somebody else is overdue. */
    private boolean takeNow(Waiter waiter) {
        long now = clock.nanos();
        boolean taken = false;
        Waiter next;
        synchronized (waiting) {
            if (woken == waiter) {
                woken = null;
            }
            if (free > 0 && !isSomebodyElseOverdue(waiter, now) && waiting.remove(waiter)) {
                free--;
                taken = true;
            }
            next = next(now);
        }
        tell(next);
        return taken; // or it was just given one, and told
    }

    private boolean isSomebodyElseOverdue(Waiter waiter, long now) {
        Waiter eldest = waiting.isEmpty() ? waiter : waiting.iterator().next();
        return eldest != waiter && isDue(eldest, now);
    }

    private boolean isDue(Waiter waiter, long now) {
        return waiter.thread == null || now - waiter.sinceNanos >= patienceNanos;
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

    /** Under the lock: gives what is free to those whose turn it is, the first of whom is told; or wakes a thread to see for itself. */
    private @Nullable Waiter next(long now) {
        Waiter first = null;
        Waiter last = null;
        var eldest = waiting.iterator();
        while (free > 0 && eldest.hasNext()) {
            Waiter waiter = eldest.next();
            if (!isDue(waiter, now)) {
                if (woken == null) {
                    woken = waiter;
                    LockSupport.unpark(waiter.thread);
                }
                break;
            }
            free--;
            eldest.remove();
            if (woken == waiter) {
                woken = null;
            }
            if (last == null) {
                first = waiter;
            } else {
                last.then = waiter;
            }
            last = waiter;
        }
        return first;
    }

    private void tell(@Nullable Waiter first) {
        if (first == null) {
            return;
        }
        Deque<Waiter> others = telling.get();
        Deque<Waiter> told = others == null ? new ArrayDeque<>() : others;
        for (Waiter next = first; next != null; next = next.then) {
            told.add(next);
        }
        if (others != null) {
            return; // further down this thread is at it
        }
        telling.set(told);
        try {
            for (Waiter next = told.poll(); next != null; next = told.poll()) {
                next.complete(null);
                LockSupport.unpark(next.thread);
            }
        } finally {
            telling.remove();
        }
    }
}
