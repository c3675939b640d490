package io.wesdb.internal.log.zookeeper;

import io.wesdb.internal.log.ReplicatedLog.AppendResult;
import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.log.zookeeper.Terms.Fence;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.Ids;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends entries, each as one {@code multi} of four operations: check the fence (I4), check that the entry before is
 * there (no gaps, I2), create the entry, move the head. Multis are sent in the order of the calls and overlap; one whose
 * chunks are still being written holds back those behind it.
 *
 * <p>Thread safe. No lock is held while requests are sent or futures completed.
 */
final class Appender {
    private static final Logger LOG = LoggerFactory.getLogger(Appender.class);

    /** The most that an entry may have to travel in one packet (jute.maxbuffer, 1,048,575) with the rest of the multi. */
    static final int MAX_INLINE_BYTES = 1_000_000;
    /** A bound against a caller that has none (I12). */
    private static final int MAX_WAITING = 4_096;

    private static final int FENCE = 0;
    private static final int PREDECESSOR = 1;
    private static final int CREATION = 2;

    private final ZooKeeperClient client;
    private final ClusterPaths paths;
    private final ChunkStore chunks;
    private final EntryReader reader;
    private final Terms terms;
    private final LongSupplier random;

    private final Object lock = new Object();
    private final Queue<Append> waiting = new ArrayDeque<>();
    private boolean pumping;
    private boolean closed;
    private final Set<Append> underWay = ConcurrentHashMap.newKeySet();

    private static final class Append {
        final Fence fence;
        final long index;
        final byte[] entry;
        final CompletableFuture<AppendResult> result = new CompletableFuture<>();
        /** The attempt whose chunks hold the entry; null for one that fits a packet. */
        @Nullable EntryId entryId;
        /** What goes into the log; null until the chunks are written. Guarded by the lock. */
        byte @Nullable [] payload;

        Append(Fence fence, long index, byte[] entry) {
            this.fence = fence;
            this.index = index;
            this.entry = entry;
        }
    }

    Appender(
            ZooKeeperClient client,
            ClusterPaths paths,
            ChunkStore chunks,
            EntryReader reader,
            Terms terms,
            LongSupplier random) {
        this.client = client;
        this.paths = paths;
        this.chunks = chunks;
        this.reader = reader;
        this.terms = terms;
        this.random = random;
    }

    CompletableFuture<AppendResult> append(Fence fence, long index, byte[] entry) {
        if (entry.length > ChunkStore.MAX_ENTRY_BYTES) {
            throw new IllegalArgumentException("an entry of " + entry.length + " bytes is beyond the bound");
        }
        Append append = new Append(fence, index, entry);
        // An empty znode stands for no entry: it is the base that the first one follows.
        boolean split = entry.length == 0 || entry.length > MAX_INLINE_BYTES || Manifest.looksLikeOne(entry);
        synchronized (lock) {
            if (closed) {
                return CompletableFuture.completedFuture(AppendResult.UNKNOWN);
            } else if (waiting.size() >= MAX_WAITING) {
                throw new IllegalStateException("more than " + MAX_WAITING + " appends are waiting to be sent");
            }
            append.payload = split ? null : entry;
            waiting.add(append);
            underWay.add(append);
        }
        if (split) {
            split(append);
        }
        pump();
        return append.result;
    }

    private void split(Append append) {
        EntryId id = new EntryId(append.fence.term().epoch(), append.index, random.getAsLong());
        append.entryId = id;
        chunks.write(id, append.entry).whenComplete((written, failure) -> {
            synchronized (lock) {
                if (failure == null) {
                    append.payload = Manifest.of(id, append.entry).encode();
                } else {
                    waiting.remove(append);
                }
            }
            if (failure != null) {
                // Never sent, so not in the log; but those behind it now fail on the gap, and the caller sorts them
                // out.
                finish(append, AppendResult.UNKNOWN);
                discardChunks(append);
            }
            pump();
        });
    }

    /** One thread at a time sends, so that the order of the queue is the order of the requests. */
    private void pump() {
        synchronized (lock) {
            if (pumping) {
                return;
            }
            pumping = true;
        }
        while (true) {
            Append next;
            byte[] payload;
            synchronized (lock) {
                next = waiting.peek();
                payload = next == null ? null : next.payload;
                if (next == null || payload == null) {
                    pumping = false;
                    return;
                }
                waiting.remove();
            }
            send(next, payload);
        }
    }

    private void send(Append append, byte[] payload) {
        List<Op> operations = new ArrayList<>(4);
        operations.add(Op.check(paths.epoch(), append.fence.version()));
        operations.add(Op.check(paths.entry(append.index - 1), -1));
        operations.add(Op.create(paths.entry(append.index), payload, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        byte[] head = Terms.encode(new Head(append.index, append.fence.term().epoch()));
        operations.add(Op.setData(paths.head(), head, -1));
        client.multi(operations).whenComplete((done, failure) -> settle(append, failure));
    }

    private void settle(Append append, @Nullable Throwable failure) {
        if (failure == null) {
            finish(append, AppendResult.COMMITTED);
            return;
        }
        ZooKeeperFault fault = ZooKeeperFault.of(failure);
        int operation = fault == null ? -1 : fault.operation();
        if (fault == null || operation < 0) {
            // No answer to this multi: whether it happened, and whether it still may, is not known (I6).
            finish(append, AppendResult.UNKNOWN);
        } else if (operation == FENCE && fault.code() == Code.BADVERSION) {
            finish(append, AppendResult.FENCED);
            discardChunks(append);
        } else if (operation == CREATION && fault.code() == Code.NODEEXISTS) {
            compare(append);
        } else {
            if (operation != PREDECESSOR) {
                LOG.error("the append of entry {} was refused: {}", append.index, fault.getMessage());
            }
            finish(append, AppendResult.UNKNOWN);
            discardChunks(append);
        }
    }

    /** Something is at the index: this very entry, appended by an attempt whose answer was lost, or another one. */
    private void compare(Append append) {
        reader.read(append.index)
                .thenCompose(found -> Arrays.equals(found, append.entry)
                        ? CompletableFuture.completedFuture(AppendResult.COMMITTED)
                        : terms.current()
                                .thenApply(term -> term != null
                                                && term.epoch()
                                                        > append.fence.term().epoch()
                                        ? AppendResult.FENCED
                                        : AppendResult.UNKNOWN))
                .whenComplete((result, failure) -> {
                    finish(append, failure == null ? result : AppendResult.UNKNOWN);
                    discardChunks(append); // this attempt failed, whatever an earlier one did
                });
    }

    /** For an attempt that is known never to happen. What is left when this fails goes when the next term begins. */
    private void discardChunks(Append append) {
        EntryId id = append.entryId;
        if (id != null) {
            CompletableFuture<Void> unused = chunks.delete(id.toString());
        }
    }

    private void finish(Append append, AppendResult result) {
        underWay.remove(append);
        append.result.complete(result);
    }

    void close() {
        synchronized (lock) {
            closed = true;
            waiting.clear();
        }
        underWay.forEach(append -> finish(append, AppendResult.UNKNOWN));
    }
}
