package io.wesdb;

import io.wesdb.internal.node.NodeSettings;
import io.wesdb.internal.node.NodeSettings.HostAndPort;
import io.wesdb.internal.node.NodeStarter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a node. Only {@link #dbPath} must be given. Everything is checked by {@link #start()}, which names every
 * fault in one {@link ConfigurationException}. Not thread safe; each call of {@link #start()} makes a node of its own.
 */
public final class WesDbBuilder {
    /** The name that ZooKeeper paths can carry without surprises. */
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    private static final long MIB = 1024 * 1024;
    private static final Duration LEAST_PERIOD = Duration.ofMinutes(1);
    private static final Duration MOST_PERIOD = Duration.ofDays(365);

    private String cluster = "default";
    private @Nullable String nodeId;
    private @Nullable Path dbPath;
    private @Nullable String zk;
    private @Nullable HostAndPort embeddedZk;
    private @Nullable Path embeddedZkDirectory;
    private @Nullable HostAndPort http;
    private @Nullable HostAndPort advertise;
    private Duration sessionTimeout = Duration.ofSeconds(10);
    private Duration startTimeout = Duration.ofSeconds(60);
    private Duration requestTimeout = Duration.ofSeconds(10);
    private Duration closeTimeout = Duration.ofSeconds(10);
    private int maxPendingWrites = 16_384;
    private long maxPendingBytes = 128 * MIB;
    private long maxCommandBytes = 32 * MIB;
    private long maxResultBytes = 64 * MIB;
    private long maxBodyBytes = 48 * MIB;
    private int maxResultRows = 1_000_000;
    private int maxReaders = Math.max(4, Runtime.getRuntime().availableProcessors() * 2);
    private int maxOpenReads = 16;
    private Duration maxSnapshotAge = Duration.ofMinutes(5);
    private boolean foreignKeys = true;
    private ZoneId timeZone = ZoneOffset.UTC;
    private @Nullable Executor executor;
    private int maxLogEntries = 100_000;
    private long maxLogBytes = 256 * MIB;
    private Duration forgetAbsentNodesAfter = Duration.ofDays(7);
    private Duration verifyInterval = Duration.ofHours(24);
    private Duration optimizeInterval = Duration.ofHours(1);
    private long maxWalBytes = 1024 * MIB;
    private int maxSnapshotTransfers = 2;
    private long maxSnapshotBytesPerSecond;
    private boolean restartCluster;
    private @Nullable Consumer<NodeStatus.Recovery> onProgress;

    WesDbBuilder() {}

    /** The SQLite file; made if it is not there. Its directory must exist. Required. */
    public WesDbBuilder dbPath(Path path) {
        this.dbPath = path;
        return this;
    }

    /** The cluster's name: nodes of one name in one ZooKeeper share a database. Default {@code default}. */
    public WesDbBuilder cluster(String name) {
        this.cluster = name;
        return this;
    }

    /** This node's name, unique in the cluster. Default: made once, and kept beside the database. */
    public WesDbBuilder nodeId(String id) {
        this.nodeId = id;
        return this;
    }

    /** ZooKeeper's connect string, {@code host:port,host:port…}. Without it an embedded server runs in this process. */
    public WesDbBuilder zk(String connectString) {
        this.zk = connectString;
        return this;
    }

    /**
     * Runs a ZooKeeper server in this process at {@code host:port} (port 0 picks one), its data beside the database.
     * One server, so no machine's loss is survived: for development, tests and single machines.
     */
    public WesDbBuilder embeddedZk(String host, int port) {
        this.embeddedZk = new HostAndPort(host, port);
        return this;
    }

    /** As {@link #embeddedZk(String, int)}, with its data in {@code directory}. */
    public WesDbBuilder embeddedZk(String host, int port, Path directory) {
        this.embeddedZkDirectory = directory;
        return embeddedZk(host, port);
    }

    /** Serves the HTTP interface at {@code host:port}; port 0 picks one. Off unless called. */
    public WesDbBuilder http(String host, int port) {
        this.http = new HostAndPort(host, port);
        return this;
    }

    /**
     * What the other nodes are told to connect to. Default: where the HTTP interface listens; without one, a port of
     * its own on the address by which this machine reaches ZooKeeper. With HTTP off, {@code port} is also what is
     * listened on (0 picks one).
     */
    public WesDbBuilder advertise(String host, int port) {
        this.advertise = new HostAndPort(host, port);
        return this;
    }

    /** ZooKeeper's session timeout: how long a silent node counts as present. 1 s to 5 min, default 10 s. */
    public WesDbBuilder sessionTimeout(Duration timeout) {
        this.sessionTimeout = timeout;
        return this;
    }

    /**
     * How long {@link #start()} waits without progress: progress is an entry applied, or bytes of a snapshot received.
     * A node with much to catch up with may so take longer, but one that is stuck does not start for ever. 1 s to 24 h,
     * default 60 s.
     */
    public WesDbBuilder startTimeout(Duration timeout) {
        this.startTimeout = timeout;
        return this;
    }

    /** How long a call may take whose options do not say otherwise. 1 ms to 1 h, default 10 s. */
    public WesDbBuilder requestTimeout(Duration timeout) {
        this.requestTimeout = timeout;
        return this;
    }

    /** How long {@link WesDb#close()} may take. 100 ms to 5 min, default 10 s. */
    public WesDbBuilder closeTimeout(Duration timeout) {
        this.closeTimeout = timeout;
        return this;
    }

    /**
     * How many writes given to this node may be pending; past it they are refused as overloaded. One caller alone may have
     * eight ninths of them, so that there is room for others ({@link WriteOptions#withCaller}). Default 16,384.
     */
    public WesDbBuilder maxPendingWrites(int count) {
        this.maxPendingWrites = count;
        return this;
    }

    /** How many bytes the pending writes may have, of one caller eight ninths. At least {@link #maxCommandBytes}; default 128 MiB. */
    public WesDbBuilder maxPendingBytes(long bytes) {
        this.maxPendingBytes = bytes;
        return this;
    }

    /** How large a command may be, its SQL and parameters encoded. 1 KiB to 64 MiB, default 32 MiB. */
    public WesDbBuilder maxCommandBytes(long bytes) {
        this.maxCommandBytes = bytes;
        return this;
    }

    /** How large a result may be that is not streamed. 1 KiB to 1 GiB, default 64 MiB. */
    public WesDbBuilder maxResultBytes(long bytes) {
        this.maxResultBytes = bytes;
        return this;
    }

    /** How large an HTTP request's body may be. 1 KiB to 1 GiB, default 48 MiB (32 MiB in base64, and some). */
    public WesDbBuilder maxBodyBytes(long bytes) {
        this.maxBodyBytes = bytes;
        return this;
    }

    /** How many rows a query's result may have that is not streamed. 1 to 100,000,000, default 1,000,000. */
    public WesDbBuilder maxResultRows(int rows) {
        this.maxResultRows = rows;
        return this;
    }

    /** How many queries may run at once. 1 to 1,024, default twice the processors, at least 4. */
    public WesDbBuilder maxReaders(int count) {
        this.maxReaders = count;
        return this;
    }

    /**
     * How many streams and read transactions may be open at once. They do not count as queries, so that a slow consumer
     * holds up nobody else. 1 to 1,024, default 16.
     */
    public WesDbBuilder maxOpenReads(int count) {
        this.maxOpenReads = count;
        return this;
    }

    /**
     * How long one read may hold its snapshot of the database, whatever its own timeout; it is ended with {@link
     * QueryTimeoutException} then. While a snapshot is held SQLite's write-ahead log cannot be begun anew and grows with
     * every write. Also how long streams and read transactions may last that have no timeout of their own. 100 ms to
     * 24 h, default 5 min.
     */
    public WesDbBuilder maxSnapshotAge(Duration age) {
        this.maxSnapshotAge = age;
        return this;
    }

    /** Whether foreign keys are enforced. Written once, by the node that makes the cluster. Default true. */
    public WesDbBuilder foreignKeys(boolean enforced) {
        this.foreignKeys = enforced;
        return this;
    }

    /**
     * What {@code 'localtime'} and {@code 'utc'} mean in SQL, on every node. Written once, by the node that makes the
     * cluster. Default UTC. Other zones follow each JDK's time zone data: keep that equal on all nodes.
     */
    public WesDbBuilder timeZone(ZoneId zone) {
        this.timeZone = zone;
        return this;
    }

    /**
     * Where futures are completed, listeners called and asynchronous queries run. Default: daemon threads of the node's
     * own. It must not run work on the calling thread, and must have threads free: a query that waits for one holds its
     * place among the readers. It is not shut down by wesdb.
     */
    public WesDbBuilder executor(Executor newExecutor) {
        this.executor = newExecutor;
        return this;
    }

    /**
     * How many entries the log in ZooKeeper may hold, and a margin: entries that a node which is away still needs are
     * kept up to that bound, past it the node will need a snapshot. The present leader's setting counts: give all nodes
     * the same. 100 to 10,000,000, default 100,000.
     */
    public WesDbBuilder maxLogEntries(int count) {
        this.maxLogEntries = count;
        return this;
    }

    /**
     * The same in bytes. ZooKeeper's servers hold the log in memory. The newest entry stays whatever its size. The present
     * leader's setting counts. 1 MiB to 16 GiB, default 256 MiB.
     */
    public WesDbBuilder maxLogBytes(long bytes) {
        this.maxLogBytes = bytes;
        return this;
    }

    /**
     * How long a node may be away before it is taken off the register by itself, as {@link WesDb#removeNode} does it.
     * {@link Duration#ZERO} for never, else 1 min to 365 days; default 7 days. The present leader's setting counts.
     */
    public WesDbBuilder forgetAbsentNodesAfter(Duration absence) {
        this.forgetAbsentNodesAfter = absence;
        return this;
    }

    /**
     * How often all nodes' contents are compared, as {@link WesDb#verify()} does it. {@link Duration#ZERO} for never,
     * else 1 min to 365 days. Default 24 h: it reads each node's whole database, and what differs by an outcome is found at
     * once by other means; this is for what changes a file from outside. The present leader's setting counts.
     */
    public WesDbBuilder verifyInterval(Duration interval) {
        this.verifyInterval = interval;
        return this;
    }

    /**
     * How often the leader has all nodes run {@code PRAGMA optimize}, which refreshes the query planner's statistics of
     * tables that have grown or shrunk tenfold: about a minute after it began to lead, and then at this interval, if
     * anything was written since the last time. {@link Duration#ZERO} for never, else 1 min to 365 days. Default 1 h. The
     * present leader's setting counts.
     */
    public WesDbBuilder optimizeInterval(Duration interval) {
        this.optimizeInterval = interval;
        return this;
    }

    /**
     * How large SQLite's write-ahead log, the {@code -wal} file beside the database, may grow before reads are cut off for
     * it: past it, those that are older than a second, and past twice as much all of them, fail and can be tried again.
     * Only reads that are long, or overlap without a pause while much is written, let it grow so far. It may be exceeded
     * by what one command writes, and while contents are compared or a snapshot is copied. 64 MiB to 1 TiB, default 1 GiB.
     */
    public WesDbBuilder maxWalBytes(long bytes) {
        this.maxWalBytes = bytes;
        return this;
    }

    /** How many nodes this one gives a snapshot to at once; others wait or ask another node. 1 to 16, default 2. */
    public WesDbBuilder maxSnapshotTransfers(int count) {
        this.maxSnapshotTransfers = count;
        return this;
    }

    /**
     * How many bytes a second this node gives of snapshots, all transfers together. 0, the default, for as many as
     * possible, else at least 1,048,576.
     */
    public WesDbBuilder maxSnapshotBytesPerSecond(long bytes) {
        this.maxSnapshotBytesPerSecond = bytes;
        return this;
    }

    /**
     * Makes the cluster in ZooKeeper anew from this node's file, after ZooKeeper's data was lost; the other nodes then take
     * a snapshot from this one, so choose the one that has applied most. {@link #start()} refuses where ZooKeeper still
     * has the cluster, and where there is no file: this is to be set for one start and taken out again. Default false.
     */
    public WesDbBuilder restartCluster(boolean restart) {
        this.restartCluster = restart;
        return this;
    }

    /**
     * Told how far the node is whenever it has to get back to the present: while {@link #start()} waits, and later should
     * the node recover at run time. Called on the node's executor, one call at a time and in order, at most each 500 ms.
     * What it throws is logged.
     */
    public WesDbBuilder onProgress(Consumer<NodeStatus.Recovery> listener) {
        this.onProgress = listener;
        return this;
    }

    /**
     * Starts the node and returns when it serves: it has joined the cluster and has applied everything that was
     * committed when it arrived, after taking a snapshot from another node if it needs one.
     *
     * @throws ConfigurationException if settings are wrong; the message names every fault
     * @throws StartException if the node cannot start; everything begun is undone
     */
    public WesDb start() {
        return NodeStarter.start(settings());
    }

    private NodeSettings settings() {
        List<String> faults = new ArrayList<>();
        check(faults, cluster.matches(NAME), "cluster must match %s: '%s'", NAME, cluster);
        check(faults, nodeId == null || nodeId.matches(NAME), "nodeId must match %s: '%s'", NAME, nodeId);
        checkPath(faults);
        check(faults, zk == null || !zk.isBlank(), "zk must not be blank");
        check(faults, zk == null || embeddedZk == null, "zk and embeddedZk exclude each other");
        checkAddress(faults, "embeddedZk", embeddedZk);
        checkAddress(faults, "http", http);
        checkAddress(faults, "advertise", advertise);
        check(
                faults,
                http == null || advertise == null || advertise.port() != 0,
                "advertise needs a port other than 0 where http is on");
        checkDuration(faults, "sessionTimeout", sessionTimeout, Duration.ofSeconds(1), Duration.ofMinutes(5));
        checkDuration(faults, "startTimeout", startTimeout, Duration.ofSeconds(1), Duration.ofHours(24));
        checkDuration(faults, "requestTimeout", requestTimeout, Duration.ofMillis(1), Duration.ofHours(1));
        checkDuration(faults, "closeTimeout", closeTimeout, Duration.ofMillis(100), Duration.ofMinutes(5));
        checkRange(faults, "maxPendingWrites", maxPendingWrites, 1, 10_000_000);
        checkRange(faults, "maxCommandBytes", maxCommandBytes, 1024, 64 * MIB);
        checkRange(faults, "maxPendingBytes", maxPendingBytes, maxCommandBytes, Long.MAX_VALUE);
        checkRange(faults, "maxResultBytes", maxResultBytes, 1024, 1024 * MIB);
        checkRange(faults, "maxBodyBytes", maxBodyBytes, 1024, 1024 * MIB);
        checkReading(faults);
        checkUpkeep(faults);
        if (!faults.isEmpty() || dbPath == null) {
            throw new ConfigurationException(String.join("; ", faults));
        }
        HostAndPort embedded = zk == null && embeddedZk == null ? new HostAndPort("127.0.0.1", 0) : embeddedZk;
        return new NodeSettings(
                cluster,
                nodeId,
                dbPath.toAbsolutePath().normalize(),
                zk,
                embedded,
                embeddedZkDirectory,
                http,
                advertise,
                sessionTimeout,
                startTimeout,
                requestTimeout,
                closeTimeout,
                maxPendingWrites,
                maxPendingBytes,
                (int) maxCommandBytes,
                maxResultBytes,
                (int) maxBodyBytes,
                new NodeSettings.Reading(maxReaders, maxOpenReads, maxResultRows, maxSnapshotAge),
                foreignKeys,
                timeZone,
                executor,
                new NodeSettings.Upkeep(
                        maxLogEntries,
                        maxLogBytes,
                        forgetAbsentNodesAfter,
                        verifyInterval,
                        optimizeInterval,
                        maxWalBytes,
                        maxSnapshotTransfers,
                        maxSnapshotBytesPerSecond,
                        restartCluster),
                onProgress);
    }

    private void checkReading(List<String> faults) {
        checkRange(faults, "maxReaders", maxReaders, 1, 1024);
        checkRange(faults, "maxOpenReads", maxOpenReads, 1, 1024);
        checkRange(faults, "maxResultRows", maxResultRows, 1, 100_000_000);
        checkDuration(faults, "maxSnapshotAge", maxSnapshotAge, Duration.ofMillis(100), Duration.ofHours(24));
    }

    private void checkUpkeep(List<String> faults) {
        checkRange(faults, "maxLogEntries", maxLogEntries, 100, 10_000_000);
        checkRange(faults, "maxLogBytes", maxLogBytes, MIB, 16 * 1024 * MIB);
        if (!forgetAbsentNodesAfter.isZero()) {
            checkDuration(faults, "forgetAbsentNodesAfter", forgetAbsentNodesAfter, LEAST_PERIOD, MOST_PERIOD);
        }
        if (!verifyInterval.isZero()) {
            checkDuration(faults, "verifyInterval", verifyInterval, LEAST_PERIOD, MOST_PERIOD);
        }
        if (!optimizeInterval.isZero()) {
            checkDuration(faults, "optimizeInterval", optimizeInterval, LEAST_PERIOD, MOST_PERIOD);
        }
        checkRange(faults, "maxWalBytes", maxWalBytes, 64 * MIB, 1024 * 1024 * MIB);
        checkRange(faults, "maxSnapshotTransfers", maxSnapshotTransfers, 1, 16);
        if (maxSnapshotBytesPerSecond != 0) {
            checkRange(faults, "maxSnapshotBytesPerSecond", maxSnapshotBytesPerSecond, MIB, Long.MAX_VALUE);
        }
    }

    private void checkPath(List<String> faults) {
        if (dbPath == null) {
            faults.add("dbPath is missing");
        } else if (dbPath.getFileName() == null || dbPath.toFile().isDirectory()) {
            faults.add("dbPath must name a file: '" + dbPath + "'");
        }
    }

    private static void checkAddress(List<String> faults, String name, @Nullable HostAndPort address) {
        if (address != null) {
            check(faults, !address.host().isBlank(), "%s needs a host", name);
            checkRange(faults, name + "'s port", address.port(), 0, 65_535);
        }
    }

    private static void checkRange(List<String> faults, String name, long value, long least, long most) {
        check(faults, value >= least && value <= most, "%s must be from %d to %d: %d", name, least, most, value);
    }

    private static void checkDuration(List<String> faults, String name, Duration value, Duration least, Duration most) {
        check(
                faults,
                value.compareTo(least) >= 0 && value.compareTo(most) <= 0,
                "%s must be from %s to %s: %s",
                name,
                least,
                most,
                value);
    }

    private static void check(List<String> faults, boolean holds, String message, @Nullable Object... arguments) {
        if (!holds) {
            faults.add(String.format(message, arguments));
        }
    }
}
