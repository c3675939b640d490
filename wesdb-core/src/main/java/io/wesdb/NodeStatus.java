package io.wesdb;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows about itself and its cluster at one moment.
 *
 * @param cluster the cluster's name
 * @param clusterId the cluster's UUID, made with it
 * @param node this node's id
 * @param role what this node does now
 * @param ready whether this node may serve reads
 * @param epoch the number of the current leader's term; 0 before the first
 * @param leader the current leader as far as this node knows
 * @param head the index of the last committed entry that this node knows of
 * @param applied the index up to which this node's file has got
 * @param durable the index up to which this node's file has been synced to disk
 * @param logFirst the lowest index whose entry is still in the log; 0 if this node does not know. A node that has
 *     applied less than the index before it needs a snapshot
 * @param lagMillis how long ago this node last knew itself to be at the head, by its own clock; 0 while it is. Without
 *     ZooKeeper it grows: it is how old the answers of local reads may be
 * @param connected whether this node has a connection to ZooKeeper
 * @param address where this node's listener can be reached by its peers, host:port
 * @param httpAddress where its HTTP interface listens, or null if it is off
 * @param pendingWrites writes of this node's callers that have not ended yet
 * @param queries queries that this node has answered since it started
 * @param headReads how often it asked ZooKeeper for the head so that a query could be as fresh as it had to be; queries
 *     that wait at the same time share one
 * @param fault why the node is {@link Role#HALTED} or {@link Role#QUARANTINED}, else null
 * @param recovery how the node is getting back to the present, or null while it need not
 * @param dispute that nodes' contents differ without a majority, which ones and where, for a person to decide ({@link
 *     WesDb#trustNode}); else null
 * @param members the nodes that are present, this one included
 * @param sqliteVersion the version of the SQLite library in use
 * @param version the version of wesdb
 * @param uptimeMillis time since start
 */
public record NodeStatus(
        String cluster,
        String clusterId,
        String node,
        Role role,
        boolean ready,
        long epoch,
        @Nullable Leader leader,
        long head,
        long applied,
        long durable,
        long logFirst,
        long lagMillis,
        boolean connected,
        String address,
        @Nullable String httpAddress,
        int pendingWrites,
        long queries,
        long headReads,
        @Nullable String fault,
        @Nullable Recovery recovery,
        @Nullable String dispute,
        List<Member> members,
        String sqliteVersion,
        String version,
        long uptimeMillis) {

    /** The leader of a term. */
    public record Leader(String node, String address) {}

    /**
     * How far a node is that has to get back to the present.
     *
     * @param phase {@code opening} its file is looked at; {@code waiting} for a node that can give a snapshot; {@code
     *     fetching} a snapshot; {@code installing} it; {@code catching_up} with the log
     * @param source the node that gives the snapshot, or null
     * @param index while fetching and installing, the index that the snapshot stands at; otherwise what this node has
     *     applied
     * @param receivedBytes what has come of the snapshot, what came before a broken connection included
     * @param totalBytes the snapshot's length; 0 while there is none
     * @param reason why the node needs a snapshot or waits, for a person; or null
     */
    public record Recovery(
            String phase,
            @Nullable String source,
            long index,
            long receivedBytes,
            long totalBytes,
            @Nullable String reason) {}

    /** A node that is present in the cluster, as it described itself last. */
    public record Member(String node, String address, Role role, long applied, long durable, String version) {}
}
