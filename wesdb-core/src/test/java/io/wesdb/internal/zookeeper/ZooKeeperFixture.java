package io.wesdb.internal.zookeeper;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.cluster.zookeeper.ZooKeeperCluster;
import io.wesdb.internal.cluster.zookeeper.ZooKeeperSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;

/** A real server, and connections and clusters whose threads and sessions end with it. For one test thread. */
public final class ZooKeeperFixture implements AutoCloseable {
    public static final ClusterConfig CONFIG = new ClusterConfig(
            "0f4e1a9e-0000-4000-8000-000000000001",
            "lineage",
            0,
            ClusterConfig.FORMAT_VERSION,
            true,
            "UTC",
            4096,
            1 << 20,
            "c0ffee");

    public final LiveEnvironment environment = new LiveEnvironment("test");
    private final Path directory;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private EmbeddedZooKeeper server;
    private int port;

    public ZooKeeperFixture(Path directory) {
        this.directory = directory;
        startServer();
    }

    public void startServer() {
        server = EmbeddedZooKeeper.start("127.0.0.1", port, directory, environment.newLane("zookeeper"));
        port = server.port();
    }

    public void stopServer() {
        server.close();
    }

    public String connectString() {
        return "127.0.0.1:" + port;
    }

    public ZooKeeperConnection connect(Duration sessionTimeout) {
        ZooKeeperConnection connection =
                ZooKeeperConnection.open(connectString(), sessionTimeout, Duration.ofSeconds(10));
        opened.add(connection);
        return connection;
    }

    /** A cluster that was restarted from a file. */
    public static NewCluster after(long baseIndex, long baseEpoch) {
        ClusterConfig config = new ClusterConfig(
                CONFIG.clusterId(),
                "another lineage",
                baseIndex,
                CONFIG.formatVersion(),
                CONFIG.foreignKeys(),
                CONFIG.timeZone(),
                CONFIG.pageSizeBytes(),
                CONFIG.maxResultBytes(),
                CONFIG.secret());
        return new NewCluster(config, baseEpoch);
    }

    /** The cluster that comes into being with the first node. */
    public NewCluster proposal = NewCluster.empty(CONFIG);

    public ZooKeeperCluster open(String node, String incarnation, String predecessor, Duration sessionTimeout) {
        ZooKeeperSettings settings = new ZooKeeperSettings(
                connectString(), "c", node, incarnation, predecessor, sessionTimeout, Duration.ofSeconds(10));
        ZooKeeperCluster cluster = ZooKeeperCluster.open(settings, () -> proposal, environment);
        opened.add(cluster);
        return cluster;
    }

    public ZooKeeperCluster open(String node) {
        return open(node, node + "-1", null, Duration.ofSeconds(5));
    }

    public static ZooKeeper handle(ZooKeeperConnection connection) throws Exception {
        return connection.curator().getZookeeperClient().getZooKeeper();
    }

    /** Ends the session at the server, as if the client had been silent for too long; the client finds out by itself. */
    public void killSession(ZooKeeperSession session) throws Exception {
        ZooKeeper victim = handle((ZooKeeperConnection) session);
        CountDownLatch connected = new CountDownLatch(1);
        try (ZooKeeper twin = new ZooKeeper(
                connectString(),
                10_000,
                event -> {
                    if (event.getState() == KeeperState.SyncConnected) {
                        connected.countDown();
                    }
                },
                victim.getSessionId(),
                victim.getSessionPasswd())) {
            assertTrue(connected.await(10, TimeUnit.SECONDS));
        }
    }

    @Override
    public void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
        server.close();
        environment.close();
    }
}
