package io.wesdb.internal.env;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs many short pieces of work on few threads without waking one for each: a thread that is awake goes on for as long as
 * there is work. As long as not all threads are at it, each new piece calls another one, so one that blocks holds up none.
 * Thread safe.
 */
final class DrainingExecutor implements Executor {
    private final ExecutorService threads;
    private final int count;
    private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger draining = new AtomicInteger();

    /** @param count how many of the threads may be at it at once */
    DrainingExecutor(ExecutorService threads, int count) {
        this.threads = threads;
        this.count = count;
    }

    /** @throws RejectedExecutionException once the threads have been shut down */
    @Override
    public void execute(Runnable work) {
        if (threads.isShutdown()) {
            throw new RejectedExecutionException("shut down");
        }
        queue.add(work);
        try {
            callThread();
        } catch (RejectedExecutionException e) {
            if (queue.remove(work)) {
                throw e;
            } // else somebody who is at it still has taken it
        }
    }

    private void callThread() {
        for (int at = draining.get(); at < count; at = draining.get()) {
            if (draining.compareAndSet(at, at + 1)) {
                boolean called = false;
                try {
                    threads.execute(this::drain);
                    called = true;
                } finally {
                    if (!called) {
                        draining.decrementAndGet();
                    }
                }
                return;
            }
        }
    }

    private void drain() {
        do {
            for (Runnable work = queue.poll(); work != null; work = queue.poll()) {
                run(work);
            }
            draining.decrementAndGet();
            // What was added before that, while all were at it, called nobody.
        } while (!queue.isEmpty() && rejoin());
    }

    private boolean rejoin() {
        for (int at = draining.get(); at < count; at = draining.get()) {
            if (draining.compareAndSet(at, at + 1)) {
                return true;
            }
        }
        return false;
    }

    private static void run(Runnable work) {
        try {
            work.run();
        } catch (Throwable e) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }
}
