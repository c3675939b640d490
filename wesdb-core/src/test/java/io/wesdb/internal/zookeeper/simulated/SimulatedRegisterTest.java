package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.cluster.RegisterContract;
import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperFixture;
import java.time.Duration;
import org.apache.zookeeper.Op;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The register's promises, kept by the real one on a simulated ZooKeeper. */
class SimulatedRegisterTest extends RegisterContract {
    private final SimulatedWorld world = new SimulatedWorld(1);
    private final SimulatedZooKeeper zooKeeper = new SimulatedZooKeeper(world, 3);
    private final ZooKeeperStore store =
            new ZooKeeperStore(zooKeeper, NewCluster.empty(ZooKeeperFixture.CONFIG), Duration.ofSeconds(5));
    private Pumped pumped;

    @BeforeEach
    void pump() {
        pumped = new Pumped(world);
    }

    @AfterEach
    void stop() {
        pumped.close();
    }

    @Override
    protected Cluster cluster(String node) {
        return store.cluster(node, node + "-1", null, world.environment(node));
    }

    @Override
    protected void strike(String node) {
        zooKeeper.change(Op.delete(new ClusterPaths("c").node(node), -1));
    }
}
