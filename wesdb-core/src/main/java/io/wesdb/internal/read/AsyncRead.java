package io.wesdb.internal.read;

import io.wesdb.NotDoneException;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.sqlite.Reader;
import io.wesdb.internal.sqlite.ReaderPool;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One asynchronous read on its way: waits until the node is fresh enough, then for its turn, both without a thread, and
 * only then runs where queries run. So as many queries take up threads as there are readers. Thread safe.
 */
final class AsyncRead<T> {
    /** What it needs of its node. */
    record Parts(ReaderPool pool, Clock clock, Lane timers, Executor queries) {}

    /** What to tell a caller whose time is over. */
    interface Excuses {
        NotDoneException notFresh(@Nullable Throwable cause);

        NotDoneException noExecutor();
    }

    private final Parts parts;
    private final ReaderPool.Use use;
    private final Excuses excuses;
    private final Function<Reader, T> work;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    /** Somebody has taken the turn, or given it up. */
    private final AtomicBoolean turnOver = new AtomicBoolean();

    private final AtomicBoolean timed = new AtomicBoolean();
    private volatile @Nullable CompletableFuture<Void> turn;

    /** @param work on a reader that it gives back: at once if it fails, else when what it gives is done with */
    AsyncRead(Parts parts, ReaderPool.Use use, Excuses excuses, Function<Reader, T> work) {
        this.parts = parts;
        this.use = use;
        this.excuses = excuses;
        this.work = work;
    }

    /** Completed where queries run, or on a lane if it fails before; completing it from elsewhere gives the read up. */
    CompletableFuture<T> result() {
        return result;
    }

    /**
     * Begins it. Once.
     *
     * @param fresh cancelled if the read is given up before
     * @param beginBy when it is too late to begin
     */
    void start(CompletableFuture<Void> fresh, long beginBy) {
        if (!fresh.isDone()) {
            startTimer(beginBy);
        }
        result.whenComplete((done, failure) -> {
            fresh.cancel(false);
            giveUpTurn();
        });
        fresh.whenComplete((reached, failure) -> {
            if (failure == null) {
                waitForTurn(beginBy);
            } else {
                result.completeExceptionally(excuses.notFresh(failure)); // no-op if this is why it was cancelled
            }
        });
    }

    /** Only for those that wait: most do not. */
    private void startTimer(long beginBy) {
        if (timed.compareAndSet(false, true)) {
            long left = TimeUnit.NANOSECONDS.toMillis(beginBy - parts.clock().nanos());
            Lane.Timer timer = parts.timers().schedule(Math.max(0, left), this::late);
            result.whenComplete((done, failure) -> timer.cancel());
        }
    }

    private void late() {
        if (!turnOver.get()) {
            result.completeExceptionally(
                    turn == null ? excuses.notFresh(null) : parts.pool().busy(use));
        }
    }

    private void waitForTurn(long beginBy) {
        CompletableFuture<Void> mine = parts.pool().turn(use);
        turn = mine;
        if (!mine.isDone()) {
            startTimer(beginBy);
        }
        if (result.isDone()) {
            giveUpTurn();
            return;
        }
        mine.thenRun(() -> {
            try {
                parts.queries().execute(this::run);
            } catch (RejectedExecutionException e) {
                result.completeExceptionally(excuses.noExecutor());
            }
        });
    }

    private void giveUpTurn() {
        CompletableFuture<Void> mine = turn;
        if (mine != null && turnOver.compareAndSet(false, true)) {
            parts.pool().giveUp(use, mine);
        }
    }

    private void run() {
        if (!turnOver.compareAndSet(false, true)) {
            return; // given up while it waited for a thread
        }
        try {
            T read = work.apply(parts.pool().take(use));
            if (!result.complete(read)) {
                discard(read);
            }
        } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
        }
    }

    /** Cancelled in the last moment: what holds a reader must give it back. */
    private static void discard(Object read) {
        if (read instanceof io.wesdb.RowStream stream) {
            stream.close();
        }
    }
}
