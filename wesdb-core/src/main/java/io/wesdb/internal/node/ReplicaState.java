package io.wesdb.internal.node;

import io.wesdb.NodeStatus;
import io.wesdb.Role;
import io.wesdb.internal.log.ReplicatedLog.Term;
import org.jspecify.annotations.Nullable;

/**
 * What the replicator knows, as it publishes it to other threads: immutable, replaced as a whole.
 *
 * @param role what this node does
 * @param term the newest term it knows of
 * @param head the head it knows of
 * @param applied the index it has applied
 * @param durable the index its file is synced up to
 * @param connected whether the log can be reached
 * @param lastAtHeadNanos when it last knew itself to be at the head
 * @param fault why it does not serve
 * @param recovery what is being done about that; null while it serves
 * @param dispute that nodes differ and no majority says who is right; null for no
 * @param logFirst the lowest index still in the log; 0 if not known
 */
record ReplicaState(
        Role role,
        @Nullable Term term,
        long head,
        long applied,
        long durable,
        boolean connected,
        long lastAtHeadNanos,
        @Nullable String fault,
        NodeStatus.@Nullable Recovery recovery,
        @Nullable String dispute,
        long logFirst) {}
