package io.wesdb.internal.snapshot;

import io.wesdb.internal.snapshot.SnapshotRefusedException.Reason;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What a node does for those of its peers that want a snapshot. Thread safe; returns at once. */
public interface SnapshotService {
    /** A peer's connection asks for the first time; to be closed with it. */
    SnapshotTransfer begin(String forNode);

    /** Of a node that gives none. */
    static SnapshotService refusing(String why) {
        return forNode -> new SnapshotTransfer() {
            @Override
            public CompletableFuture<SnapshotOffer> offer(long minIndex, @Nullable String resumeId) {
                return CompletableFuture.failedFuture(new SnapshotRefusedException(Reason.NOT_SERVING, why, 0));
            }

            @Override
            public CompletableFuture<byte[]> chunk(String snapshotId, long offset, int length) {
                return CompletableFuture.failedFuture(new SnapshotRefusedException(Reason.NOT_SERVING, why, 0));
            }

            @Override
            public void close() {}
        };
    }
}
