package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.StartException;
import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.cluster.Reports;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.zookeeper.ZooKeeperLog;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperConnection;
import io.wesdb.internal.zookeeper.ZooKeeperSession;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A node's cluster in ZooKeeper: one connection and session, and one lane (named {@code cluster}) on which the listeners
 * of log, election and membership are called. Thread safe.
 */
public final class ZooKeeperCluster implements Cluster {
    private final ZooKeeperSession connection;
    private final ClusterConfig config;
    private final ZooKeeperLog log;
    private final ZooKeeperElection election;
    private final ZooKeeperMembership membership;
    private final ZooKeeperReports reports;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ZooKeeperCluster(
            ZooKeeperSession connection,
            ClusterConfig config,
            ZooKeeperLog log,
            ZooKeeperElection election,
            ZooKeeperMembership membership,
            ZooKeeperReports reports) {
        this.connection = connection;
        this.config = config;
        this.log = log;
        this.election = election;
        this.membership = membership;
        this.reports = reports;
    }

    /**
     * Connects, and makes the cluster if it is not there; blocks, at most for the connect timeout.
     *
     * @param proposal the cluster that this node makes; asked for only if there is none, and before anything of it is
     *     there: what it throws is thrown here, and ZooKeeper is as it was
     * @throws StartException if ZooKeeper cannot be reached, or the cluster is damaged or of a later format
     */
    public static ZooKeeperCluster open(
            ZooKeeperSettings settings, Supplier<NewCluster> proposal, Environment environment) {
        return open(
                settings,
                proposal,
                environment,
                () -> ZooKeeperConnection.open(
                        settings.connectString(), settings.sessionTimeout(), settings.connectTimeout()));
    }

    /** The same over a session that comes from elsewhere, and that is the cluster's to close. */
    public static ZooKeeperCluster open(
            ZooKeeperSettings settings,
            Supplier<NewCluster> proposal,
            Environment environment,
            Supplier<? extends ZooKeeperSession> connector) {
        long deadlineNanos =
                environment.clock().nanos() + settings.connectTimeout().toNanos();
        ZooKeeperSession connection = connector.get();
        try {
            ClusterPaths paths = new ClusterPaths(settings.cluster());
            ClusterConfig config = new ClusterSetup(connection, paths, environment, deadlineNanos).run(proposal);
            Lane lane = environment.newLane("cluster");
            return new ZooKeeperCluster(
                    connection,
                    config,
                    new ZooKeeperLog(connection, paths, lane, environment.clock(), environment::randomLong),
                    new ZooKeeperElection(connection, paths, settings, lane),
                    new ZooKeeperMembership(connection, paths, lane, environment),
                    new ZooKeeperReports(connection, paths, lane));
        } catch (RuntimeException | Error e) {
            connection.close();
            throw e;
        }
    }

    /** For tests that break it. */
    ZooKeeperSession connection() {
        return connection;
    }

    @Override
    public ClusterConfig config() {
        return config;
    }

    @Override
    public ReplicatedLog log() {
        return log;
    }

    @Override
    public Election election() {
        return election;
    }

    @Override
    public Membership membership() {
        return membership;
    }

    @Override
    public Reports reports() {
        return reports;
    }

    /** Ends the session, and with it this node's candidacy and presence, at once. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            election.close();
            reports.close();
            membership.close();
            log.close();
            connection.close();
        }
    }
}
