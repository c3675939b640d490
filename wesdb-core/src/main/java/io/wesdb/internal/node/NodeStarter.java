package io.wesdb.internal.node;

import io.wesdb.StartException;
import io.wesdb.WesDb;
import io.wesdb.WesDbException;
import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership.NodeIdTakenException;
import io.wesdb.internal.cluster.zookeeper.ZooKeeperCluster;
import io.wesdb.internal.cluster.zookeeper.ZooKeeperSettings;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.env.SystemEnvironment;
import io.wesdb.internal.http.HttpServer;
import io.wesdb.internal.http.HttpServerSettings;
import io.wesdb.internal.http.IoThreads;
import io.wesdb.internal.node.NodeSettings.HostAndPort;
import io.wesdb.internal.node.NodeSettings.Upkeep;
import io.wesdb.internal.peer.PeerAcceptor;
import io.wesdb.internal.peer.PeerClient;
import io.wesdb.internal.peer.PeerIdentity;
import io.wesdb.internal.peer.PeerLines;
import io.wesdb.internal.peer.PeerSettings;
import io.wesdb.internal.peer.PeerSnapshotClient;
import io.wesdb.internal.read.AppliedIndex;
import io.wesdb.internal.read.HeadBarrier;
import io.wesdb.internal.read.ReadGateway;
import io.wesdb.internal.read.ReadSettings;
import io.wesdb.internal.snapshot.ReplicaFiles;
import io.wesdb.internal.snapshot.SnapshotGiver;
import io.wesdb.internal.snapshot.SnapshotSettings;
import io.wesdb.internal.sqlite.ApplierSettings;
import io.wesdb.internal.sqlite.ReadLimits;
import io.wesdb.internal.sqlite.ReaderPool;
import io.wesdb.internal.sqlite.ReaderPoolSettings;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaSettings;
import io.wesdb.internal.sqlite.StorageException;
import io.wesdb.internal.sqlite.VisibleIndex;
import io.wesdb.internal.truncation.TruncationSettings;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.write.WriteSettings;
import io.wesdb.internal.zookeeper.EmbeddedZooKeeper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a node: puts the parts together in the order in which they need each other, and takes them apart again in the
 * opposite order, when the node is closed or when its start fails half-way. Used once, by the starting thread.
 */
public final class NodeStarter {
    private static final int MAX_PENDING_READS = 4096;
    private static final int IO_THREADS = 1;

    /** The largest command that the builder allows, and some: the same on all nodes, whatever their own settings. */
    private static final int MAX_BATCH_BYTES = 65 * 1024 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(NodeStarter.class);

    private final NodeSettings settings;
    private final Shutdown shutdown;
    private final NodeFiles nodeFiles;
    private final ReplicaFiles files;
    private final SystemEnvironment env;
    private CompletableFuture<Void> replicaClosed = CompletableFuture.completedFuture(null);
    /** For those that are made before it and ask for its state later. */
    private volatile @Nullable Replicator replicator;

    private NodeStarter(NodeSettings settings) {
        this.settings = settings;
        this.shutdown = new Shutdown(settings.closeTimeout().toMillis());
        String fresh = UUID.randomUUID().toString();
        this.nodeFiles = NodeFiles.lock(settings.dbPath(), settings.nodeId(), fresh.substring(0, 8), fresh);
        // Whoever opens the file next must not find our applier still writing to it.
        // In this order: who has the lock may open the file.
        shutdown.closing(
                "the lock file",
                () -> replicaClosed.thenRun(this::closeMainFile).thenRun(nodeFiles::close));
        this.files = new ReplicaFiles(settings.dbPath(), Clock.system());
        this.env = shutdown.closing(
                "the threads",
                new SystemEnvironment(
                        nodeFiles.nodeId(),
                        settings.executor(),
                        settings.closeTimeout().toMillis() / 2));
    }

