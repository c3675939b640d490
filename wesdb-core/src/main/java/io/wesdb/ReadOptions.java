package io.wesdb;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one read is to be done. Immutable; every {@code with…} gives a changed copy.
 *
 * @param consistency how fresh the data must be
 * @param minIndex the read waits until this node has applied that log index; 0 for no wait
 * @param maxStaleness for {@link Consistency#BOUNDED} only, else null
 * @param timeout how long the read may take in all, waiting included; null for the node's request timeout
 */
public record ReadOptions(
        Consistency consistency,
        long minIndex,
        @Nullable Duration maxStaleness,
        @Nullable Duration timeout) {
    private static final ReadOptions LOCAL = new ReadOptions(Consistency.LOCAL, 0, null, null);
    private static final ReadOptions LINEARIZABLE = new ReadOptions(Consistency.LINEARIZABLE, 0, null, null);

    public ReadOptions {
        if (minIndex < 0) {
            throw new InvalidRequestException("minIndex must not be negative: " + minIndex);
        }
        if ((consistency == Consistency.BOUNDED) != (maxStaleness != null)) {
            throw new InvalidRequestException("maxStaleness belongs to BOUNDED reads, and they need it");
        }
        if (maxStaleness != null && maxStaleness.isNegative()) {
            throw new InvalidRequestException("maxStaleness must not be negative: " + maxStaleness);
        }
        if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
            throw new InvalidRequestException("timeout must be positive: " + timeout);
        }
    }

    public static ReadOptions local() {
        return LOCAL;
    }

    public static ReadOptions bounded(Duration maxStaleness) {
        return new ReadOptions(Consistency.BOUNDED, 0, maxStaleness, null);
    }

    /** A local read that waits until this node has applied {@code index}: read your writes on another node. */
    public static ReadOptions atLeast(long index) {
        return LOCAL.withMinIndex(index);
    }

    public static ReadOptions linearizable() {
        return LINEARIZABLE;
    }

    public ReadOptions withMinIndex(long index) {
        return new ReadOptions(consistency, index, maxStaleness, timeout);
    }

    public ReadOptions withTimeout(Duration newTimeout) {
        return new ReadOptions(consistency, minIndex, maxStaleness, newTimeout);
    }
}
