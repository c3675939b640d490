package io.wesdb.internal.env;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What a node takes from the outside instead of reaching for it: time, randomness and threads. No part of wesdb reads a
 * clock, makes a random number, starts a thread or sleeps by itself.
 */
public interface Environment extends AutoCloseable {
    Clock clock();

    /** 64 random bits; thread safe. */
    long randomLong();

    /**
     * A new lane.
     *
     * @param role what it is for; the thread is named {@code wesdb-<node>-<role>}
     */
    Lane newLane(String role);

    /** Where callers' futures are completed, and other work that does not take long is done. */
    Executor workers();

    /**
     * Where queries run, which may take long: apart from the workers, so that these are not held up. Whoever gives work
     * to it bounds how much.
     */
    Executor queries();

    /**
     * Blocks until {@code future} is done, at most for so long: for starting only, as no lane may wait. Comes from
     * outside because what is waited for may have to run in this very thread.
     */
    default <T extends @Nullable Object> T await(CompletableFuture<T> future, long timeoutMillis)
            throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(timeoutMillis, TimeUnit.MILLISECONDS);
    }

    /** Ends every thread that came from here, within the bound; idempotent. */
    @Override
    void close();
}
