package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.StartException;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.zookeeper.FlatJson;

/** How a cluster's settings are written in its {@code config} znode. */
final class ConfigNode {
    private ConfigNode() {}

    static byte[] encode(ClusterConfig config) {
        return FlatJson.write(
                "formatVersion", config.formatVersion(),
                "clusterId", config.clusterId(),
                "lineage", config.lineage(),
                "baseIndex", config.baseIndex(),
                "foreignKeys", config.foreignKeys(),
                "timeZone", config.timeZone(),
                "pageSizeBytes", config.pageSizeBytes(),
                "maxResultBytes", config.maxResultBytes(),
                "secret", config.secret());
    }

    /** @throws StartException if a later version of wesdb wrote it, or it is something else */
    static ClusterConfig decode(String path, byte[] bytes) {
        try {
            FlatJson json = FlatJson.parse(bytes);
            long formatVersion = json.number("formatVersion");
            if (formatVersion < ClusterConfig.FORMAT_VERSION) {
                throw new StartException("the cluster has format version " + formatVersion
                        + " of a pre-release, and this version of wesdb knows only " + ClusterConfig.FORMAT_VERSION);
            } else if (formatVersion > ClusterConfig.FORMAT_VERSION) {
                throw new StartException("the cluster has format version " + formatVersion
                        + ", and this version of wesdb knows none above " + ClusterConfig.FORMAT_VERSION
                        + ": start this node with the version that the others have");
            }
            return new ClusterConfig(
                    json.text("clusterId"),
                    json.text("lineage"),
                    json.number("baseIndex"),
                    Math.toIntExact(formatVersion),
                    json.truth("foreignKeys"),
                    json.text("timeZone"),
                    Math.toIntExact(json.number("pageSizeBytes")),
                    json.number("maxResultBytes"),
                    json.text("secret"));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new StartException("ZooKeeper's " + path + " is not the config of a cluster: " + e.getMessage(), e);
        }
    }
}
