package io.wesdb.internal.read;

import io.wesdb.WesDbException;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.sqlite.Reader;
import io.wesdb.internal.sqlite.ReaderPool;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One asynchronous read on its way: waits until the node is fresh enough, then for its turn, both without a thread, and
 * only then runs where queries run. So as many queries take up threads as there are readers. Thread safe.
 */
final class AsyncRead<T> {
    /**
     * What it needs of its node.
     *
     * @param workers where it fails, if it comes to no query
     */
    record Parts(ReaderPool pool, Clock clock, Lane timers, Executor queries, Executor workers) {}

    /** What to tell a caller whose time is over. */
    interface Excuses {
        WesDbException notFresh(@Nullable Throwable cause);

        WesDbException noExecutor(Throwable cause);
    }

    private final Parts parts;
    private final ReaderPool.Use use;
    private final Excuses excuses;
    private final Function<Reader, T> work;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    /** It is decided what becomes of it: it runs, or it fails, or its caller has given it up. */
    private final AtomicBoolean decided = new AtomicBoolean();

    private final AtomicBoolean timed = new AtomicBoolean();
    /** Until it is taken or given up. */
    private final AtomicReference<@Nullable CompletableFuture<Void>> turn = new AtomicReference<>();

    /** @param work on a reader that it gives back: at once if it fails, else when what it gives is done with */
    AsyncRead(Parts parts, ReaderPool.Use use, Excuses excuses, Function<Reader, T> work) {
        this.parts = parts;
        this.use = use;
        this.excuses = excuses;
        this.work = work;
    }

    /** Completed where queries run, or by a worker if it fails before; completing it from elsewhere gives the read up. */
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
            if (decided.compareAndSet(false, true)) {
                giveUpTurn();
            }
        });
        fresh.whenComplete((reached, failure) -> {
            if (failure == null) {
                waitForTurn(beginBy);
            } else {
                fail(excuses.notFresh(failure)); // no-op if this is why it was cancelled
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
        if (!decided.get()) {
            fail(turn.get() == null ? excuses.notFresh(null) : parts.pool().busy(use));
        }
    }

    /** What the caller hangs on the result may take long: it must hold up neither a lane nor who else finds this out. */
    private void fail(WesDbException why) {
        if (!decided.compareAndSet(false, true)) {
            return;
        }
        giveUpTurn();
        try {
            parts.workers().execute(() -> result.completeExceptionally(why));
        } catch (RuntimeException | Error e) {
            result.completeExceptionally(why); // better on our thread than never
        }
    }

    private void waitForTurn(long beginBy) {
        CompletableFuture<Void> mine = parts.pool().turn(use);
        turn.set(mine);
        if (decided.get()) {
            giveUpTurn(); // unless who has decided saw it
            return;
        }
        if (!mine.isDone()) {
            startTimer(beginBy);
        }
        mine.thenRun(() -> {
            try {
                parts.queries().execute(this::run);
            } catch (RuntimeException | Error e) { // whatever it is, also that no thread could be made
                fail(excuses.noExecutor(e));
            }
        });
    }

    private void giveUpTurn() {
        CompletableFuture<Void> mine = turn.getAndSet(null);
        if (mine != null) {
            parts.pool().giveUp(use, mine);
        }
    }

    private void run() {
        if (!decided.compareAndSet(false, true)) {
            return; // given up while it waited for a thread
        }
        turn.set(null); // it is taken now
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
