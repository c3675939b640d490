package io.wesdb.internal.node;

import io.wesdb.StartException;
import io.wesdb.WesDb;
import io.wesdb.WesDbException;
import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership.NodeIdTakenException;
import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.cluster.zookeeper.ZooKeeperCluster;
import io.wesdb.internal.cluster.zookeeper.ZooKeeperSettings;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.env.SystemEnvironment;
import io.wesdb.internal.http.HttpServer;
import io.wesdb.internal.http.HttpServerSettings;
import io.wesdb.internal.http.IoThreads;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.node.NodeSettings.HostAndPort;
import io.wesdb.internal.peer.PeerAcceptor;
import io.wesdb.internal.peer.PeerClient;
import io.wesdb.internal.peer.PeerIdentity;
import io.wesdb.internal.peer.PeerSettings;
import io.wesdb.internal.read.AppliedIndex;
import io.wesdb.internal.read.HeadBarrier;
import io.wesdb.internal.read.ReadGateway;
import io.wesdb.internal.read.ReadSettings;
import io.wesdb.internal.sqlite.Reader;
import io.wesdb.internal.sqlite.ReaderPool;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaSettings;
import io.wesdb.internal.sqlite.StorageException;
import io.wesdb.internal.write.WriteSettings;
import io.wesdb.internal.zookeeper.EmbeddedZooKeeper;
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

/**
 * Starts a node: puts the parts together in the order in which they need each other, and takes them apart again in the
 * opposite order, when the node is closed or when its start fails half-way. Used once, by the starting thread.
 */
public final class NodeStarter {
    private static final int PAGE_SIZE_BYTES = 4096;
    private static final int MAX_PENDING_READS = 4096;
    private static final int IO_THREADS = 1;

    /** The largest command that the builder allows, and some: the same on all nodes, whatever their own settings. */
    private static final int MAX_BATCH_BYTES = 65 * 1024 * 1024;

    /** What one write may give back on every node alike; written into the cluster's settings. */
    private static final long MAX_WRITE_RESULT_BYTES = 32L * 1024 * 1024;

    private final NodeSettings settings;
    private final Shutdown shutdown;
    private final long startDeadlineNanos;
    private final NodeFiles files;
    private final SystemEnvironment env;
    private CompletableFuture<Void> replicaClosed = CompletableFuture.completedFuture(null);

