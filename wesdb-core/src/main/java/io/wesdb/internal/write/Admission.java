package io.wesdb.internal.write;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Which writes may be pending on this node: so many and so many bytes in all (I12), and of one caller no more than a share.
 *
 * <p>The share is a dynamic threshold (A. K. Choudhury, E. L. Hahne: <i>Dynamic Queue Length Thresholds for Shared-Memory
 * Packet Switches</i>, 1998): a caller may have at most {@value #ALPHA} times of what is then still free, in writes and in
 * bytes. So a single caller may fill eight ninths of the bound, two of them eight seventeenths each, and there is always
 * something left for a caller that has nothing pending: only such a one may take the last place.
 *
 * <p>Thread safe. Threads of one caller that come at the same instant may pass its share by one write each; nobody passes
 * the bound for all.
 */
final class Admission {
    static final int ALPHA = 8;

    private final int maxWrites;
    private final long maxBytes;
    private final AtomicInteger writes = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final LongAdder ended = new LongAdder();

    /** Of those callers only that have something pending. */
    private final ConcurrentHashMap<Caller, Share> shares = new ConcurrentHashMap<>();

    /** Why a write is not let in. @param ofOne because of what its caller has pending himself, not because of all */
    record Excess(String why, boolean ofOne) {}

    private record Share(int writes, long bytes) {
        Share plus(Share other) {
            return new Share(writes + other.writes, bytes + other.bytes);
        }

        @Nullable Share minus(int length) {
            return writes == 1 ? null : new Share(writes - 1, bytes - length);
        }
    }

    Admission(int maxWrites, long maxBytes) {
        this.maxWrites = maxWrites;
        this.maxBytes = maxBytes;
    }

    /** Why a write of so many bytes may not be pending, or null: then {@link #leave} is to be called once it has ended. */
    @Nullable Excess enter(Caller caller, int length) {
        int allWrites = writes.incrementAndGet();
        long allBytes = bytes.addAndGet(length);
        Excess excess = excess(caller, length, allWrites, allBytes);
        if (excess == null) {
            shares.merge(caller, new Share(1, length), Share::plus);
        } else {
            writes.decrementAndGet();
            bytes.addAndGet(-length);
        }
        return excess;
    }

    /** Why not even a write of one byte may be pending besides what is, or null. */
    @Nullable Excess excess(Caller caller) {
        return excess(caller, 1, writes.get() + 1, bytes.get() + 1);
    }

    private @Nullable Excess excess(Caller caller, int length, int allWrites, long allBytes) {
        if (allWrites > maxWrites) {
            return new Excess("too many writes are pending on this node: " + (allWrites - 1), false);
        } else if (allBytes > maxBytes) {
            return new Excess("writes of too many bytes are pending on this node: " + (allBytes - length), false);
        }
        Share own = shares.get(caller);
        if (own == null) {
            return null; // whatever the others have: this is what is kept free
        } else if (own.writes() + 1L > (long) ALPHA * (maxWrites - allWrites)) {
            return new Excess(
                    "this caller alone has too many writes pending: " + own.writes() + " of " + (allWrites - 1), true);
        } else if ((own.bytes() + length + ALPHA - 1) / ALPHA > maxBytes - allBytes) { // so that nothing overflows
            return new Excess(
                    "this caller alone has writes of too many bytes pending: " + own.bytes() + " of "
                            + (allBytes - length),
                    true);
        }
        return null;
    }

    /** A write that was let in has ended. */
    void leave(Caller caller, int length) {
        shares.computeIfPresent(caller, (same, share) -> share.minus(length));
        writes.decrementAndGet();
        bytes.addAndGet(-length);
        ended.increment();
    }

    /** How many have not ended yet. */
    int pending() {
        return writes.get();
    }

    /** How many bytes those have. */
    long pendingBytes() {
        return bytes.get();
    }

    /** How many have ended so far. */
    long ended() {
        return ended.sum();
    }

    /** How many callers have something pending. */
    int callers() {
        return shares.size();
    }
}
