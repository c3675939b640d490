package io.wesdb.internal.node;

import io.wesdb.NodeStatus;
import io.wesdb.internal.env.Clock;
import java.time.Duration;

/** How long a starting node is waited for: as long as it comes nearer to serving. For one thread. */
final class Patience {
    private final Clock clock;
    private final long limitNanos;
    private long sinceNanos;
    private long seen = -1;

    Patience(Clock clock, Duration limit) {
        this.clock = clock;
        this.limitNanos = limit.toNanos();
        this.sinceNanos = clock.nanos();
    }

    boolean isOver(ReplicaState state) {
        NodeStatus.Recovery recovery = state.recovery();
        long progress = state.applied() + (recovery == null ? 0 : recovery.receivedBytes());
        long now = clock.nanos();
        if (progress != seen) {
            seen = progress;
            sinceNanos = now;
        }
        return now - sinceNanos >= limitNanos;
    }

    static String describe(ReplicaState state) {
        NodeStatus.Recovery recovery = state.recovery();
        String doing = recovery == null ? "" : recovery.phase();
        String why = recovery == null || recovery.reason() == null ? state.fault() : recovery.reason();
        return doing + " at index " + state.applied() + " of " + state.head() + (why == null ? "" : ": " + why);
    }
}
