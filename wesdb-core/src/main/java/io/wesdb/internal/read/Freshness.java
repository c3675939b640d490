package io.wesdb.internal.read;

import io.wesdb.ClosedException;
import io.wesdb.ReadOptions;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.read.HeadBarrier.Proof;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells when this node's file is as fresh as a read asks (I7). Freshness is proven by this node's own clock alone: by
 * when it last began to read a head that it has since applied. Thread safe; never blocks.
 */
final class Freshness {
    private static final CompletableFuture<Void> FRESH = CompletableFuture.completedFuture(null);

    private final AppliedIndex applied;
    private final HeadBarrier barrier;
    private final Clock clock;
    private final Set<CompletableFuture<Void>> waiting = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Freshness(AppliedIndex applied, HeadBarrier barrier, Clock clock) {
        this.applied = applied;
        this.barrier = barrier;
        this.clock = clock;
    }

    /**
     * Completes when the file is fresh enough; fails if the log cannot be asked. Knows no deadline: whoever gives up
     * cancels the future, so that nothing goes on waiting.
     */
    CompletableFuture<Void> reached(ReadOptions options) {
        boolean proofNeeded = switch (options.consistency()) {
            case LOCAL -> false;
            case LINEARIZABLE -> true;
            case BOUNDED -> !isProvenWithin(options.maxStaleness());
        };
        if (!proofNeeded && options.minIndex() <= applied.get()) {
            return FRESH;
        }
        CompletableFuture<Void> fresh = new CompletableFuture<>();
        waiting.add(fresh);
        fresh.whenComplete((done, failure) -> waiting.remove(fresh));
        if (closed) {
            end(fresh);
            return fresh;
        }
        if (proofNeeded) {
            barrier.proof().whenComplete((proof, failure) -> {
                if (failure != null) {
                    fresh.completeExceptionally(failure);
                } else {
                    await(Math.max(proof.index(), options.minIndex()), fresh);
                }
            });
        } else {
            await(options.minIndex(), fresh);
        }
        return fresh;
    }

    /** Fails whatever waits, now and later: nothing may be applied any more, and deadlines not be watched. */
    void close() {
        closed = true;
        waiting.forEach(Freshness::end);
    }

    private static void end(CompletableFuture<Void> fresh) {
        fresh.completeExceptionally(new ClosedException("the node is closed"));
    }

    private void await(long index, CompletableFuture<Void> fresh) {
        CompletableFuture<Void> reached = applied.reached(index);
        fresh.whenComplete((done, failure) -> reached.cancel(false));
        reached.whenComplete((done, failure) -> fresh.complete(null));
    }

    private boolean isProvenWithin(@Nullable Duration bound) {
        Proof last = barrier.last();
        return bound != null
                && last != null
                && last.index() <= applied.get()
                && clock.nanos() - last.asOfNanos() <= ReadTimes.nanos(bound);
    }
}
