package io.wesdb.internal.env;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real lane: a named daemon thread, and a queue of which one thread at a time takes the work. That one is whoever found the
 * lane idle: the lane's own thread, or for {@link #executeHere} the caller's.
 *
 * <p>{@link #unfinished} is both: who makes it 1 runs the work, and goes on until it is 0 again. Thread safe.
 */
final class ThreadLane implements Lane {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadLane.class);

    /** After so many pieces of work the lane's thread looks at its timers. */
    private static final int MAX_IN_A_ROW = 8;

    /** How much of what its own work gave to the lane a borrowed thread does before it goes. */
    private static final int MAX_IN_A_ROW_HERE = 4;

    /** The lane's thread and its timers. */
    private final DefaultEventExecutor executor;

    private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
    /** How many pieces of work were given and have not ended. */
    private final AtomicInteger unfinished = new AtomicInteger();

    /**
     * @param name the thread's
     * @param stackBytes reserved for the thread's stack
     */
    ThreadLane(String name, long stackBytes) {
        executor = new DefaultEventExecutor(work -> {
            Thread thread = new FastThreadLocalThread(null, work, name, stackBytes);
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public void execute(Runnable work) {
        if (executor.isShutdown()) {
            return;
        }
        queue.add(work);
        if (unfinished.getAndIncrement() == 0) {
            continueOnThread();
        }
    }

    @Override
    public void executeHere(Runnable work) {
        if (!executor.isShuttingDown() && unfinished.compareAndSet(0, 1)) {
            queue.add(work);
            runSome(MAX_IN_A_ROW_HERE);
        } else {
            execute(work);
        }
    }

    private void continueOnThread() {
        try {
            executor.execute(() -> runSome(MAX_IN_A_ROW));
        } catch (RejectedExecutionException e) {
            dropped(e);
            queue.clear();
        }
    }

    /** By the one whose turn it is: goes on until all is done, or leaves the rest to the lane's thread. */
    private void runSome(int max) {
        boolean more = true;
        for (int i = 0; more && i < max; i++) {
            Runnable next = queue.poll(); // there is one: who counts has added before
            if (next != null) {
                run(next);
            }
            more = unfinished.decrementAndGet() > 0;
        }
        if (more) {
            continueOnThread();
        }
    }

    @Override
    public Timer scheduleNanos(long delayNanos, Runnable work) {
        Alarm alarm = new Alarm(work);
        try {
            executor.schedule(() -> executeHere(alarm), delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            dropped(e);
        }
        return alarm;
    }

    void shutDown() {
        executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    void awaitEnd(long timeoutNanos) throws InterruptedException {
        executor.awaitTermination(timeoutNanos, TimeUnit.NANOSECONDS);
    }

    /** A fault in one piece of work must not end the lane; it is a bug and is told as one. */
    private static void run(Runnable work) {
        try {
            work.run();
        } catch (Throwable e) {
            LOG.error("unexpected failure on {}", Thread.currentThread().getName(), e);
        }
    }

    private static void dropped(RejectedExecutionException why) {
        LOG.trace("work after the lane's end is dropped", why);
    }

    /** Work that is due later, unless it was cancelled before it had its turn. Owned by the lane. */
    private static final class Alarm implements Runnable, Timer {
        private @Nullable Runnable work;

        Alarm(Runnable work) {
            this.work = work;
        }

        @Override
        public void run() {
            Runnable due = work;
            if (due != null) {
                due.run();
            }
        }

        @Override
        public void cancel() {
            work = null;
        }
    }
}
