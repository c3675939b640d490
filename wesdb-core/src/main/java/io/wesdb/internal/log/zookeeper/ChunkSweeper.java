package io.wesdb.internal.log.zookeeper;

import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.KeeperException.Code;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the chunks of appends that never happened. Only those of a term older than the one that has just begun are
 * looked at: the fence has risen above them, so an attempt that its index's manifest does not name now never will be
 * named (I4). Stateless and thread safe.
 */
final class ChunkSweeper {
    private static final Logger LOG = LoggerFactory.getLogger(ChunkSweeper.class);

    private final ZooKeeperClient client;
    private final ClusterPaths paths;
    private final ChunkStore chunks;

    ChunkSweeper(ZooKeeperClient client, ClusterPaths paths, ChunkStore chunks) {
        this.client = client;
        this.paths = paths;
        this.chunks = chunks;
    }

    /** To be called after {@code epoch} began and a sync. What a failure leaves behind the next term's sweep finds. */
    CompletableFuture<Void> sweep(long epoch) {
        return chunks.directories()
                .thenCompose(directories -> sweep(directories, 0, epoch))
                .whenComplete((swept, failure) -> {
                    if (failure != null) {
                        LOG.debug(
                                "chunks were not swept: {}",
                                ZooKeeperFault.unwrap(failure).getMessage());
                    }
                });
    }

    private CompletableFuture<Void> sweep(List<String> directories, int from, long epoch) {
        for (int i = from; i < directories.size(); i++) {
            EntryId id = EntryId.parse(directories.get(i));
            if (id != null && id.epoch() < epoch) {
                int next = i + 1;
                return sweep(id).thenCompose(swept -> sweep(directories, next, epoch));
            }
        }
        return CompletableFuture.completedFuture(null);
    }

    private CompletableFuture<Void> sweep(EntryId id) {
        return client.get(paths.entry(id.index()), null)
                .thenApply(data -> {
                    Manifest manifest = Manifest.looksLikeOne(data.bytes()) ? Manifest.decode(data.bytes()) : null;
                    boolean unreadable = Manifest.looksLikeOne(data.bytes()) && manifest == null;
                    return unreadable || (manifest != null && manifest.entryId().equals(id));
                })
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? CompletableFuture.completedFuture(false)
                        : CompletableFuture.failedFuture(failure))
                .thenCompose(inUse -> inUse ? CompletableFuture.completedFuture(null) : chunks.delete(id.toString()));
    }
}
