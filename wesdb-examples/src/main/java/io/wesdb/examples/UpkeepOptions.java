package io.wesdb.examples;

import io.wesdb.WesDbBuilder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The node program's options for the log's bounds, for snapshots, statistics and for comparing the nodes. */
final class UpkeepOptions {
    @Option(
            names = "--max-log-entries",
            order = 30,
            paramLabel = "COUNT",
            description = "How many entries the log in ZooKeeper may hold; a node that is away for longer takes a"
                    + " snapshot. Default: 100000.")
    @Nullable Integer maxLogEntries;

    @Option(
            names = "--max-log-bytes",
            order = 31,
            paramLabel = "SIZE",
            converter = OptionTypes.SizeType.class,
            description = "The same in bytes. Default: 256m.")
    @Nullable Long maxLogBytes;

    @Option(
            names = "--forget-absent-after",
            order = 32,
            paramLabel = "DURATION",
            converter = OptionTypes.DurationType.class,
            description = "How long a node may be away before it is taken off the register; 0s for never. Default: 7d.")
    @Nullable Duration forgetAbsentAfter;

    @Option(
            names = "--verify-interval",
            order = 33,
            paramLabel = "DURATION",
            converter = OptionTypes.DurationType.class,
            description = "How often the contents of all nodes are compared; 0s for never. Default: 24h.")
    @Nullable Duration verifyInterval;

    @Option(
            names = "--optimize-interval",
            order = 34,
            paramLabel = "DURATION",
            converter = OptionTypes.DurationType.class,
            description = "How often the query planner's statistics are refreshed on all nodes, if anything was written"
                    + " since; 0s for never. Default: 1h.")
    @Nullable Duration optimizeInterval;

    @Option(
            names = "--max-snapshot-transfers",
            order = 35,
            paramLabel = "COUNT",
            description = "How many nodes this one gives a snapshot to at once. Default: 2.")
    @Nullable Integer maxSnapshotTransfers;

    @Option(
            names = "--max-snapshot-bytes-per-second",
            order = 36,
            paramLabel = "SIZE",
            converter = OptionTypes.SizeType.class,
            description = "How fast this node gives snapshots, in all; 0 for as fast as possible. Default: 0.")
    @Nullable Long maxSnapshotBytesPerSecond;

    @Option(
            names = "--max-wal-bytes",
            order = 37,
            paramLabel = "SIZE",
            converter = OptionTypes.SizeType.class,
            description = "How large the -wal file beside the database may grow before long reads are cut off for it."
                    + " Default: 1g.")
    @Nullable Long maxWalBytes;

    @Option(
            names = "--restart-cluster",
            order = 38,
            description = "Makes the cluster in ZooKeeper anew from this node's file, after ZooKeeper's data was lost;"
                    + " refused where ZooKeeper still has the cluster. For one start only.")
    boolean restartCluster;

    void apply(WesDbBuilder builder) {
        if (maxLogEntries != null) {
            builder.maxLogEntries(maxLogEntries);
        }
        if (maxLogBytes != null) {
            builder.maxLogBytes(maxLogBytes);
        }
        if (forgetAbsentAfter != null) {
            builder.forgetAbsentNodesAfter(forgetAbsentAfter);
        }
        if (verifyInterval != null) {
            builder.verifyInterval(verifyInterval);
        }
        if (optimizeInterval != null) {
            builder.optimizeInterval(optimizeInterval);
        }
        if (maxSnapshotTransfers != null) {
            builder.maxSnapshotTransfers(maxSnapshotTransfers);
        }
        if (maxSnapshotBytesPerSecond != null) {
            builder.maxSnapshotBytesPerSecond(maxSnapshotBytesPerSecond);
        }
        if (maxWalBytes != null) {
            builder.maxWalBytes(maxWalBytes);
        }
        builder.restartCluster(restartCluster);
    }
}
