package io.wesdb.internal.read;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;

/** How far this node has applied the log, and who waits for it to get further. Thread safe. */
public final class AppliedIndex {
    private record Waiter(long index, CompletableFuture<Void> reached) {}

    private final PriorityQueue<Waiter> waiters = new PriorityQueue<>(Comparator.comparingLong(Waiter::index));
    private volatile long value;

    public AppliedIndex(long value) {
        this.value = value;
    }

    public long get() {
        return value;
    }

    /** Never goes back. */
    public void advance(long index) {
        List<Waiter> reached = new ArrayList<>();
        synchronized (waiters) {
            if (index > value) {
                value = index;
            }
            while (!waiters.isEmpty() && waiters.peek().index() <= value) {
                reached.add(waiters.remove());
            }
        }
        reached.forEach(waiter -> waiter.reached().complete(null));
    }

    /** Completes, on the thread that advances, when {@code index} is applied. A future that is given up should be cancelled. */
    public CompletableFuture<Void> reached(long index) {
        if (value >= index) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> reached = new CompletableFuture<>();
        synchronized (waiters) {
            if (value >= index) {
                reached.complete(null);
                return reached;
            }
            Waiter waiter = new Waiter(index, reached);
            waiters.add(waiter);
            reached.whenComplete((done, failure) -> {
                if (failure != null) {
                    synchronized (waiters) {
                        waiters.remove(waiter);
                    }
                }
            });
        }
        return reached;
    }
}
