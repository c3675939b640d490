package io.wesdb.internal.zookeeper;

import org.jspecify.annotations.Nullable;

/**
 * A place in the queue of an election, kept as long as the session lasts and taken anew after it: an ephemeral sequential
 * znode, the first of which is the leader's. Curator's {@code LeaderLatch} in production. Thread safe; nothing here waits.
 */
public interface ElectionLatch {
    /** Called on any thread, one call at a time; must not block. */
    interface Listener {
        void isLeader();

        void notLeader();
    }

    /** Queues up; once. */
    void start();

    /** Whether it was started and not closed. */
    boolean started();

    /** The znode now; null while there is none. */
    @Nullable String path();

    boolean hasLeadership();

    /** Leaves the queue; the listener is told nothing more. Once, after {@link #start}. */
    void close();
}
