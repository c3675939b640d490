package io.wesdb.internal.log.zookeeper;

import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.ReplicatedLogContract;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.FaultyZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperConnection;
import io.wesdb.internal.zookeeper.ZooKeeperFixture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The promises, kept against a real server. */
class ZooKeeperLogTest extends ReplicatedLogContract {
    private static final Duration SESSION = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    private ZooKeeperFixture zooKeeper;
    private final Map<String, ZooKeeperConnection> connections = new HashMap<>();
    private final Map<String, FaultyZooKeeperClient> clients = new HashMap<>();

    @BeforeEach
    void start() {
        zooKeeper = new ZooKeeperFixture(directory);
    }

    @AfterEach
    void stop() throws Exception {
        zooKeeper.close();
    }

    @Override
    protected void beginAfter(long baseIndex, long baseEpoch) {
        zooKeeper.proposal = ZooKeeperFixture.after(baseIndex, baseEpoch);
    }

    @Override
    protected ReplicatedLog log(String node) {
        if (connections.isEmpty()) {
            zooKeeper.open("setup").close();
        }
        ZooKeeperConnection connection = zooKeeper.connect(SESSION);
        FaultyZooKeeperClient client = new FaultyZooKeeperClient(connection);
        connections.put(node, connection);
        clients.put(node, client);
        return new ZooKeeperLog(
                client,
                new ClusterPaths("c"),
                zooKeeper.environment.newLane("log-" + node),
                zooKeeper.environment.clock(),
                zooKeeper.environment::randomLong);
    }

    @Override
    protected void nextAppends(String node, int count, Fate fate) {
        clients.get(node).nextMultis(count, fate);
    }

    @Override
    protected void release(String node) {
        clients.get(node).release();
    }

    @Override
    protected void reconnect(String node) throws Exception {
        ZooKeeperFixture.handle(connections.get(node)).getTestable().closeSocket();
    }
}
