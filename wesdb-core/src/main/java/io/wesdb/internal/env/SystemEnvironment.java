package io.wesdb.internal.env;

import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The real world: the machine's clocks, and daemon threads named {@code wesdb-<node>-<role>}. Thread safe.
 */
public final class SystemEnvironment implements Environment {
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
        ThreadLane lane = new ThreadLane("wesdb-" + node + "-" + role, STACK_BYTES);
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
                lane.awaitEnd(deadline - clock.nanos());
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
}
