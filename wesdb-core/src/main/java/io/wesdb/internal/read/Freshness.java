package io.wesdb.internal.read;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.ReadOptions;
import io.wesdb.WesDbException;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.read.HeadBarrier.Proof;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Makes a read wait until this node's file is as fresh as its options ask (I7). Freshness is proven by this node's own
 * clock alone: by when it last began to read a head that it has since applied. Blocks its caller; thread safe.
 */
final class Freshness {
    private final AppliedIndex applied;
    private final HeadBarrier barrier;
    private final Clock clock;

    Freshness(AppliedIndex applied, HeadBarrier barrier, Clock clock) {
        this.applied = applied;
        this.barrier = barrier;
        this.clock = clock;
    }

    /** Returns when the file is fresh enough; fails as {@code STALE} if that is not before the deadline. */
    void await(ReadOptions options, long deadlineNanos) {
        switch (options.consistency()) {
            case LOCAL -> {}
            case LINEARIZABLE -> awaitNewProof(deadlineNanos);
            case BOUNDED -> {
                Duration bound = options.maxStaleness();
                if (bound == null || !provenWithin(bound.toNanos())) {
                    awaitNewProof(deadlineNanos);
                }
            }
        }
        if (options.minIndex() > applied.get()) {
            awaitApplied(options.minIndex(), deadlineNanos);
        }
    }

    private boolean provenWithin(long boundNanos) {
        Proof last = barrier.last();
        return last != null && last.index() <= applied.get() && clock.nanos() - last.asOfNanos() <= boundNanos;
    }

    private void awaitNewProof(long deadlineNanos) {
        Proof proof =
                get(barrier.proof(), deadlineNanos, "the log could not be asked for its head before the deadline");
        if (proof != null) {
            awaitApplied(proof.index(), deadlineNanos);
        }
    }

    private void awaitApplied(long index, long deadlineNanos) {
        CompletableFuture<Void> reached = applied.reached(index);
        try {
            get(
                    reached,
                    deadlineNanos,
                    "this node has applied " + applied.get() + " and did not reach " + index + " before the deadline");
        } finally {
            reached.cancel(false);
        }
    }

    private <T> @Nullable T get(CompletableFuture<T> future, long deadlineNanos, String otherwise) {
        try {
            return future.get(deadlineNanos - clock.nanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw stale(otherwise, e);
        } catch (ExecutionException e) {
            throw stale("the log cannot be reached: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw stale("interrupted while waiting for freshness", e);
        }
    }

    private static WesDbException stale(String why, Exception cause) {
        return new NotDoneException(ErrorCode.STALE, why, Duration.ofMillis(100), cause);
    }
}
