package io.wesdb.internal.log.zookeeper;

import io.wesdb.internal.log.EntryDamagedException;
import io.wesdb.internal.log.EntryMissingException;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.KeeperException.Code;

/** Reads entries, whole or in chunks. Stateless and thread safe. */
final class EntryReader {
    private final ZooKeeperClient client;
    private final ClusterPaths paths;
    private final ChunkStore chunks;

    EntryReader(ZooKeeperClient client, ClusterPaths paths, ChunkStore chunks) {
        this.client = client;
        this.paths = paths;
        this.chunks = chunks;
    }

    /** Fails with {@link EntryMissingException}, {@link EntryDamagedException} or ZooKeeper's fault. */
    CompletableFuture<byte[]> read(long index) {
        return readNode(index)
                .thenCompose(bytes -> Manifest.looksLikeOne(bytes)
                        ? readChunks(index, bytes)
                        : CompletableFuture.completedFuture(bytes));
    }

    /** A server that lags behind must not make an entry look truncated, so its absence is believed only after a sync. */
    private CompletableFuture<byte[]> readNode(long index) {
        String path = paths.entry(index);
        return client.get(path, null)
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? client.sync(path).thenCompose(synced -> client.get(path, null))
                        : CompletableFuture.failedFuture(failure))
                .thenApply(data -> {
                    if (data.bytes().length == 0) {
                        throw new EntryMissingException(index); // the base, which only holds the place of an entry
                    }
                    return data.bytes();
                })
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                        ZooKeeperFault.codeOf(failure) == Code.NONODE ? new EntryMissingException(index) : failure));
    }

    private CompletableFuture<byte[]> readChunks(long index, byte[] bytes) {
        Manifest manifest = Manifest.decode(bytes);
        if (manifest == null) {
            return CompletableFuture.failedFuture(
                    new EntryDamagedException(index, "its manifest is not one that this version can read"));
        }
        return chunks.read(index, manifest).exceptionallyCompose(failure -> {
            if (ZooKeeperFault.codeOf(failure) != Code.NONODE) {
                return CompletableFuture.failedFuture(failure);
            }
            // Either the entry has left the log while its chunks were read, or the chunks alone are gone.
            return readNode(index)
                    .thenCompose(still ->
                            CompletableFuture.failedFuture(new EntryDamagedException(index, "a chunk is missing")));
        });
    }
}
