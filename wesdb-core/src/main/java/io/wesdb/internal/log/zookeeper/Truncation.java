package io.wesdb.internal.log.zookeeper;

import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.log.TermOverException;
import io.wesdb.internal.log.zookeeper.Terms.Fence;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.FlatJson;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperClient.NodeData;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;

/**
 * The log's old end, kept in the {@code tail} znode: {@code first} is the lowest index that counts as being in the log,
 * {@code deleted} the one below which nothing is left of it. A truncation moves {@code first}, deletes what lies between
 * the two in batches, and then moves {@code deleted}; whoever finds them apart goes on where another one was cut short, so
 * that nothing is forgotten and the children of {@code log}, too many for a packet, are never listed.
 *
 * <p>Entries are deleted in ascending order only, each batch whole or not at all, so those that are left have no gaps: an
 * append that arrives late, at an index that was truncated, finds no predecessor (I2). All of it is fenced (I4).
 *
 * <p>Thread safe. One truncation runs at a time, later ones wait for it.
 */
final class Truncation {
    /** Entries to one multi, small enough to hold up no append noticeably: one is under way at a time … */
    private static final int BATCH = 100;
    /** … and leaves the server to the appends for so long. That is still ten thousand entries a second. */
    private static final long PAUSE_MILLIS = 5;
    /** How many entries are deleted before that is written down. Not each batch: {@code tail}'s version has 32 bits. */
    private static final long NOTED_EVERY = 10_000;
    /** How often a change of {@code tail} that another one overtook is tried again. */
    private static final int MAX_ATTEMPTS = 5;

    private static final int FENCE = 0;

    private final ZooKeeperClient client;
    private final ClusterPaths paths;
    private final ChunkStore chunks;
    private final Lane lane;
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

    private record Tail(long first, long deleted) {
        static Tail decode(byte[] bytes) {
            FlatJson json = FlatJson.parse(bytes);
            return new Tail(json.number("first"), json.number("deleted"));
        }

        byte[] encode() {
            return FlatJson.write("first", first, "deleted", deleted);
        }

        Tail withFirst(long index) {
            return new Tail(Math.max(first, index), deleted);
        }

        Tail withDeleted(long index) {
            return new Tail(first, Math.max(deleted, index));
        }
    }

    /** @param lane for the pauses */
    Truncation(ZooKeeperClient client, ClusterPaths paths, ChunkStore chunks, Lane lane) {
        this.client = client;
        this.paths = paths;
        this.chunks = chunks;
        this.lane = lane;
    }

    CompletableFuture<Long> first() {
        return tail().thenApply(data -> Tail.decode(data.bytes()).first());
    }

    private CompletableFuture<NodeData> tail() {
        CompletableFuture<Void> sync = client.sync(paths.tail());
        return sync.thenCombine(client.get(paths.tail(), null), (synced, data) -> data);
    }

    /** What has moved {@code first} before an answer was lost is found again by the next one. */
    synchronized CompletableFuture<Void> truncate(Fence fence, long below) {
        last = last.handle((done, failure) -> null).thenCompose(before -> run(fence, below));
        return last;
    }

    private CompletableFuture<Void> run(Fence fence, long below) {
        // A head that is not the newest is lower, which only keeps more.
        return client.get(paths.head(), null).thenCompose(data -> {
            Head head = Terms.decodeHead(data.bytes());
            return change(fence, tail -> tail.withFirst(Math.min(below, head.index())), MAX_ATTEMPTS)
                    // In a new log what is to be deleted is the base, and it is the head: the next entry's predecessor.
                    .thenCompose(tail -> clean(fence, tail, Math.min(tail.first(), head.index())));
        });
    }

    /** Changes {@code tail} unless another node's change comes between; no change is not written. */
    private CompletableFuture<Tail> change(Fence fence, UnaryOperator<Tail> change, int attempts) {
        return tail().thenCompose(data -> {
            Tail before = Tail.decode(data.bytes());
            Tail after = change.apply(before);
            if (after.equals(before)) {
                return CompletableFuture.completedFuture(after);
            }
            Op write = Op.setData(paths.tail(), after.encode(), data.version());
            return fenced(fence, List.of(write)).thenApply(written -> after).exceptionallyCompose(failure -> {
                boolean overtaken = ZooKeeperFault.codeOf(failure) == Code.BADVERSION;
                return overtaken && attempts > 1
                        ? change(fence, change, attempts - 1)
                        : CompletableFuture.failedFuture(failure);
            });
        });
    }

