package io.wesdb.internal.write;

import io.wesdb.WriteResult;
import java.util.concurrent.CompletableFuture;

/**
 * A command on its way, with the future that its caller waits for. The first completion counts; a command whose
 * deadline has passed may still be executed, nobody waits for it any more.
 */
final class PendingWrite {
    final byte[] command;
    final boolean alone;
    final long deadlineNanos;
    final CompletableFuture<WriteResult> future = new CompletableFuture<>();

    PendingWrite(byte[] command, boolean alone, long deadlineNanos) {
        this.command = command;
        this.alone = alone;
        this.deadlineNanos = deadlineNanos;
    }

    boolean expired(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }
}
