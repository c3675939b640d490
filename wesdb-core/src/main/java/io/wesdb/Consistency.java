package io.wesdb;

/** How fresh a read must be. Every level reads committed data only, from this node's own file. */
public enum Consistency {
    /** What this node has applied: every write that it acknowledged itself included, others' perhaps not yet. */
    LOCAL,
    /** As {@link #LOCAL}, but an error if the node cannot show that it is at most {@code maxStaleness} behind. */
    BOUNDED,
    /** Every write acknowledged anywhere before the read began. Costs one round trip to ZooKeeper, shared by concurrent reads. */
    LINEARIZABLE
}
