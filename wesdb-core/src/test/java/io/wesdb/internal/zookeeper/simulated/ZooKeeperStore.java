package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.cluster.memory.SharedStore;
import io.wesdb.internal.cluster.zookeeper.ZooKeeperCluster;
import io.wesdb.internal.cluster.zookeeper.ZooKeeperSettings;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.log.memory.ConnectionFaults;
import io.wesdb.internal.log.zookeeper.StoredEntries;
import io.wesdb.internal.zookeeper.ClusterPaths;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.apache.zookeeper.Op;

/** One cluster on a simulated ZooKeeper: the real code above the client, and the faults of a history beneath it. */
public final class ZooKeeperStore implements SharedStore {
    private static final String CLUSTER = "c";
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);

    public final SimulatedZooKeeper zooKeeper;
    private final ClusterPaths paths = new ClusterPaths(CLUSTER);
    private final NewCluster proposal;
    private final Map<String, SimulatedClient> clients = new TreeMap<>();
    private final Duration sessionTimeout;

    public ZooKeeperStore(SimulatedZooKeeper zooKeeper, NewCluster proposal, Duration sessionTimeout) {
        this.zooKeeper = zooKeeper;
        this.proposal = proposal;
        this.sessionTimeout = sessionTimeout;
    }

    /** A life of {@code node} connects; the world goes on meanwhile. */
    public Cluster cluster(String node, String incarnation, String predecessor, Environment environment) {
        ZooKeeperSettings settings = new ZooKeeperSettings(
                "simulated", CLUSTER, node, incarnation, predecessor, sessionTimeout, CONNECT_TIMEOUT);
        return ZooKeeperCluster.open(settings, () -> proposal, environment, () -> {
            SimulatedClient client = zooKeeper.connect(node, environment, Math.toIntExact(sessionTimeout.toMillis()));
            clients.put(node, client);
            return client;
        });
    }

    public SimulatedClient client(String node) {
        return clients.get(node);
    }

    @Override
    public ConnectionFaults faults(String node) {
        return clients.get(node).faults();
    }

    @Override
    public void expire(String node) {
        clients.get(node).expire();
    }

    @Override
    public void notice(String node) {
        clients.get(node).notice();
    }

    @Override
    public void die(String node) {
        clients.get(node).die();
    }

    @Override
    public void loseElection(String node) {
        List<String> places = zooKeeper.children(paths.election());
        if (places.size() > 1) {
            places.stream()
                    .map(place -> paths.election() + "/" + place)
                    .filter(place -> new String(zooKeeper.data(place), StandardCharsets.UTF_8).startsWith(node + "/"))
                    .sorted()
                    .findFirst()
                    .ifPresent(place -> zooKeeper.change(Op.delete(place, -1)));
        }
    }

    @Override
    public void losesAnswer(BooleanSupplier loses) {
        zooKeeper.losesElectionAnswer = loses;
    }

    @Override
    public void calm() {
        zooKeeper.longLagOdds = 0;
    }

    @Override
    public void repeatWish() {
        clients.values().forEach(SimulatedClient::breakConnection);
    }

    /** Entries, and the base, which holds the place of the one below the lowest. */
    private List<Long> positions() {
        return zooKeeper.children(paths.log()).stream()
                .map(name -> Long.parseUnsignedLong(name, 16))
                .filter(index -> zooKeeper.data(paths.entry(index)).length > 0)
                .sorted()
                .toList();
    }

    @Override
    public long first() {
        List<Long> positions = positions();
        return positions.isEmpty() ? 1 : positions.get(0);
    }

    @Override
    public int entries() {
        return positions().size();
    }

    @Override
    public void onCommit(BiConsumer<Long, byte[]> listener) {
        String prefix = paths.log() + "/";
        zooKeeper.onCreate = path -> {
            if (path.startsWith(prefix) && zooKeeper.data(path).length > 0) {
                long index = Long.parseUnsignedLong(path.substring(prefix.length()), 16);
                listener.accept(index, StoredEntries.whole(zooKeeper.data(path), paths, zooKeeper::data));
            }
        };
    }
}