    private NodeStarter(NodeSettings settings) {
        this.settings = settings;
        this.shutdown = new Shutdown(settings.closeTimeout().toMillis());
        String fresh = UUID.randomUUID().toString();
        this.files = NodeFiles.lock(settings.dbPath(), settings.nodeId(), fresh.substring(0, 8), fresh);
        // Whoever opens the file next must not find our applier still writing to it.
        shutdown.closing("the lock file", () -> replicaClosed.thenRun(files::close));
        this.env = shutdown.closing(
                "the threads",
                new SystemEnvironment(
                        files.nodeId(),
                        settings.executor(),
                        settings.closeTimeout().toMillis() / 2));
        this.startDeadlineNanos = env.clock().nanos() + settings.startTimeout().toNanos();
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
        String connectString = connectString();
        Cluster cluster = shutdown.closing("the cluster", openCluster(connectString));
        ClusterConfig config = cluster.config();
        ReplicaSettings replicaSettings = replicaSettings(config);
        IoThreads io = shutdown.closing(
                "the event loops",
                new IoThreads(
                        files.nodeId(), IO_THREADS, settings.closeTimeout().dividedBy(4)));
        PeerIdentity identity =
                new PeerIdentity(HexFormat.of().parseHex(config.secret()), config.clusterId(), files.nodeId());
        PeerSettings peerSettings = PeerSettings.of(MAX_BATCH_BYTES, settings.maxPendingBytes());
        PeerClient peers = shutdown.closing(
                "the peer connections",
                new PeerClient(identity, peerSettings, io.group(), env.workers(), env::randomLong));

        LeaderListeners listeners = new LeaderListeners(env.workers(), files.nodeId());
        Replica replica = Replica.open(replicaSettings);
        AppliedIndex applied = new AppliedIndex(replica.position().applied());
        Replicator replicator = new Replicator(
                env,
                cluster.log(),
                cluster.election(),
                files.nodeId(),
                replica,
                applied,
                listeners,
                WriteSettings.defaults(settings.maxPendingWrites(), settings.maxPendingBytes()),
                peers);
        replicaClosed = replicator.closed();
        shutdown.closing("the replicator", () -> close(replicator));

        HttpServer http = shutdown.closing(
                "the listener",
                startListener(
                        connectString, new PeerAcceptor(identity, peerSettings, replicator, env::randomLong), io));
        String address = advertisedAddress(connectString, http.boundPort());
        Lane readTimers = env.newLane("reads");
        ReaderPool readers = openReaders(replicaSettings, readTimers);
        StatusReport status = new StatusReport(
                identity(address, http.boundPort(), readers),
                config,
                env.clock(),
                cluster.membership(),
                replicator::state);
        Member self = status.self();
        cluster.membership()
                .join(self, files.predecessor(), settings.sessionTimeout().plusSeconds(5));
        awaitReady(replicator.start(address));
        status.announceRegularly(env.newLane("status"));

        ReadGateway reads = new ReadGateway(
                env,
                readTimers,
                readers,
                applied,
                new HeadBarrier(cluster.log(), env.clock()),
                new ServiceGate(replicator::state),
                new ReadSettings(settings.requestTimeout(), settings.maxResultBytes(), MAX_PENDING_READS));
        Node node = new Node(settings, env, replicator.gateway(), reads, status, listeners, shutdown);
        http.attach(node);
        // Once more, so that writes under way are drained while the listener can still answer.
        shutdown.closing("the replicator", () -> close(replicator));
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
                files.nodeId(),
                files.incarnation(),
                files.predecessor(),
                settings.sessionTimeout(),
                settings.startTimeout());
        return ZooKeeperCluster.open(zooKeeper, () -> NewCluster.empty(proposal()), env);
    }

    /** What this node makes the cluster's settings if it is the first. */
    private ClusterConfig proposal() {
        StringBuilder secret = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            secret.append(HexFormat.of().toHexDigits(env.randomLong()));
        }
        String id = UUID.randomUUID().toString();
        return new ClusterConfig(
                id,
                id,
                0,
                ClusterConfig.FORMAT_VERSION,
                settings.foreignKeys(),
                settings.timeZone().getId(),
                PAGE_SIZE_BYTES,
                MAX_WRITE_RESULT_BYTES,
                secret.toString());
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

    private HttpServer startListener(String connectString, PeerAcceptor peers, IoThreads io) {
        HostAndPort http = settings.http();
        HostAndPort bind = http != null ? http : peerListener(connectString);
        HttpServerSettings listener =
                HttpServerSettings.of(bind.host(), bind.port(), http != null, settings.maxBodyBytes());
        return HttpServer.start(listener, io.group(), env.workers(), peers::upgrade);
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

    private StatusReport.Identity identity(String address, int boundPort, ReaderPool readers) {
        HostAndPort http = settings.http();
        String version = WesDb.class.getPackage().getImplementationVersion();
        return new StatusReport.Identity(
                settings.cluster(),
                files.nodeId(),
                files.incarnation(),
                address,
                http == null ? null : new HostAndPort(http.host(), boundPort).toString(),
                sqliteVersion(readers),
                version == null ? "development" : version);
    }

    private ReaderPool openReaders(ReplicaSettings replicaSettings, Lane timers) {
        ReaderPool readers = new ReaderPool(replicaSettings, settings.maxReaders(), env.clock(), timers);
        shutdown.closing("the readers", () -> {
            readers.close();
            if (!readers.awaitReleased(settings.closeTimeout().toMillis() / 4)) {
                throw new IllegalStateException("a query or a stream was still open");
            }
        });
        return readers;
    }

    private String sqliteVersion(ReaderPool readers) {
        Reader reader = readers.acquire(startDeadlineNanos);
        try {
            SqlStatement version = new SqlStatement("SELECT sqlite_version()", List.of());
            return String.valueOf(reader.query(version, 1024, startDeadlineNanos)
                    .rows()
                    .get(0)
                    .get(0));
        } finally {
            readers.release(reader);
        }
    }

    private void awaitReady(CompletableFuture<Void> ready) {
        try {
            ready.get(startDeadlineNanos - env.clock().nanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new StartException("the node did not catch up with the log within " + settings.startTimeout(), e);
        } catch (ExecutionException e) {
            String why =
                    e.getCause() instanceof WesDbException known ? known.getMessage() : String.valueOf(e.getCause());
            throw new StartException("the node cannot catch up: " + why, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("interrupted while starting", e);
        }
    }

    private void close(Replicator replicator) throws InterruptedException, ExecutionException {
        Duration timeout = settings.closeTimeout();
        try {
            replicator.close(timeout.toMillis() / 2).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the applier did not end within " + timeout, e);
        }
    }
}
