package io.wesdb.internal.snapshot;

import java.util.concurrent.CompletableFuture;

/** The way to other nodes' snapshots. Thread safe; returns at once. */
public interface SnapshotClient extends AutoCloseable {
    /**
     * Connects to the node at {@code address}; each call makes a connection of its own, apart from forwarded writes. Fails,
     * within a bound, if the node cannot be reached or does not belong to the cluster.
     */
    CompletableFuture<SnapshotTransfer> connect(String address);

    /** Ends all connections; everything under way fails. Idempotent. */
    @Override
    void close();
}
