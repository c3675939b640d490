package io.wesdb.internal.env;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.Future;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real lane: a named daemon thread and a queue. Who finds the lane idle and calls {@link #executeHere} runs his work, and
 * nothing else, himself.
 *
 * <p>Who makes {@link #taken} true has the lane, and may hand it to the lane's thread; it ends with a look whether something was
 * queued meanwhile. So what is queued is run by somebody, and whoever finds the queue empty has nothing of his own in it.
 * Thread safe.
 */
final class ThreadLane implements Lane {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadLane.class);

    /** After so many pieces of work the lane's thread looks at its timers. */
    private static final int MAX_IN_A_ROW = 8;

    /** The lane's thread and its timers. */
    final DefaultEventExecutor executor;

    final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean taken = new AtomicBoolean();

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
        if (!executor.isShutdown()) {
            queue.add(work);
            runQueued();
        }
    }

    @Override
    public void executeHere(Runnable work) {
        if (executor.isShuttingDown() || !taken.compareAndSet(false, true)) {
            execute(work);
            return;
        }
        boolean mayRun = queue.isEmpty(); // or what the same thread gave before would come after it
        try {
            if (mayRun) {
                run(work);
            } else {
                queue.add(work);
            }
        } finally {
            taken.set(false);
            runQueued();
        }
    }

    /** If nobody has the lane, the lane's thread gets it. */
    private void runQueued() {
        if (!queue.isEmpty() && taken.compareAndSet(false, true)) {
            continueOnThread();
        }
    }

    private void continueOnThread() {
        boolean handedOver = false;
        try {
            executor.execute(this::runSome);
            handedOver = true;
        } catch (RejectedExecutionException e) {
            dropped(e);
            queue.clear();
        } finally {
            if (!handedOver) {
                taken.set(false); // there was no memory, and the next one may try
            }
        }
    }

    /** On the lane's thread, which has the lane. */
    private void runSome() {
        Runnable next = queue.poll();
        for (int i = 1; next != null; i++) {
            run(next);
            if (i == MAX_IN_A_ROW) {
                break;
            }
            next = queue.poll();
        }
        taken.set(false);
        runQueued();
    }

    @Override
    public Timer scheduleNanos(long delayNanos, Runnable work) {
        Alarm alarm = new Alarm(work);
        try {
            alarm.future = executor.schedule(() -> executeHere(alarm), delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            dropped(e);
        }
        return alarm;
    }

    void shutDown() {
        executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** False if it has not ended in time. */
    boolean awaitEnd(long timeoutNanos) throws InterruptedException {
        return executor.awaitTermination(timeoutNanos, TimeUnit.NANOSECONDS);
    }

    /** A fault in one piece of work must not end the lane; it is a bug and is told as one. */
    private static void run(Runnable work) {
        try {
            work.run();
        } catch (Throwable e) {
            tell(e);
        }
    }

    private static void tell(Throwable failure) {
        try {
            LOG.error("unexpected failure on {}", Thread.currentThread().getName(), failure);
        } catch (Throwable e) {
            return; // there is no memory to tell of it
        }
    }

    private static void dropped(RejectedExecutionException why) {
        LOG.trace("work after the lane's end is dropped", why);
    }

    /** Work that is due later, unless it was cancelled before it had its turn. */
    static final class Alarm implements Runnable, Timer {
        private volatile @Nullable Runnable work;
        /** Null for the moment until it is known, and for good if there is none. */
        volatile @Nullable Future<?> future;

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
            work = null; // it may be due, and wait for its turn
            Future<?> scheduled = future;
            if (scheduled != null) {
                scheduled.cancel(false); // or it would stay in memory until then
            }
        }
    }
}
