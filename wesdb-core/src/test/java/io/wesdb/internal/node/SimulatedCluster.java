package io.wesdb.internal.node;

import io.wesdb.WriteResult;
import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.cluster.memory.InMemoryClusterStore;
import io.wesdb.internal.cluster.memory.SharedStore;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.env.SimulatedWorld.SimulatedEnvironment;
import io.wesdb.internal.log.BatchCodec;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.log.memory.ConnectionFaults;
import io.wesdb.internal.read.AppliedIndex;
import io.wesdb.internal.read.HeadBarrier;
import io.wesdb.internal.read.ReadGateway;
import io.wesdb.internal.read.ReadSettings;
import io.wesdb.internal.snapshot.FileStep;
import io.wesdb.internal.snapshot.ReplicaFiles;
import io.wesdb.internal.snapshot.SnapshotGiver;
import io.wesdb.internal.snapshot.SnapshotSettings;
import io.wesdb.internal.sqlite.ApplierSettings;
import io.wesdb.internal.sqlite.MainFile;
import io.wesdb.internal.sqlite.ReadLimits;
import io.wesdb.internal.sqlite.ReaderPool;
import io.wesdb.internal.sqlite.ReaderPoolSettings;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaHooks;
import io.wesdb.internal.sqlite.ReplicaSettings;
import io.wesdb.internal.sqlite.VisibleIndex;
import io.wesdb.internal.truncation.TruncationSettings;
import io.wesdb.internal.write.Caller;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.write.WriteSettings;
import io.wesdb.internal.zookeeper.simulated.SimulatedZooKeeper;
import io.wesdb.internal.zookeeper.simulated.ZooKeeperStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A cluster in one thread under one seed: the real replicator, gateways, sequencer, tailer, applier, SQLite, snapshots and recovery on a
 * simulated clock, network and log.
 */
final class SimulatedCluster implements AutoCloseable {
    static final ClusterConfig CONFIG = new ClusterConfig(
            "00000000-0000-0000-0000-000000000001",
            "lineage",
            0,
            ClusterConfig.FORMAT_VERSION,
            true,
            "Z",
            4096,
            1024 * 1024,
            "00");

    /** What stands for ZooKeeper. */
    enum Backing {
        /** Log and cluster are the ones made for tests; nothing takes time. */
        MEMORY,
        /** The real ones, on a simulated ensemble of three. */
        ZOOKEEPER
    }

    private static final Duration SESSION_TIMEOUT = Duration.ofMillis(1_500);
    private static final Duration JOIN_TIMEOUT = Duration.ofSeconds(30);

    final SimulatedWorld world;
    final SimulatedNetwork network;
    /** What the nodes share, whichever it is. */
    final SharedStore shared;
    /** Null on a simulated ZooKeeper. */
    final InMemoryClusterStore store;
    /** Null in memory. */
    final ZooKeeperStore zooKeeper;

    final Map<String, SimulatedNode> nodes = new TreeMap<>();
    private final Path directory;
    private final TruncationSettings truncation;
    /** For the nodes started from now on. */
    Duration optimizeInterval = Duration.ZERO;

    /** For the nodes started from now on. */
    WriteSettings writeSettings = WriteSettings.defaults(10_000, 64 * 1024 * 1024);

    /** For the nodes started from now on. */
    ApplierSettings applying = ApplierSettings.syncing(5_000, 200, 5, 1 << 20);

    /** How often each node was told to renew its readers. */
    final Map<String, Integer> renewed = new TreeMap<>();

    /** For the nodes started from now on. */
    long maxWalBytes = Long.MAX_VALUE;

    /** How often each node was told to cut off its reads. */
    final Map<String, Integer> cut = new TreeMap<>();

    /** Each node has a directory of its own, as if it were a disk of its own. */
    boolean ownDirectories;

    /** For the nodes started from now on. */
    SnapshotSettings snapshots = SnapshotSettings.defaults();

    /** For the nodes started from now on. */
    Duration verifyInterval = Duration.ZERO;

    /** How far each node's wall clock is from the others'. */
    final Map<String, Long> wallSkewMillis = new TreeMap<>();

    /** Stands between each node and what the cluster shares. */
    BiFunction<String, Cluster, Cluster> between = (name, shared) -> shared;

    /** How the file of a node is left whose process ends; true if it has closed it. */
    Predicate<SimulatedNode> onDeath = node -> false;