    /** Returns when the node serves; undoes everything if it does not come to that. */
    public static WesDb start(NodeSettings settings) {
        NodeStarter starter = new NodeStarter(settings);
        try {
            return starter.start();
        } catch (StorageException | NodeIdTakenException e) {
            starter.shutdown.run();
            throw new StartException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            starter.shutdown.run();
            throw e;
        }
    }

    private Node start() {
        files.recover();
        String connectString = connectString();
        Cluster cluster = shutdown.closing("the cluster", openCluster(connectString));
        ClusterConfig config = cluster.config();
        ReplicaSettings replicaSettings = replicaSettings(config);
        IoThreads io = shutdown.closing(
                "the event loops",
                new IoThreads(
                        nodeFiles.nodeId(), IO_THREADS, settings.closeTimeout().dividedBy(4)));
        PeerIdentity identity =
                new PeerIdentity(HexFormat.of().parseHex(config.secret()), config.clusterId(), nodeFiles.nodeId());
        PeerSettings peerSettings = PeerSettings.of(MAX_BATCH_BYTES, settings.maxPendingBytes());
        PeerClient peers = shutdown.closing(
                "the peer connections",
                new PeerClient(identity, peerSettings, io.group(), env.workers(), env::randomLong));
        PeerLines lines = shutdown.closing(
                "the lines to leaders",
                new PeerLines(identity, peerSettings, io.group(), env.workers(), env::randomLong));
        PeerSnapshotClient snapshots = shutdown.closing(
                "the snapshot connections",
                new PeerSnapshotClient(identity, peerSettings, io.group(), env.workers(), env::randomLong));

        LeaderListeners listeners = new LeaderListeners(env.workers(), nodeFiles.nodeId());
        AppliedIndex applied = new AppliedIndex(0);
        Lane readTimers = env.newLane("reads");
        NodeSettings.Reading reading = settings.reading();
        VisibleIndex visible = new VisibleIndex();
        ReaderPool readers = ReaderPool.suspended(
                replicaSettings,
                ReaderPoolSettings.of(reading.maxReaders(), reading.maxOpenReads(), reading.maxSnapshotAge()),
                visible,
                env.clock(),
                readTimers);
        EntryFeed feed = new EntryFeed();
        SnapshotGiver giver = new SnapshotGiver(
                files.database(), files.mainFile(), snapshotSettings(), env, this::whyItGivesNoSnapshot);
        Replicator made = new Replicator(new ReplicatorParts(
                env,
                cluster,
                nodeFiles.nodeId(),
                applied,
                listeners,
                WriteSettings.defaults(settings.maxPendingWrites(), settings.maxPendingBytes()),
                peers,
                feed,
                lines,
                snapshots,
                files,
                replicaSettings,
                applierSettings(),
                truncationSettings(),
                List.of(userOf(readers), userOf(giver)),
                file -> Replica.open(file, visible),
                settings.upkeep().verifyInterval(),
                settings.upkeep().optimizeInterval(),
                () -> readTimers.execute(readers::renew),
                readers::cutSnapshots));
        replicator = made;
        replicaClosed = made.closed();
        shutdown.closing("the replicator", () -> close(made));
        shutdown.closing("the snapshots", giver);
        closeReaders(readers);

        HttpServer http = shutdown.closing(
                "the listener",
                startListener(
                        connectString,
                        new PeerAcceptor(identity, peerSettings, made, feed, giver, env::randomLong),
                        io));
        String address = advertisedAddress(connectString, http.boundPort());
        StatusReport status = new StatusReport(
                identity(address, http.boundPort()), config, env.clock(), cluster.membership(), made::state);
        ReadGateway reads = shutdown.closing(
                "the waiting reads",
                new ReadGateway(
                        env,
                        readTimers,
                        readers,
                        applied,
                        new HeadBarrier(cluster.log(), env.clock(), made::headRead),
                        new ServiceGate(made::state),
                        new ReadSettings(
                                settings.requestTimeout(),
                                reading.maxSnapshotAge(),
                                new ReadLimits(reading.maxResultRows(), settings.maxResultBytes()),
                                MAX_PENDING_READS),
                        made::readFailed));
        Node node = new Node(settings, env, made, reads, status, cluster.membership(), listeners, shutdown);
        http.attach(node);

        Member self = status.self();
        cluster.membership()
                .join(self, nodeFiles.predecessor(), settings.sessionTimeout().plusSeconds(5));
        CompletableFuture<Void> ready = made.start(address);
        status.announceRegularly(env.newLane("status"));
        if (settings.onProgress() != null) {
            new ProgressReport(env.newLane("progress"), env.workers(), made::state, settings.onProgress()).start();
        }
        awaitReady(ready, made);
        // Once more, so that writes under way are drained while the listener can still answer.
        shutdown.closing("the replicator", () -> close(made));
        return node;
    }

