package io.wesdb.internal.zookeeper;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Real time and real threads for tests against a real ZooKeeper. Thread safe. */
public class LiveEnvironment implements Environment {
    private final List<LiveLane> lanes = new CopyOnWriteArrayList<>();
    private final String node;

    public LiveEnvironment(String node) {
        this.node = node;
    }

    @Override
    public Clock clock() {
        return Clock.system();
    }

    @Override
    public long randomLong() {
        return ThreadLocalRandom.current().nextLong();
    }

    @Override
    public Lane newLane(String role) {
        LiveLane lane = new LiveLane("wesdb-" + node + "-" + role);
        lanes.add(lane);
        return lane;
    }

    @Override
    public Executor workers() {
        return lanes.isEmpty() ? newLane("worker") : lanes.get(0);
    }

    @Override
    public Executor queries() {
        return workers();
    }

    @Override
    public void close() {
        lanes.forEach(lane -> lane.executor.shutdownNow());
        for (LiveLane lane : lanes) {
            try {
                lane.executor.awaitTermination(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static final class LiveLane implements Lane {
        private final ScheduledThreadPoolExecutor executor;

        LiveLane(String name) {
            this.executor = (ScheduledThreadPoolExecutor) Executors.newScheduledThreadPool(1, work -> {
                Thread made = new Thread(work, name);
                made.setDaemon(true);
                return made;
            });
            executor.setRejectedExecutionHandler((work, pool) -> {});
            executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        }

        @Override
        public void execute(Runnable work) {
            executor.execute(guarded(work));
        }

        @Override
        public Timer scheduleNanos(long delayNanos, Runnable work) {
            ScheduledFuture<?> future = executor.schedule(guarded(work), delayNanos, TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        }

        private static Runnable guarded(Runnable work) {
            return () -> {
                try {
                    work.run();
                } catch (RuntimeException | Error e) {
                    e.printStackTrace();
                    throw e;
                }
            };
        }
    }
}
