package io.wesdb.internal.env;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.Future;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The real world: the machine's clocks, and daemon threads named {@code wesdb-<node>-<role>}. Lanes are Netty's
 * single-threaded executors. Thread safe.
 */
public final class SystemEnvironment implements Environment {
    private static final Logger LOG = LoggerFactory.getLogger(SystemEnvironment.class);

    private final String node;
    private final Clock clock = Clock.system();
    private final SecureRandom random = new SecureRandom();
    /**
     * SQLite calls itself for each trigger that sets off another, each generated column made of another, each common table
     * that reads another; at the end of the stack the process crashes, and would again at every start. This is enough for
     * thousands of them. It is reserved, and used only if needed.
     */
    private static final long STACK_BYTES = 32L * 1024 * 1024;

    private final List<ThreadLane> lanes = new CopyOnWriteArrayList<>();
    private final Executor workers;
    private final Executor queries;
    private final List<ExecutorService> own;
    private final long closeTimeoutMillis;

    /**
     * @param node its name is part of the threads' names
     * @param workers where callers' futures are completed and queries run; null for threads of our own
     * @param closeTimeoutMillis how long {@link #close()} waits for work under way
     */
    public SystemEnvironment(String node, @Nullable Executor workers, long closeTimeoutMillis) {
        this.node = node;
        this.closeTimeoutMillis = closeTimeoutMillis;
        if (workers == null) {
            ExecutorService ownWorkers =
                    newWorkers(Math.max(4, Runtime.getRuntime().availableProcessors() * 2));
            ExecutorService ownQueries = newQueries();
            this.workers = ownWorkers;
            this.queries = ownQueries;
            this.own = List.of(ownWorkers, ownQueries);
        } else {
            this.workers = workers;
            this.queries = workers;
            this.own = List.of();
        }
    }

    private ExecutorService newQueries() {
        // A query has its reader before it comes here: there are no more threads than readers.
        return new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), threadFactory("query"));
    }

    private ExecutorService newWorkers(int threads) {
        // What is queued here is bounded where it is admitted: pending writes, pending reads, requests a connection.
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threadFactory("worker"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Daemon threads named {@code wesdb-<node>-<role>-<n>}. */
    public ThreadFactory threadFactory(String role) {
        AtomicInteger number = new AtomicInteger();
        return work -> {
            String name = "wesdb-" + node + "-" + role + "-" + number.incrementAndGet();
            Thread thread = new Thread(null, work, name, STACK_BYTES);
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public long randomLong() {
        return random.nextLong();
    }

    @Override
    public Lane newLane(String role) {
        ThreadLane lane = new ThreadLane("wesdb-" + node + "-" + role);
        lanes.add(lane);
        return lane;
    }

    @Override
    public Executor workers() {
        return workers;
    }

    @Override
    public Executor queries() {
        return queries;
    }

    @Override
    public void close() {
        long deadline = clock.nanos() + TimeUnit.MILLISECONDS.toNanos(closeTimeoutMillis);
        lanes.forEach(ThreadLane::shutDown);
        own.forEach(ExecutorService::shutdown);
        try {
            for (ThreadLane lane : lanes) {
                lane.executor.awaitTermination(deadline - clock.nanos(), TimeUnit.NANOSECONDS);
            }
            for (ExecutorService threads : own) {
                if (!threads.awaitTermination(deadline - clock.nanos(), TimeUnit.NANOSECONDS)) {
                    threads.shutdownNow();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class ThreadLane implements Lane {
        private final DefaultEventExecutor executor;

        ThreadLane(String name) {
            executor = new DefaultEventExecutor(work -> {
                Thread thread = new io.netty.util.concurrent.FastThreadLocalThread(null, work, name, STACK_BYTES);
                thread.setDaemon(true);
                return thread;
            });
        }

        @Override
        public void execute(Runnable work) {
            try {
                executor.execute(() -> run(work));
            } catch (RejectedExecutionException e) {
                LOG.trace("work after the lane's end is dropped", e);
            }
        }

        @Override
        public Timer scheduleNanos(long delayNanos, Runnable work) {
            try {
                Future<?> scheduled = executor.schedule(() -> run(work), delayNanos, TimeUnit.NANOSECONDS);
                return () -> scheduled.cancel(false);
            } catch (RejectedExecutionException e) {
                LOG.trace("work after the lane's end is dropped", e);
                return () -> {};
            }
        }

        @Override
        public boolean isCurrent() {
            return executor.inEventLoop();
        }

        void shutDown() {
            executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }

        /** A fault in one piece of work must not end the lane; it is a bug and is told as one. */
        private static void run(Runnable work) {
            try {
                work.run();
            } catch (Throwable e) {
                LOG.error("unexpected failure on {}", Thread.currentThread().getName(), e);
            }
        }
    }
}
