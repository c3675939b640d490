package io.wesdb.internal.node;

import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.sqlite.ReplicaInspector;
import io.wesdb.internal.sqlite.ReplicaSettings;
import io.wesdb.internal.sqlite.ReplicaVerdict;

/**
 * Whether what is left of a cluster could serve at all. A page that was damaged may go unnoticed while its node serves; if
 * it is alone meanwhile and cuts the log, nobody has a sound file any more. That is for a backup, not for replication.
 */
final class Remains {
    private Remains() {}

    /** Whether the log is whole, or some node's file is sound as a whole and the log still reaches back to it. */
    static boolean suffice(SimulatedCluster cluster, long firstInLog) {
        return firstInLog <= 1 || cluster.nodes.values().stream().anyMatch(node -> canGoOn(cluster, node, firstInLog));
    }

    private static boolean canGoOn(SimulatedCluster cluster, SimulatedNode node, long firstInLog) {
        ReplicaSettings settings = cluster.settings(node.name);
        return ReplicaInspector.inspect(settings.path(), settings.clusterId(), settings.lineage())
                        instanceof ReplicaVerdict.Sound sound
                && sound.position().applied() + 1 >= firstInLog
                && isSound(settings);
    }

    /** What SQLite says of every page. */
    static boolean isSound(ReplicaSettings settings) {
        return ReplicaInspector.integrityProblem(settings.path()) == null;
    }
}
