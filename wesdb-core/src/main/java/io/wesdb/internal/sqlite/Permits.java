package io.wesdb.internal.sqlite;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A fair semaphore that can be waited for without a thread. Thread safe. */
final class Permits {
    private final Set<CompletableFuture<Void>> waiting = new LinkedHashSet<>(); // guarded by itself
    private int free; // guarded by waiting
    /**
     * Those whose turn this thread has still to tell them of; null if it is not at it. Who is told may give the permit
     * back at once: if the next were told then and there, all who wait would be nested in one stack.
     */
    private final ThreadLocal<@Nullable Deque<CompletableFuture<Void>>> telling = new ThreadLocal<>();

    Permits(int count) {
        this.free = count;
    }

    /**
     * Completes when the caller has a permit: on this thread if one is free, else on the thread of who releases it.
     * Whoever does not want it any more calls {@link #giveUp}.
     */
    CompletableFuture<Void> acquire() {
        synchronized (waiting) {
            if (free > 0) {
                free--;
                return CompletableFuture.completedFuture(null);
            }
            CompletableFuture<Void> permit = new CompletableFuture<>();
            waiting.add(permit);
            return permit;
        }
    }

    /**
     * Waits for a permit on the calling thread.
     *
     * @return false if there was none in time
     */
    boolean acquire(long timeoutNanos) throws InterruptedException {
        CompletableFuture<Void> permit = acquire();
        if (permit.isDone()) {
            return true;
        }
        boolean had = false;
        try {
            permit.get(timeoutNanos, TimeUnit.NANOSECONDS);
            had = true;
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a permit is never refused", e);
        } finally {
            if (!had) {
                giveUp(permit);
            }
        }
    }

    /** Ends waiting; a permit that came meanwhile goes to the next. */
    void giveUp(CompletableFuture<Void> permit) {
        boolean hadNone;
        synchronized (waiting) {
            hadNone = waiting.remove(permit);
        }
        if (!hadNone) {
            release();
        }
    }

    void release() {
        CompletableFuture<Void> next = null;
        synchronized (waiting) {
            var eldest = waiting.iterator();
            if (eldest.hasNext()) {
                next = eldest.next();
                eldest.remove();
            } else {
                free++;
            }
        }
        if (next != null) {
            tell(next);
        }
    }

    private void tell(CompletableFuture<Void> first) {
        Deque<CompletableFuture<Void>> others = telling.get();
        if (others != null) {
            others.add(first);
            return;
        }
        Deque<CompletableFuture<Void>> told = new ArrayDeque<>();
        telling.set(told);
        try {
            for (CompletableFuture<Void> next = first; next != null; next = told.poll()) {
                next.complete(null);
            }
        } finally {
            telling.remove();
        }
    }
}
