package io.wesdb.internal.cluster.zookeeper;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a node connects to its cluster.
 *
 * @param connectString ZooKeeper's, {@code host:port,host:port…}
 * @param cluster the cluster's name
 * @param node this node's id
 * @param incarnation differs from start to start of the node
 * @param predecessor the incarnation before, known to be dead because we hold its file: what it left in ZooKeeper is
 *     removed at once instead of after its session's end; null if there is none
 * @param sessionTimeout how long a silent node counts as present
 * @param connectTimeout how long opening may take
 */
public record ZooKeeperSettings(
        String connectString,
        String cluster,
        String node,
        String incarnation,
        @Nullable String predecessor,
        Duration sessionTimeout,
        Duration connectTimeout) {}
