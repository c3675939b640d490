package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.StartException;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.FlatJson;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import io.wesdb.internal.zookeeper.ZooKeeperSession;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.Ids;
import org.jspecify.annotations.Nullable;

/**
 * Finds a cluster's znodes, or makes them. They are made in one multi, so that a cluster is there as a whole or not at
 * all, and the first node's proposal wins. A cluster that has a config but lacks its log is damaged, not new: making the
 * log again would silently begin an empty database.
 *
 * <p>Used by one thread, which it blocks.
 */
final class ClusterSetup {
    private static final byte[] NOTHING = {};

    /** Someone else may make it at the same time, but not again and again. */
    private static final int MAX_ATTEMPTS = 10;

    private final ZooKeeperSession connection;
    private final ClusterPaths paths;
    private final Environment environment;
    private final long deadlineNanos;

    ClusterSetup(ZooKeeperSession connection, ClusterPaths paths, Environment environment, long deadlineNanos) {
        this.connection = connection;
        this.paths = paths;
        this.environment = environment;
        this.deadlineNanos = deadlineNanos;
    }

    /** @param proposal asked before anything is made, so that it may refuse by throwing */
    ClusterConfig run(Supplier<NewCluster> proposal) {
        NewCluster proposed = null;
        int attempts = 0;
        while (true) {
            byte[] found = read(paths.config());
            if (found != null) {
                ClusterConfig config = ConfigNode.decode(paths.config(), found);
                requireLog();
                return config;
            }
            proposed = proposed == null ? proposal.get() : proposed;
            if (++attempts > MAX_ATTEMPTS) {
                throw new StartException("the cluster '" + paths.cluster() + "' cannot be made: ZooKeeper has no "
                        + paths.config() + ", but something else below " + paths.root()
                        + " is in the way. If its data was lost, delete what is left there");
            }
            make(proposed);
        }
    }

    private void requireLog() {
        for (String path : List.of(paths.epoch(), paths.head(), paths.tail())) {
            if (read(path) == null) {
                throw new StartException("the cluster '" + paths.cluster() + "' is damaged: ZooKeeper has no " + path);
            }
        }
    }

    private void make(NewCluster cluster) {
        ClusterConfig config = cluster.config();
        long base = config.baseIndex();
        createParent(ClusterPaths.ROOT);
        createParent(paths.root());
        // These may be there already: a node that runs while ZooKeeper is wiped makes some of them again.
        for (String directory : List.of(
                paths.log(),
                paths.chunks(),
                paths.election(),
                paths.members(),
                paths.nodes(),
                paths.reports(),
                paths.trust())) {
            createParent(directory);
        }
        List<Op> operations = new ArrayList<>();
        operations.add(create(paths.config(), ConfigNode.encode(config)));
        operations.add(
                create(paths.epoch(), FlatJson.write("epoch", cluster.baseEpoch(), "leader", "", "address", "")));
        operations.add(create(paths.head(), FlatJson.write("index", base, "epoch", cluster.baseEpoch())));
        operations.add(create(paths.tail(), FlatJson.write("first", base + 1, "deleted", base)));
        // What the first entry follows, so that its append checks its predecessor like every other one.
        operations.add(create(paths.entry(base), NOTHING));
        await(() -> connection.multi(operations), Code.NODEEXISTS);
    }

    private static Op create(String path, byte[] data) {
        return Op.create(path, data, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    }

    private void createParent(String path) {
        await(() -> connection.create(path, NOTHING, CreateMode.PERSISTENT), Code.NODEEXISTS);
    }

    private byte @Nullable [] read(String path) {
        return await(() -> connection.get(path, null).thenApply(data -> data.bytes()), Code.NONODE);
    }

    /** The answer; null for the {@code expected} fault. Lost connections are waited out; each of these calls may be repeated. */
    private <T extends @Nullable Object> @Nullable T await(Supplier<CompletableFuture<T>> call, Code expected) {
        while (true) {
            try {
                long remainingMillis = Math.max(
                        0,
                        TimeUnit.NANOSECONDS.toMillis(
                                deadlineNanos - environment.clock().nanos()));
                if (connection.awaitConnected(remainingMillis)) {
                    return environment.await(call.get(), remainingMillis);
                }
                throw silent();
            } catch (ExecutionException e) {
                Code code = ZooKeeperFault.codeOf(e);
                if (code == expected) {
                    return null;
                } else if (code == Code.NONODE) {
                    throw new StartException(
                            "ZooKeeper has no parent of " + paths.root() + ": does the path in the"
                                    + " connect string exist?",
                            e);
                } else if (code != Code.CONNECTIONLOSS && code != Code.SESSIONEXPIRED) {
                    throw new StartException("cannot open the cluster '" + paths.cluster() + "': " + e.getCause(), e);
                }
            } catch (TimeoutException e) {
                throw silent();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StartException("interrupted while opening the cluster '" + paths.cluster() + "'", e);
            }
        }
    }

    private static StartException silent() {
        return new StartException("ZooKeeper did not answer before the deadline");
    }
}
