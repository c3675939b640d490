package io.wesdb.internal.node;

import io.wesdb.StartException;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.snapshot.ReplicaFiles;
import io.wesdb.internal.sqlite.LineageRewrite;
import io.wesdb.internal.sqlite.ReplicaInspector;
import io.wesdb.internal.sqlite.ReplicaPosition;
import io.wesdb.internal.sqlite.ReplicaVerdict;
import java.util.HexFormat;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What this node makes the cluster if ZooKeeper has none of that name: an empty one if this node has no file either. A
 * node that has a file finds a ZooKeeper that has lost its data, or another's: then a person must say that the cluster is
 * to be restarted from this file, or an empty cluster would be begun beside data that was acknowledged.
 *
 * <p>Used by the starting thread.
 */
final class ClusterProposal implements Supplier<NewCluster> {
    private static final int PAGE_SIZE_BYTES = 4096;

    /** What one write may give back on every node alike. */
    private static final long MAX_WRITE_RESULT_BYTES = 32L * 1024 * 1024;

    private final NodeSettings settings;
    private final ReplicaFiles files;
    private final LongSupplier random;
    private boolean made;

    ClusterProposal(NodeSettings settings, ReplicaFiles files, LongSupplier random) {
        this.settings = settings;
        this.files = files;
        this.random = random;
    }

    /** @throws StartException if no cluster may be made */
    @Override
    public NewCluster get() {
        ReplicaVerdict verdict = ReplicaInspector.inspect(files.database());
        boolean restart = settings.upkeep().restartCluster();
        if (verdict instanceof ReplicaVerdict.Absent) {
            if (restart) {
                throw new StartException(
                        "the cluster cannot be restarted from this node: there is no database at " + files.database());
            }
            String id = UUID.randomUUID().toString();
            return NewCluster.empty(config(id, id, 0));
        } else if (!(verdict instanceof ReplicaVerdict.Sound sound)) {
            throw new StartException(verdict.message(files.database()));
        } else if (!restart) {
            throw new StartException("ZooKeeper knows no cluster '" + settings.cluster() + "', but " + files.database()
                    + " is a replica of cluster " + sound.clusterId() + " at index "
                    + sound.position().applied()
                    + ". Is this the right ZooKeeper and the right cluster name? If ZooKeeper's data was lost, restart"
                    + " the cluster from the node that has applied most, once, with restartCluster(true) or"
                    + " --restart-cluster; nothing was changed");
        } else {
            return restart(sound);
        }
    }

    /** The file first: should this end half-way, the same command does it all again. */
    private NewCluster restart(ReplicaVerdict.Sound sound) {
        String lineage = UUID.randomUUID().toString();
        ReplicaPosition position = sound.position();
        LineageRewrite.rewrite(files.database(), lineage);
        made = true;
        return new NewCluster(config(sound.clusterId(), lineage, position.applied()), position.epoch());
    }

    /** @throws StartException if a restart was asked for and there was nothing to restart */
    void checkRestarted() {
        if (settings.upkeep().restartCluster() && !made) {
            throw new StartException("ZooKeeper has a cluster '" + settings.cluster()
                    + "': it can only be restarted from a file after ZooKeeper's data was lost. Start without"
                    + " restartCluster; nothing was changed");
        }
    }

    private ClusterConfig config(String clusterId, String lineage, long baseIndex) {
        StringBuilder secret = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            secret.append(HexFormat.of().toHexDigits(random.getAsLong()));
        }
        return new ClusterConfig(
                clusterId,
                lineage,
                baseIndex,
                ClusterConfig.FORMAT_VERSION,
                settings.foreignKeys(),
                settings.timeZone().getId(),
                PAGE_SIZE_BYTES,
                MAX_WRITE_RESULT_BYTES,
                secret.toString());
    }
}
