package io.wesdb.internal.node;

import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.read.AppliedIndex;
import io.wesdb.internal.snapshot.ReplicaFiles;
import io.wesdb.internal.snapshot.SnapshotClient;
import io.wesdb.internal.sqlite.ApplierSettings;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaSettings;
import io.wesdb.internal.truncation.TruncationSettings;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.write.LeaderClient;
import io.wesdb.internal.write.LeaderLines;
import io.wesdb.internal.write.WriteSettings;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * What a replicator is made of and works with.
 *
 * @param node this node's id
 * @param peers the way to another node that leads
 * @param feed who follows this node
 * @param leaderLines what shows whether the leader's process lives
 * @param snapshots the way to other nodes' snapshots
 * @param files this node's files
 * @param fileUsers who besides the applier has the database open
 * @param openReplica {@link Replica#open}; a test may give a replica that goes wrong
 * @param verifyInterval how often a leader has the contents compared; zero for never
 * @param optimizeInterval how often a leader has the statistics brought up to date; zero for never
 * @param readersToRenew called on the replicator lane when connections that are open plan by old statistics
 * @param cutSnapshots called on the applier's lane with an age in milliseconds: reads whose snapshot is older, or all at
 *     0, are to be ended, since the write-ahead log has grown too large; must return at once
 */
record ReplicatorParts(
        Environment env,
        Cluster cluster,
        String node,
        AppliedIndex appliedIndex,
        LeaderListeners leaderListeners,
        WriteSettings writeSettings,
        LeaderClient peers,
        EntryFeed feed,
        LeaderLines leaderLines,
        SnapshotClient snapshots,
        ReplicaFiles files,
        ReplicaSettings replicaSettings,
        ApplierSettings applierSettings,
        TruncationSettings truncationSettings,
        List<FileUser> fileUsers,
        Function<ReplicaSettings, Replica> openReplica,
        Duration verifyInterval,
        Duration optimizeInterval,
        Runnable readersToRenew,
        LongConsumer cutSnapshots) {}
