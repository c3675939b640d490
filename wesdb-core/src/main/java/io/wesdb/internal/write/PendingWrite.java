package io.wesdb.internal.write;

import io.wesdb.WriteResult;
import java.util.concurrent.CompletableFuture;

/**
 * A command on its way, with the future that its caller waits for. The first completion counts; a command whose
 * deadline has passed may still be executed, nobody waits for it any more. What can change is owned by the replicator lane.
 */
final class PendingWrite {
    final Caller caller;
    final byte[] command;
    final boolean alone;
    final long deadlineNanos;
    final CompletableFuture<WriteResult> future = new CompletableFuture<>();

    /** Whether it is in a batch that was sent and is not decided yet. */
    boolean underWay;

    /** What it travels with must be wanted for at least so long; see {@link #spare}. */
    private long companyNanos;

    private boolean spared;

    PendingWrite(Caller caller, byte[] command, boolean alone, long deadlineNanos) {
        this.caller = caller;
        this.command = command;
        this.alone = alone;
        this.deadlineNanos = deadlineNanos;
    }

    boolean expired(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }

    /**
     * Its batch was refused because another write in it was not wanted any longer. From now on it travels only with such
     * as have at least half as much time left as it has. So each further refusal costs it half of its time, and there
     * can be but a few.
     */
    void spare(long nowNanos) {
        spared = true;
        companyNanos = nowNanos + (deadlineNanos - nowNanos) / 2;
    }

    /** The earliest deadline that it suffers beside it, relative to {@code nowNanos}; negative for any. */
    long companyLeft(long nowNanos) {
        return spared ? companyNanos - nowNanos : Long.MIN_VALUE;
    }

    long left(long nowNanos) {
        return deadlineNanos - nowNanos;
    }
}
