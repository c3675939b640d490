package io.wesdb.internal.node;

import io.wesdb.NodeStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node's settings, validated and sealed; what each means stands at the builder's method of the same name.
 *
 * @param zk the connect string, null for an embedded server
 * @param embeddedZk where the embedded server listens, null for none
 * @param embeddedZkDirectory its data, null for beside the database
 * @param nodeId null for the one kept beside the database
 * @param http null for off
 * @param advertise what peers are told to connect to, null for where the listener is bound
 * @param executor null for one of our own
 * @param onProgress null for nobody
 */
public record NodeSettings(
        String cluster,
        @Nullable String nodeId,
        Path dbPath,
        @Nullable String zk,
        @Nullable HostAndPort embeddedZk,
        @Nullable Path embeddedZkDirectory,
        @Nullable HostAndPort http,
        @Nullable HostAndPort advertise,
        Duration sessionTimeout,
        Duration startTimeout,
        Duration requestTimeout,
        Duration closeTimeout,
        int maxPendingWrites,
        long maxPendingBytes,
        int maxCommandBytes,
        long maxResultBytes,
        int maxBodyBytes,
        Reading reading,
        boolean foreignKeys,
        ZoneId timeZone,
        @Nullable Executor executor,
        Upkeep upkeep,
        @Nullable Consumer<NodeStatus.Recovery> onProgress) {

    /**
     * Bounds of reads; of a result's bytes the bound is {@code maxResultBytes}.
     */
    public record Reading(int maxReaders, int maxOpenReads, int maxResultRows, Duration maxSnapshotAge) {}

    /**
     * What keeps log and nodes in good order.
     *
     * @param forgetAbsentNodesAfter zero for never
     * @param verifyInterval zero for never
     * @param optimizeInterval zero for never
     * @param maxSnapshotBytesPerSecond 0 for as many as possible
     */
    public record Upkeep(
            int maxLogEntries,
            long maxLogBytes,
            Duration forgetAbsentNodesAfter,
            Duration verifyInterval,
            Duration optimizeInterval,
            long maxWalBytes,
            int maxSnapshotTransfers,
            long maxSnapshotBytesPerSecond,
            boolean restartCluster) {}

    /** An address to listen on or to connect to. */
    public record HostAndPort(String host, int port) {
        @Override
        public String toString() {
            return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
        }
    }
}
