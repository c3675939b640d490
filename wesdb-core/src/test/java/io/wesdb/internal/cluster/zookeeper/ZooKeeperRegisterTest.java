package io.wesdb.internal.cluster.zookeeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.RegisterContract;
import io.wesdb.internal.cluster.RegisteredNode;
import io.wesdb.internal.log.LogUnavailableException;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.FlatJson;
import io.wesdb.internal.zookeeper.ZooKeeperFixture;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.zookeeper.CreateMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The register's promises, kept against a real server. */
class ZooKeeperRegisterTest extends RegisterContract {
    private static final ClusterPaths PATHS = new ClusterPaths("c");

    @TempDir
    Path directory;

    private ZooKeeperFixture zooKeeper;
    private ZooKeeperCluster last;

    @BeforeEach
    void start() {
        zooKeeper = new ZooKeeperFixture(directory);
    }

    @AfterEach
    void stop() throws Exception {
        zooKeeper.close();
    }

    @Override
    protected Cluster cluster(String node) {
        last = zooKeeper.open(node);
        return last;
    }

    @Override
    protected void strike(String node) throws Exception {
        get(last.connection().delete(PATHS.node(node), -1));
    }

    @Test
    void whatAnotherVersionWroteIsTakenForNothingDurable() throws Exception {
        Cluster cluster = cluster("a");
        get(last.connection().create(PATHS.node("b"), FlatJson.write("future", 1), CreateMode.PERSISTENT));
        get(last.connection().create(PATHS.node("c"), new byte[0], CreateMode.PERSISTENT));
        assertEquals(
                List.of(RegisteredNode.present("b", 0), RegisteredNode.present("c", 0)),
                get(cluster.membership().registered()));
    }

    @Test
    void withoutAServerTheRegisterSaysSo() {
        Cluster cluster = cluster("a");
        zooKeeper.stopServer();
        ExecutionException failure = assertThrows(
                ExecutionException.class, () -> get(cluster.membership().registered()));
        assertInstanceOf(LogUnavailableException.class, failure.getCause());
        failure = assertThrows(
                ExecutionException.class, () -> get(cluster.membership().remove("b")));
        assertInstanceOf(LogUnavailableException.class, failure.getCause());
    }
}
