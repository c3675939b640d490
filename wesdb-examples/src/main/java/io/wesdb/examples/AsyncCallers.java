package io.wesdb.examples;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.Statement;
import io.wesdb.WesDb;
import io.wesdb.WriteOptions;
import io.wesdb.WriteResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Callers of an embedded node, each of which gives one write after the other, without a thread of its own. One that is refused for want
 * of room comes back when it was told to. They begin at once. For one thread.
 */
final class AsyncCallers implements AutoCloseable {
    static final String TABLE = "CREATE TABLE written(id INTEGER PRIMARY KEY, caller TEXT)";
    private static final String SQL = "INSERT INTO written VALUES (?, ?)";
    private static final long AFTER_FAILURE_MILLIS = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final WesDb db;
    private final Books books;
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, work -> {
        Thread thread = new Thread(work, "returning-callers");
        thread.setDaemon(true);
        return thread;
    });

    /** Those that have not ended. */
    private final CountDownLatch running;

    private volatile Stretch stretch = new Stretch();
    private volatile boolean stopped;

    /** What became of all writes, of whichever callers. Safe for use by many threads. */
    static final class Books {
        private final AtomicLong ids = new AtomicLong();
        private final AtomicLong acknowledged = new AtomicLong();
        private final AtomicLong refused = new AtomicLong();
        private final AtomicLong failed = new AtomicLong();
        private final AtomicReference<@Nullable Throwable> firstFailure = new AtomicReference<>();

        long refused() {
            return refused.get();
        }

        /** That every write that was acknowledged is there once, and none that was refused. */
        void prove(Screen screen, WesDb db) {
            long rows = db.query("SELECT count(*) FROM written").single().getLong(0);
            screen.prove(
                    failed.get() == 0,
                    "no write ended otherwise than done or refused: " + failed
                            + (firstFailure.get() == null ? "" : ", the first: " + firstFailure));
            screen.prove(
                    rows == acknowledged.get(),
                    String.format(
                            "%,d rows are there: each of %,d acknowledged writes, none of %,d refused ones",
                            rows, acknowledged.get(), refused.get()));
        }
    }

    /** @param names of callers; callers of one name are one for the node */
    AsyncCallers(WesDb db, Books books, int count, IntFunction<String> names) {
        this.db = db;
        this.books = books;
        this.running = new CountDownLatch(count);
        for (int i = 0; i < count; i++) {
            String name = names.apply(i);
            next(name, WriteOptions.defaults().withTimeout(PATIENCE).withCaller(name));
        }
    }

    private void next(String name, WriteOptions options) {
        if (stopped) {
            running.countDown();
            return;
        }
        long begun = System.nanoTime();
        List<Statement> insert = List.of(Statement.of(SQL, books.ids.incrementAndGet(), name));
        db.executeAsync(insert, options)
                .whenComplete((done, failure) -> ended(name, options, System.nanoTime() - begun, done, failure));
    }

    private void ended(
            String name, WriteOptions options, long nanos, @Nullable WriteResult done, @Nullable Throwable failure) {
        stretch.add(done != null, nanos);
        if (done != null) {
            books.acknowledged.incrementAndGet();
            next(name, options);
        } else if (failure instanceof NotDoneException refused && refused.code() == ErrorCode.OVERLOADED) {
            books.refused.incrementAndGet();
            later(refused.retryAfter().toMillis(), name, options);
        } else {
            books.failed.incrementAndGet();
            books.firstFailure.compareAndSet(null, failure);
            later(AFTER_FAILURE_MILLIS, name, options);
        }
    }

    private void later(long millis, String name, WriteOptions options) {
        Future<?> waiting;
        try {
            waiting = timer.schedule(() -> next(name, options), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            return; // closed without being stopped: nobody waits
        }
        if (stopped) {
            giveUp(waiting); // it may have come too late for stop() to see it
        }
    }

    /** A caller that waits ends here; one that has begun to go on sees for itself that it is to stop. */
    private void giveUp(Future<?> waiting) {
        if (waiting.cancel(false)) {
            running.countDown();
        }
    }

    /** What ended in a stretch of time; those refused count as failed. */
    Stretch.Summary lap(long millis) throws InterruptedException {
        Stretch begun = new Stretch();
        stretch = begun;
        TimeUnit.MILLISECONDS.sleep(millis);
        return begun.summary();
    }

    /** Returns when the last write has ended; those that wait do not come back. */
    void stop() throws InterruptedException {
        stopped = true;
        for (Runnable waiting : List.copyOf(timer.getQueue())) {
            giveUp((Future<?>) waiting);
        }
        running.await();
        timer.shutdown();
    }

    @Override
    public void close() {
        stopped = true;
        timer.shutdownNow();
    }
}
