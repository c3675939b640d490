package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.ReplicatedLogContract;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.log.zookeeper.ZooKeeperLog;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.FaultyZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperFixture;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The promises of a log, kept by the real one on a simulated ZooKeeper. */
class SimulatedLogTest extends ReplicatedLogContract {
    private static final int SESSION_MILLIS = 10_000;

    private final SimulatedWorld world = new SimulatedWorld(1);
    private final SimulatedZooKeeper zooKeeper = new SimulatedZooKeeper(world, 3);
    private final Map<String, SimulatedClient> clients = new HashMap<>();
    private final Map<String, FaultyZooKeeperClient> faults = new HashMap<>();
    private NewCluster proposal = NewCluster.empty(ZooKeeperFixture.CONFIG);
    private Pumped pumped;

    @BeforeEach
    void pump() {
        zooKeeper.maxLatencyMillis = 0; // what one node sends is there before what another sends after it
        pumped = new Pumped(world);
    }

    @AfterEach
    void stop() {
        pumped.close();
    }

    @Override
    protected void beginAfter(long baseIndex, long baseEpoch) {
        proposal = ZooKeeperFixture.after(baseIndex, baseEpoch);
    }

    @Override
    protected ReplicatedLog log(String node) throws InterruptedException {
        if (clients.isEmpty()) {
            new ZooKeeperStore(zooKeeper, proposal, Duration.ofMillis(SESSION_MILLIS))
                    .cluster("setup", "1", null, world.environment("setup"))
                    .close();
        }
        SimulatedWorld.SimulatedEnvironment environment = world.environment(node);
        SimulatedClient client = zooKeeper.connect(node, environment, SESSION_MILLIS);
        client.awaitConnected(SESSION_MILLIS);
        FaultyZooKeeperClient faulty = new FaultyZooKeeperClient(client);
        clients.put(node, client);
        faults.put(node, faulty);
        return new ZooKeeperLog(
                faulty,
                new ClusterPaths("c"),
                environment.newLane("log"),
                environment.clock(),
                environment::randomLong);
    }

    @Override
    protected void nextAppends(String node, int count, Fate fate) {
        faults.get(node).nextMultis(count, fate);
    }

    @Override
    protected void release(String node) {
        faults.get(node).release();
    }

    @Override
    protected void reconnect(String node) {
        clients.get(node).breakConnection();
    }
}