    /** Told of each step with a node's files while they are closed; what it throws happens to the step. */
    BiConsumer<String, FileStep> onStep = (name, step) -> {};

    /** Told of each file that is opened, with the node's name, before anything is applied to it. */
    BiConsumer<String, Replica> onOpen = (name, replica) -> {};

    /** Called when a node's file was synced and holds everything, to be given to another. */
    Consumer<String> onPinning = name -> {};

    SimulatedCluster(long seed, Path directory, String... names) {
        this(seed, directory, TruncationSettings.defaults(), names);
    }

    SimulatedCluster(long seed, Path directory, TruncationSettings truncation, String... names) {
        this(seed, directory, truncation, Backing.MEMORY, names);
    }

    SimulatedCluster(long seed, Path directory, TruncationSettings truncation, Backing backing, String... names) {
        this.directory = directory;
        this.truncation = truncation;
        this.world = new SimulatedWorld(seed);
        this.network = new SimulatedNetwork(world);
        if (backing == Backing.MEMORY) {
            this.store = new InMemoryClusterStore(CONFIG, world.lane("zookeeper"));
            this.zooKeeper = null;
            this.shared = store;
        } else {
            this.store = null;
            this.zooKeeper =
                    new ZooKeeperStore(new SimulatedZooKeeper(world, 3), NewCluster.empty(CONFIG), SESSION_TIMEOUT);
            this.shared = zooKeeper;
        }
        for (String name : names) {
            start(name);
        }
    }

    /** One life of one node. */
    final class SimulatedNode {
        final String name;
        final SimulatedEnvironment env;
        final Cluster cluster;
        final Replicator replicator;
        final SnapshotGiver giver;
        final ReadGateway reads;
        private final MainFile mainFile;
        private final ReaderPool readers;
        private final VisibleIndex visible = new VisibleIndex();
        final CompletableFuture<Void> ready;
        private final Lane status;
        private Replica replica;

        private final String incarnation;

        SimulatedNode(String name, String incarnation, String predecessor) {
            this.name = name;
            this.incarnation = incarnation;
            this.env = world.environment(name);
            env.skewWall(wallSkewMillis.getOrDefault(name, 0L));
            this.status = env.newLane("status");
            this.cluster = between.apply(
                    name,
                    zooKeeper == null ? store.cluster(name) : zooKeeper.cluster(name, incarnation, predecessor, env));
            ReplicaFiles files = new ReplicaFiles(file(name), env.clock(), step -> onStep.accept(name, step));
            this.mainFile = files.mainFile();
            ReplicaHooks.onCheckpoint(mainFile, () -> onPinning.accept(name));
            this.giver = new SnapshotGiver(
                    file(name), mainFile, snapshots, env, () -> serves() ? null : "it does not serve");
            AppliedIndex appliedIndex = new AppliedIndex(0);
            EntryFeed feed = new EntryFeed();
            Lane readTimers = env.newLane("reads");
            this.readers = ReaderPool.suspended(
                    settings(name),
                    ReaderPoolSettings.of(4, 4, Duration.ofMinutes(1)),
                    visible,
                    env.clock(),
                    readTimers);
            this.replicator = new Replicator(new ReplicatorParts(
                    env,
                    cluster,
                    name,
                    appliedIndex,
                    new LeaderListeners(env.workers(), name),
                    writeSettings,
                    network.client(name),
                    feed,
                    network.lines(name),
                    network.snapshots(name),
                    files,
                    settings(name),
                    applying.withMaxWalBytes(maxWalBytes),
                    truncation,
                    List.of(new GiverUse(), new ReadersUse()),
                    this::openReplica,
                    verifyInterval,
                    optimizeInterval,
                    () -> {
                        renewed.merge(name, 1, Integer::sum);
                        readTimers.execute(readers::renew);
                    },
                    olderThanMillis -> {
                        cut.merge(name, 1, Integer::sum);
                        readers.cutSnapshots(olderThanMillis);
                    }));
            this.reads = new ReadGateway(
                    env,
                    readTimers,
                    readers,
                    appliedIndex,
                    new HeadBarrier(cluster.log(), env.clock(), replicator::headRead),
                    new ServiceGate(replicator::state),
                    new ReadSettings(
                            Duration.ofSeconds(30), Duration.ofSeconds(30), new ReadLimits(10_000, 1 << 24), 1_000),
                    replicator::readFailed);
            network.attach(name, replicator, giver, feed);
            cluster.membership().join(self(), predecessor, zooKeeper == null ? Duration.ZERO : JOIN_TIMEOUT);
            describe();
            this.ready = replicator.start(name + ":1");
        }

