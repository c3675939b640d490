package io.wesdb.internal.log.zookeeper;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.LogUnavailableException;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.TermOverException;
import io.wesdb.internal.log.zookeeper.Terms.Fence;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperClient.ConnectionListener;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The log in ZooKeeper: one znode an entry, the {@code epoch} as the fence, the {@code head} as the pointer to the end.
 *
 * <p>Thread safe. Futures complete on ZooKeeper's event thread; the listener is called on the given lane.
 */
public final class ZooKeeperLog implements ReplicatedLog {
    /** For so long after {@link #fed()} a change of the head waits before it is looked at. */
    private static final long REST_MILLIS = 20;

    private final ZooKeeperClient client;
    private final Lane lane;
    private final Clock clock;
    private final Terms terms;
    private final EntryReader reader;
    private final Appender appender;
    private final Truncation truncation;
    private final ChunkSweeper sweeper;
    private final WatchedNode headNode;
    private final WatchedNode epochNode;
    private final ConnectionListener connectionListener;
    private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Listener listener;
    private boolean toldConnected;
    private volatile boolean closed;
    private volatile long fedNanos;

    /**
     * @param lane where the listener is called
     * @param clock for pauses
     * @param random tells attempts to append a large entry apart
     */
    public ZooKeeperLog(ZooKeeperClient client, ClusterPaths paths, Lane lane, Clock clock, LongSupplier random) {
        this.client = client;
        this.lane = lane;
        this.clock = clock;
        this.fedNanos = clock.nanos() - TimeUnit.MILLISECONDS.toNanos(REST_MILLIS);
        ChunkStore chunks = new ChunkStore(client, paths);
        this.terms = new Terms(client, paths);
        this.reader = new EntryReader(client, paths, chunks);
        this.appender = new Appender(client, paths, chunks, reader, terms, random);
        this.truncation = new Truncation(client, paths, chunks, lane);
        this.sweeper = new ChunkSweeper(client, paths, chunks);
        this.headNode = new WatchedNode(client, paths.head(), lane, this::headRead, this::restMillis);
        this.epochNode = new WatchedNode(client, paths.epoch(), lane, this::epochRead, () -> 0);
        this.connectionListener = now -> lane.execute(() -> connectionChanged(now));
    }

    @Override
    public void start(Listener newListener) {
        lane.execute(() -> {
            listener = newListener;
            client.addListener(connectionListener);
            if (client.connected()) {
                connectionChanged(true);
            }
        });
    }

    private void connectionChanged(boolean connected) {
        Listener told = listener;
        if (told == null || closed || connected == toldConnected) {
            return; // the last can happen at the start only, when the connection comes just then
        }
        toldConnected = connected;
        told.connectionChanged(connected);
        if (connected) {
            epochNode.refresh();
            headNode.refresh();
        }
    }

    @Override
    public void fed() {
        fedNanos = clock.nanos();
    }

    private long restMillis() {
        return clock.nanos() - fedNanos < TimeUnit.MILLISECONDS.toNanos(REST_MILLIS) ? REST_MILLIS : 0;
    }

    private void headRead(byte[] bytes) {
        Listener told = listener;
        if (told != null) {
            told.headMoved(Terms.decodeHead(bytes));
        }
    }

    private void epochRead(byte[] bytes) {
        Listener told = listener;
        Term term = Terms.decodeTerm(bytes);
        if (told != null && term != null) {
            told.termChanged(term);
        }
    }

    @Override
    public CompletableFuture<BegunTerm> beginTerm(String leader, String address) {
        return call(terms.begin(leader, address).whenComplete((begun, failure) -> {
            if (begun != null) {
                CompletableFuture<Void> unused = sweeper.sweep(begun.term().epoch());
            }
        }));
    }

    /** @throws IllegalArgumentException if this node has not begun {@code term}, or the entry is beyond 300 MiB */
    @Override
    public CompletableFuture<AppendResult> append(Term term, long index, byte[] entry) {
        Fence fence = latestFence(term);
        return fence.term().epoch() > term.epoch()
                ? CompletableFuture.completedFuture(AppendResult.FENCED) // by this node itself
                : appender.append(fence, index, entry);
    }

    /** The fence of this node's latest term, which may be newer than {@code term}. */
    private Fence latestFence(Term term) {
        Fence fence = terms.latest();
        if (fence == null || fence.term().epoch() < term.epoch()) {
            throw new IllegalArgumentException("this node has not begun " + term);
        }
        return fence;
    }

    @Override
    public CompletableFuture<Long> first() {
        return call(truncation.first());
    }

    /** @throws IllegalArgumentException if this node has not begun {@code term} */
    @Override
    public CompletableFuture<Void> truncate(Term term, long below) {
        Fence fence = latestFence(term);
        return fence.term().epoch() > term.epoch()
                ? CompletableFuture.failedFuture(new TermOverException(term))
                : call(truncation.truncate(fence, below));
    }

    @Override
    public CompletableFuture<Head> head() {
        return call(terms.head());
    }

    @Override
    public CompletableFuture<@Nullable Term> term() {
        return call(terms.current());
    }

    @Override
    public CompletableFuture<byte[]> read(long index) {
        return call(reader.read(index));
    }

    @Override
    public boolean connected() {
        return client.connected() && !closed;
    }

    /** Makes ZooKeeper's faults those of a log, and the future one that {@link #close()} can end. */
    private <T extends @Nullable Object> CompletableFuture<T> call(CompletableFuture<T> future) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        underWay.add(answer);
        if (closed) {
            end(answer);
        }
        future.whenComplete((value, failure) -> {
            underWay.remove(answer);
            if (failure == null) {
                answer.complete(value);
            } else {
                answer.completeExceptionally(translate(failure));
            }
        });
        return answer;
    }

    private static Throwable translate(Throwable failure) {
        ZooKeeperFault fault = ZooKeeperFault.of(failure);
        return fault == null
                ? ZooKeeperFault.unwrap(failure)
                : new LogUnavailableException("the log does not answer: " + fault.getMessage(), fault);
    }

    private void end(CompletableFuture<?> answer) {
        underWay.remove(answer);
        answer.completeExceptionally(new LogUnavailableException("the log was closed", null));
    }

    @Override
    public void close() {
        closed = true;
        client.removeListener(connectionListener);
        lane.execute(() -> {
            headNode.close();
            epochNode.close();
        });
        appender.close();
        underWay.forEach(this::end);
    }
}
