package io.wesdb.internal.log.zookeeper;

import io.wesdb.internal.log.EntryDamagedException;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;

/** The pieces of entries too large for one packet. Stateless and thread safe. */
final class ChunkStore {
    static final int CHUNK_BYTES = 512 * 1024;
    /** Beyond it an entry is refused: an entry is held in memory whole, by its leader and by every follower. */
    static final int MAX_ENTRY_BYTES = 300 * 1024 * 1024;
    /** How many chunks of one entry are under way at once. */
    private static final int WINDOW = 4;

    private static final byte[] NOTHING = {};

    private final ZooKeeperClient client;
    private final ClusterPaths paths;

    ChunkStore(ZooKeeperClient client, ClusterPaths paths) {
        this.client = client;
        this.paths = paths;
    }

    static int chunkCount(int length) {
        return (length + CHUNK_BYTES - 1) / CHUNK_BYTES;
    }

    /** Completes when all chunks are on a quorum. */
    CompletableFuture<Void> write(EntryId id, byte[] entry) {
        String directory = id.toString();
        return client.create(paths.chunks(directory), NOTHING, CreateMode.PERSISTENT)
                .thenCompose(made -> forEach(chunkCount(entry.length), number -> {
                    int from = number * CHUNK_BYTES;
                    byte[] chunk = Arrays.copyOfRange(entry, from, Math.min(from + CHUNK_BYTES, entry.length));
                    return client.create(paths.chunk(directory, number), chunk, CreateMode.PERSISTENT);
                }));
    }

    /** Fails with NONODE if a chunk is not there, with {@link EntryDamagedException} if one is wrong. */
    CompletableFuture<byte[]> read(long index, Manifest manifest) {
        byte[] entry = new byte[manifest.length()];
        String directory = manifest.entryId().toString();
        return forEach(
                        manifest.chunkCount(),
                        number -> client.get(paths.chunk(directory, number), null)
                                .thenAccept(chunk -> place(index, entry, number, chunk.bytes())))
                .thenApply(all -> {
                    if (Manifest.checksum(entry) != manifest.checksum()) {
                        throw new EntryDamagedException(index, "the checksum of its chunks is wrong");
                    }
                    return entry;
                });
    }

    private static void place(long index, byte[] entry, int number, byte[] chunk) {
        int from = number * CHUNK_BYTES;
        if (chunk.length != Math.min(CHUNK_BYTES, entry.length - from)) {
            throw new EntryDamagedException(index, "chunk " + number + " has " + chunk.length + " bytes");
        }
        System.arraycopy(chunk, 0, entry, from, chunk.length);
    }

    /** Deletes an attempt that is known never to get into the log. */
    CompletableFuture<Void> delete(String directory) {
        return client.children(paths.chunks(directory))
                .thenCompose(chunks -> forEach(
                        chunks.size(), i -> gone(client.delete(paths.chunks(directory) + "/" + chunks.get(i), -1))))
                .thenCompose(emptied -> gone(client.delete(paths.chunks(directory), -1)));
    }

    /** Deletes the chunks of all entries below {@code index}, which have left the log, and of attempts to append there. */
    CompletableFuture<Void> deleteBelow(long index) {
        return directories().thenCompose(directories -> {
            List<String> left = directories.stream()
                    .filter(directory -> {
                        EntryId id = EntryId.parse(directory);
                        return id != null && id.index() < index;
                    })
                    .toList();
            return deleteAll(left, 0);
        });
    }

    private CompletableFuture<Void> deleteAll(List<String> directories, int from) {
        return from == directories.size()
                ? CompletableFuture.completedFuture(null)
                : gone(delete(directories.get(from))).thenCompose(deleted -> deleteAll(directories, from + 1));
    }

    CompletableFuture<List<String>> directories() {
        return client.children(paths.chunks());
    }

    /** Someone else having deleted it is as good; one that a deposed leader is still filling is left to the next sweep. */
    private static CompletableFuture<Void> gone(CompletableFuture<Void> deletion) {
        return deletion.exceptionallyCompose(failure -> {
            Code code = ZooKeeperFault.codeOf(failure);
            return code == Code.NONODE || code == Code.NOTEMPTY
                    ? CompletableFuture.completedFuture(null)
                    : CompletableFuture.failedFuture(failure);
        });
    }

    /** Steps 0 … count−1, {@link #WINDOW} at once, each strand in order and ended by its first failure. */
    private static CompletableFuture<Void> forEach(int count, IntFunction<CompletableFuture<Void>> step) {
        CompletableFuture<?>[] strands = new CompletableFuture<?>[Math.min(WINDOW, count)];
        for (int first = 0; first < strands.length; first++) {
            strands[first] = everyNth(step.apply(first), first + WINDOW, count, step);
        }
        return CompletableFuture.allOf(strands);
    }

    private static CompletableFuture<Void> everyNth(
            CompletableFuture<Void> before, int next, int count, IntFunction<CompletableFuture<Void>> step) {
        return next >= count
                ? before
                : before.thenCompose(done -> everyNth(step.apply(next), next + WINDOW, count, step));
    }
}