    /** Fails with {@link TermOverException} if that is why, else with ZooKeeper's fault. */
    private CompletableFuture<Void> fenced(Fence fence, List<Op> operations) {
        List<Op> all = new ArrayList<>(1 + operations.size());
        all.add(Op.check(paths.epoch(), fence.version()));
        all.addAll(operations);
        return client.multi(all).exceptionallyCompose(failure -> {
            ZooKeeperFault fault = ZooKeeperFault.of(failure);
            boolean over = fault != null && fault.operation() == FENCE && fault.code() == Code.BADVERSION;
            return CompletableFuture.failedFuture(over ? new TermOverException(fence.term()) : failure);
        });
    }

    /** Deletes what is left below {@code limit}. Chunks go after their entries: a reader tells by it that they left the log. */
    private CompletableFuture<Void> clean(Fence fence, Tail tail, long limit) {
        if (tail.deleted() >= limit) {
            return CompletableFuture.completedFuture(null);
        }
        long to = Math.min(limit, tail.deleted() + NOTED_EVERY);
        return delete(fence, tail.deleted(), to)
                .thenCompose(deleted -> chunks.deleteBelow(to))
                .thenCompose(deleted -> change(fence, now -> now.withDeleted(to), MAX_ATTEMPTS))
                .thenCompose(now -> clean(fence, now, limit));
    }

    private CompletableFuture<Void> delete(Fence fence, long from, long limit) {
        if (from >= limit) {
            return CompletableFuture.completedFuture(null);
        }
        long to = Math.min(from + BATCH, limit);
        List<Op> deletions = new ArrayList<>(BATCH);
        for (long index = from; index < to; index++) {
            deletions.add(Op.delete(paths.entry(index), -1));
        }
        return fenced(fence, deletions)
                .thenCompose(done -> to == limit ? CompletableFuture.completedFuture(to) : pause(to))
                .exceptionallyCompose(failure -> {
                    ZooKeeperFault fault = ZooKeeperFault.of(failure);
                    return fault != null && fault.code() == Code.NONODE && fault.operation() > FENCE
                            ? deleteAround(fence, from, from + fault.operation() - 1, limit)
                            : CompletableFuture.failedFuture(failure);
                })
                .thenCompose(next -> delete(fence, next, limit));
    }

    private CompletableFuture<Long> pause(long next) {
        CompletableFuture<Long> over = new CompletableFuture<>();
        lane.schedule(PAUSE_MILLIS, () -> over.complete(next));
        return over;
    }

    /** The entry {@code missing} is not there: one before us got so far. Gives the next one to delete. */
    private CompletableFuture<Long> deleteAround(Fence fence, long from, long missing, long limit) {
        return delete(fence, from, missing)
                .thenCompose(deleted -> client.sync(paths.log()))
                .thenCompose(synced -> presentAfter(missing, 1, limit));
    }

    /**
     * The first entry that is there after one that is not; {@code limit} if there is none. What was deleted has no gaps,
     * so it is enough to look ahead in strides that double, and then to halve.
     */
    private CompletableFuture<Long> presentAfter(long missing, long stride, long limit) {
        long probe = Math.min(missing + stride, limit);
        if (probe == limit) {
            return halve(missing, limit);
        }
        return exists(probe)
                .thenCompose(there -> there ? halve(missing, probe) : presentAfter(probe, stride * 2, limit));
    }

    private CompletableFuture<Long> halve(long missing, long present) {
        if (present - missing <= 1) {
            return CompletableFuture.completedFuture(present);
        }
        long middle = missing + (present - missing) / 2;
        return exists(middle).thenCompose(there -> there ? halve(missing, middle) : halve(middle, present));
    }

    private CompletableFuture<Boolean> exists(long index) {
        return client.get(paths.entry(index), null)
                .thenApply(data -> true)
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? CompletableFuture.completedFuture(false)
                        : CompletableFuture.failedFuture(failure));
    }
}
