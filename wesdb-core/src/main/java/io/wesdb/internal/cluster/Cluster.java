package io.wesdb.internal.cluster;

import io.wesdb.internal.log.ReplicatedLog;

/** A node's connection to everything that its cluster shares: in ZooKeeper, or in memory for tests. */
public interface Cluster extends AutoCloseable {
    /** The cluster's settings, read (or written, by the first node) when this was opened. */
    ClusterConfig config();

    ReplicatedLog log();

    Election election();

    Membership membership();

    Reports reports();

    /** Closes all of it. Idempotent, bounded. */
    @Override
    void close();
}
