package io.wesdb;

/** What a node is doing for its cluster. */
public enum Role {
    /** It orders the cluster's writes. */
    LEADER,
    /** It applies the log, serves reads and forwards writes to the leader. */
    FOLLOWER,
    /** It is catching up and serves nothing yet. */
    RECOVERING,
    /** Its content differs from the others'; it serves nothing and takes a snapshot from a healthy node. */
    QUARANTINED,
    /** A fault of this node (disk full, I/O error, …) stopped it; it serves nothing. {@link NodeStatus#fault()} says why. */
    HALTED
}