    private String connectString() {
        if (settings.zk() != null) {
            return settings.zk();
        }
        HostAndPort address = settings.embeddedZk();
        if (address == null) {
            throw new StartException("neither zk nor embeddedZk is given");
        }
        Path directory = settings.embeddedZkDirectory();
        if (directory == null) {
            directory = settings.dbPath().resolveSibling(settings.dbPath().getFileName() + "-zookeeper");
        }
        return shutdown.closing(
                        "the embedded ZooKeeper",
                        EmbeddedZooKeeper.start(address.host(), address.port(), directory, env.newLane("zookeeper")))
                .connectString();
    }

    private Cluster openCluster(String connectString) {
        ZooKeeperSettings zooKeeper = new ZooKeeperSettings(
                connectString,
                settings.cluster(),
                nodeFiles.nodeId(),
                nodeFiles.incarnation(),
                nodeFiles.predecessor(),
                settings.sessionTimeout(),
                settings.startTimeout());
        ClusterProposal proposal = new ClusterProposal(settings, files, env::randomLong);
        Cluster cluster = ZooKeeperCluster.open(zooKeeper, proposal, env);
        try {
            proposal.checkRestarted();
            return cluster;
        } catch (StartException e) {
            cluster.close();
            throw e;
        }
    }

    private ReplicaSettings replicaSettings(ClusterConfig config) {
        return new ReplicaSettings(
                settings.dbPath(),
                config.clusterId(),
                config.lineage(),
                config.foreignKeys(),
                ZoneId.of(config.timeZone()),
                config.pageSizeBytes(),
                config.maxResultBytes());
    }

    /** A small log must be synced often, since only what is durable may leave it. */
    private ApplierSettings applierSettings() {
        ApplierSettings defaults = ApplierSettings.defaults();
        Upkeep upkeep = settings.upkeep();
        return ApplierSettings.syncing(
                        defaults.checkpointMillis(),
                        defaults.syncMillis(),
                        Math.min(defaults.syncEntries(), Math.max(1, upkeep.maxLogEntries() / 8)),
                        Math.min(defaults.syncBytes(), Math.max(1, upkeep.maxLogBytes() / 8)))
                .withMaxWalBytes(upkeep.maxWalBytes());
    }

    private TruncationSettings truncationSettings() {
        Upkeep upkeep = settings.upkeep();
        return TruncationSettings.of(upkeep.maxLogEntries(), upkeep.maxLogBytes(), upkeep.forgetAbsentNodesAfter());
    }

    private SnapshotSettings snapshotSettings() {
        Upkeep upkeep = settings.upkeep();
        SnapshotSettings defaults = SnapshotSettings.defaults();
        return defaults
                // Before reads are cut off to begin the write-ahead log anew.
                .withMaxPinnedWalBytes(Math.min(defaults.maxPinnedWalBytes(), upkeep.maxWalBytes() / 2))
                .withMaxTransfers(upkeep.maxSnapshotTransfers())
                .withMaxBytesPerSecond(upkeep.maxSnapshotBytesPerSecond())
                .withCopyBytesPerSecond(upkeep.maxSnapshotBytesPerSecond());
    }