        private Replica openReplica(ReplicaSettings settings) {
            replica = Replica.open(settings, visible);
            onOpen.accept(name, replica);
            return replica;
        }

        private final class GiverUse implements FileUser {
            @Override
            public CompletableFuture<Void> suspend() {
                return giver.discard();
            }

            @Override
            public void resume() {}
        }

        private final class ReadersUse implements FileUser {
            @Override
            public CompletableFuture<Void> suspend() {
                return readers.suspend();
            }

            @Override
            public void resume() {
                readers.resume();
            }
        }

        private Member self() {
            ReplicaState state = replicator.state();
            return new Member(name, incarnation, name + ":1", state.role(), state.applied(), state.durable(), "1");
        }

        private void describe() {
            cluster.membership().update(self());
            status.schedule(500, this::describe);
        }

        /** Its file, while it is open. */
        Replica replica() {
            return replica;
        }

        boolean serves() {
            return replicator != null && StatusReport.serves(replicator.state().role());
        }

        CompletableFuture<WriteResult> write(long timeoutMillis, String sql, Object... values) {
            return write(
                    timeoutMillis, new Command(List.of(new SqlStatement(sql, new ArrayList<>(Arrays.asList(values))))));
        }

        CompletableFuture<WriteResult> write(long timeoutMillis, Command command) {
            return write(Caller.thisThread(), timeoutMillis, command);
        }

        CompletableFuture<WriteResult> write(Caller caller, long timeoutMillis, Command command) {
            return replicator
                    .gateway()
                    .submit(
                            caller,
                            BatchCodec.encodeCommand(command),
                            false,
                            env.clock().nanos() + timeoutMillis * 1_000_000);
        }

        ConnectionFaults faults() {
            return shared.faults(name);
        }

        long applied() {
            return replicator.state().applied();
        }

        boolean leads() {
            return replicator.state().role() == io.wesdb.Role.LEADER;
        }

        /** The process ends between two steps, and its session at once; its file stays. */
        void crash() {
            die();
            shared.expire(name);
        }

        /** The process ends between two steps; its file stays, and its session lasts. */
        void die() {
            env.crash();
            shared.die(name);
            network.detach(name);
            faults().disconnect();
            closeFile();
            nodes.remove(name);
        }

        /** What of this process has the file open besides its replica. */
        void closeReaders() {
            CompletableFuture<Void> unused = replicator.verification().suspend();
            readers.close();
        }

        /** What it gives snapshots from. */
        private void closeMainFile() {
            try {
                mainFile.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        private void closeFile() {
            closeReaders();
            closeMainFile();
            if (replica != null && !onDeath.test(this)) {
                replica.close();
            }
        }
    }

    ReplicaSettings settings(String name) {
        return new ReplicaSettings(
                file(name),
                CONFIG.clusterId(),
                CONFIG.lineage(),
                CONFIG.foreignKeys(),
                ZoneOffset.UTC,
                CONFIG.pageSizeBytes(),
                CONFIG.maxResultBytes());
    }

    Path file(String name) {
        return ownDirectories ? directory.resolve(name).resolve(name + ".db") : directory.resolve(name + ".db");
    }

    SimulatedNode start(String name) {
        return start(name, "life", null);
    }

    SimulatedNode start(String name, String incarnation, String predecessor) {
        SimulatedNode node = new SimulatedNode(name, incarnation, predecessor);
        nodes.put(name, node);
        return node;
    }

    SimulatedNode node(String name) {
        return nodes.get(name);
    }

    /** Runs until some node leads, and gives it. */
    SimulatedNode leader() {
        world.runUntil("a leader", 60_000, () -> nodes.values().stream().anyMatch(SimulatedNode::leads));
        return nodes.values().stream().filter(SimulatedNode::leads).findFirst().orElseThrow();
    }

    /** Runs until all nodes have applied the same. */
    void settle() {
        world.runUntil("all nodes at one index", 60_000, this::isSettled);
    }

    boolean isSettled() {
        return nodes.values().stream().map(SimulatedNode::applied).distinct().count() == 1
                && nodes.values().stream()
                        .allMatch(node -> node.replicator.state().head() == node.applied());
    }

    @Override
    public void close() {
        onDeath = node -> false;
        nodes.values().forEach(node -> {
            node.env.crash();
            node.closeFile();
        });
    }
}
