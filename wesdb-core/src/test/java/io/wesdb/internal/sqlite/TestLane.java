package io.wesdb.internal.sqlite;

import io.wesdb.internal.env.Lane;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A lane with a daemon thread of its own. */
final class TestLane implements Lane {
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "test-lane");
        thread.setDaemon(true);
        return thread;
    });

    @Override
    public void execute(Runnable work) {
        executor.execute(work);
    }

    @Override
    public Timer scheduleNanos(long delayNanos, Runnable work) {
        ScheduledFuture<?> future = executor.schedule(work, delayNanos, TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }
}
