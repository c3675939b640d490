package io.wesdb.internal.snapshot;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One node's access to the snapshots of another, on either side of the wire: what a {@link SnapshotService} gives to one
 * peer's connection, and what a {@link SnapshotClient} has of it at the other end.
 *
 * <p>Thread safe; returns at once. Every future completes, in any order and on any thread, which must not be blocked:
 * exceptionally with {@link SnapshotRefusedException} if the giver says no, and with anything else if the connection is
 * broken or has become useless.
 */
public interface SnapshotTransfer extends AutoCloseable {
    /** The most that may be asked for in one chunk (I12). */
    int MAX_CHUNK_BYTES = 1024 * 1024;

    /** The longest name of a snapshot. */
    int MAX_ID_CHARACTERS = 64;

    /**
     * Asks for a snapshot; may take as long as copying the file does.
     *
     * @param minIndex of no use if it is older
     * @param resumeId a snapshot of which some is here already: that one or none
     */
    CompletableFuture<SnapshotOffer> offer(long minIndex, @Nullable String resumeId);

    /** Exactly {@code length} bytes of the snapshot from {@code offset}, not to be modified by the giver any more. */
    CompletableFuture<byte[]> chunk(String snapshotId, long offset, int length);

    /** Gives up the place; what is under way fails. Idempotent. */
    @Override
    void close();
}
