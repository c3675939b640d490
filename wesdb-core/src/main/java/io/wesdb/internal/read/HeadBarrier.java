package io.wesdb.internal.read;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.ReplicatedLog.Head;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a linearizable read waits for: a head that was read after the read began (I7). Reads that wait when a reading of
 * the head begins share it; one that comes while it is under way must not, it shares the next. Thread safe.
 */
public final class HeadBarrier {

    /**
     * A proof of freshness.
     *
     * @param index the head
     * @param asOfNanos when its reading began: everything committed before is at or below the index
     */
    public record Proof(long index, long asOfNanos) {}

    private final ReplicatedLog log;
    private final Clock clock;
    private final LongConsumer heads;
    private final AtomicLong headReads = new AtomicLong();
    private @Nullable CompletableFuture<Proof> next; // guarded by this
    private boolean underWay; // guarded by this
    private volatile @Nullable Proof last;

    /** @param heads told each head that was read, before whoever waits for it; must return at once */
    public HeadBarrier(ReplicatedLog log, Clock clock, LongConsumer heads) {
        this.log = log;
        this.clock = clock;
        this.heads = heads;
    }

    /** The newest proof that was had, be it from whenever; null before the first. */
    public @Nullable Proof last() {
        return last;
    }

    /** How many times the head was read. */
    public long headReads() {
        return headReads.get();
    }

    /** A head whose reading begins after this call. Fails if the log cannot be reached. Do not cancel or complete it: it is shared. */
    public CompletableFuture<Proof> proof() {
        CompletableFuture<Proof> mine;
        synchronized (this) {
            if (next == null) {
                next = new CompletableFuture<>();
            }
            mine = next;
            if (underWay) {
                return mine;
            }
            underWay = true;
            next = null;
        }
        read(mine);
        return mine;
    }

    private void read(CompletableFuture<Proof> waiting) {
        long begun = clock.nanos();
        headReads.incrementAndGet();
        log.head().whenComplete((head, failure) -> {
            CompletableFuture<Proof> following;
            synchronized (this) {
                following = next;
                next = null;
                underWay = following != null;
            }
            complete(waiting, begun, head, failure);
            if (following != null) {
                read(following);
            }
        });
    }

    private void complete(
            CompletableFuture<Proof> waiting, long begun, @Nullable Head head, @Nullable Throwable failure) {
        if (head == null || failure != null) {
            waiting.completeExceptionally(failure == null ? new IllegalStateException("no head") : failure);
            return;
        }
        Proof proof = new Proof(head.index(), begun);
        last = proof;
        heads.accept(head.index());
        waiting.complete(proof);
    }
}