    private @Nullable String whyItGivesNoSnapshot() {
        Replicator asked = replicator;
        return asked != null && StatusReport.serves(asked.state().role()) ? null : "this node does not serve itself";
    }

    private static FileUser userOf(ReaderPool readers) {
        return new FileUser() {
            @Override
            public CompletableFuture<Void> suspend() {
                return readers.suspend();
            }

            @Override
            public void resume() {
                readers.resume();
            }
        };
    }

    private static FileUser userOf(SnapshotGiver giver) {
        return new FileUser() {
            @Override
            public CompletableFuture<Void> suspend() {
                return giver.discard();
            }

            @Override
            public void resume() {
                // It opens the file when it is asked for a snapshot.
            }
        };
    }

    private HttpServer startListener(String connectString, PeerAcceptor peers, IoThreads io) {
        HostAndPort http = settings.http();
        HostAndPort bind = http != null ? http : peerListener(connectString);
        HttpServerSettings listener =
                HttpServerSettings.of(bind.host(), bind.port(), http != null, settings.maxBodyBytes());
        return HttpServer.start(listener, io.group(), env.workers(), env.queries(), peers::upgrade);
    }

    /** Where peers are served if clients are not. */
    private HostAndPort peerListener(String connectString) {
        HostAndPort advertise = settings.advertise();
        return advertise == null
                ? new HostAndPort(LocalAddress.reaching(connectString), 0)
                : new HostAndPort("0.0.0.0", advertise.port());
    }

    private String advertisedAddress(String connectString, int boundPort) {
        HostAndPort advertise = settings.advertise();
        if (advertise != null) {
            return new HostAndPort(advertise.host(), advertise.port() == 0 ? boundPort : advertise.port()).toString();
        }
        HostAndPort http = settings.http();
        String host =
                http == null || http.host().equals("0.0.0.0") || http.host().equals("::")
                        ? LocalAddress.reaching(connectString)
                        : http.host();
        return new HostAndPort(host, boundPort).toString();
    }

    private StatusReport.Identity identity(String address, int boundPort) {
        HostAndPort http = settings.http();
        String version = WesDb.class.getPackage().getImplementationVersion();
        return new StatusReport.Identity(
                settings.cluster(),
                nodeFiles.nodeId(),
                nodeFiles.incarnation(),
                address,
                http == null ? null : new HostAndPort(http.host(), boundPort).toString(),
                Replica.sqliteVersion(),
                version == null ? "development" : version);
    }

    /** SQLite's locks are lost with it, so not before SQLite has closed the file. */
    private void closeMainFile() {
        try {
            files.mainFile().close();
        } catch (IOException e) {
            LOG.warn("closing {} failed", files.database(), e);
        }
    }

    private void closeReaders(ReaderPool readers) {
        shutdown.closing("the readers", () -> {
            readers.close();
            if (!readers.awaitReleased(settings.closeTimeout().toMillis() / 4)) {
                throw new IllegalStateException("a query or a stream was still open");
            }
        });
    }

    /** Waits as long as the node comes nearer to serving. */
    private void awaitReady(CompletableFuture<Void> ready, Replicator starting) {
        Patience patience = new Patience(env.clock(), settings.startTimeout());
        while (true) {
            try {
                ready.get(100, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                ReplicaState state = starting.state();
                if (patience.isOver(state)) {
                    throw new StartException(
                            "the node came no nearer to serving within " + settings.startTimeout() + ": "
                                    + Patience.describe(state),
                            e);
                }
            } catch (ExecutionException e) {
                String why = e.getCause() instanceof WesDbException known
                        ? known.getMessage()
                        : String.valueOf(e.getCause());
                throw new StartException("the node cannot catch up: " + why, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StartException("interrupted while starting", e);
            }
        }
    }

    private void close(Replicator closing) throws InterruptedException, ExecutionException {
        Duration timeout = settings.closeTimeout();
        try {
            closing.close(timeout.toMillis() / 2).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the applier did not end within " + timeout, e);
        }
    }
}
