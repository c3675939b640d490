package io.wesdb.examples.bench;

import io.wesdb.examples.Await;
import io.wesdb.examples.Screen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.zookeeper.ZooKeeper;
import org.jspecify.annotations.Nullable;

/** Nodes and ZooKeeper servers in processes of their own, and an account of what was written into {@code t}. For one thread. */
final class Cluster implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String LOG = "/wesdb/default/log/";
    /** Of the entries that a load wrote, so many are looked at. */
    private static final int MOST_ENTRIES = 2_000;

    private final Path directory;
    private final ZooKeeperServers servers;
    private final List<String> javaOptions;
    private final List<WorkerProcess> nodes = new ArrayList<>();
    private @Nullable ZooKeeper zooKeeper;
    private int launched;
    private long rows;
    private long unknown;

    private Cluster(Path directory, int zooKeepers, List<String> javaOptions) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.javaOptions = List.copyOf(javaOptions);
        this.servers = new ZooKeeperServers(directory, zooKeepers);
    }

    /** Returns when every node serves, with an empty table {@code t}. @param javaOptions of the nodes */
    static Cluster start(Path directory, int nodes, int zooKeepers, List<String> javaOptions) throws Exception {
        Cluster cluster = new Cluster(directory, zooKeepers, javaOptions);
        try {
            cluster.zooKeeper = ZooKeeperJobs.connect(cluster.servers.connectString());
            for (int i = 1; i <= nodes; i++) {
                cluster.launch("n" + i, 0);
            }
            for (WorkerProcess node : cluster.nodes) {
                node.awaitReady();
            }
            cluster.nodes.get(0).ask("execute", Map.of("sql", RowIds.TABLE));
            return cluster;
        } catch (Exception e) {
            cluster.close();
            throw e;
        }
    }

    /** One more node, or one that comes back to its file; it serves when this returns. */
    WorkerProcess join(String name) throws IOException {
        WorkerProcess node = launch(name, 0);
        node.awaitReady();
        return node;
    }

    /** As {@link #join}, without waiting. @param httpPort where it tells its status before it serves; 0 for any */
    WorkerProcess launch(String name, int httpPort) throws IOException {
        launched++; // a node that comes back does not know which ids it has used
        WorkerProcess node = WorkerProcess.launch(
                name,
                directory.resolve(name + ".log"),
                javaOptions,
                List.of(
                        "--db",
                        database(name).toString(),
                        "--zk",
                        connectString(),
                        "--node",
                        name,
                        "--number",
                        String.valueOf(launched),
                        "--http-port",
                        String.valueOf(httpPort)));
        nodes.add(node);
        return node;
    }

    /** It stops in order; its file stays. */
    void leave(WorkerProcess node) {
        nodes.remove(node);
        node.close();
    }

    /** Returns when every node has applied what is in the log now. */
    void awaitApplied() throws IOException, InterruptedException {
        long head = leader().ask("status").number("head");
        for (WorkerProcess node : nodes) {
            Await.until(
                    PATIENCE,
                    node.name() + " to apply what was written",
                    () -> node.ask("status").number("applied") >= head);
        }
    }

    /** Whether the log no longer begins at its first entry. */
    boolean isTruncated() throws Exception {
        return zooKeeper().exists(String.format("%s%016x", LOG, 1), false) == null;
    }

    Path database(String node) {
        return directory.resolve(node + ".db");
    }

    String connectString() {
        return servers.connectString();
    }

    List<WorkerProcess> nodes() {
        return List.copyOf(nodes);
    }

    WorkerProcess leader() throws IOException, InterruptedException {
        AtomicLong position = new AtomicLong(-1);
        Await.until(PATIENCE, "a leader", () -> {
            String leader = nodes.get(0).ask("status").text("leader");
            for (int i = 0; i < nodes.size(); i++) {
                if (nodes.get(i).name().equals(leader)) {
                    position.set(i);
                }
            }
            return position.get() >= 0;
        });
        return nodes.get((int) position.get());
    }

    /** The first node that does not lead; the only one, if there is one. */
    WorkerProcess follower() throws IOException, InterruptedException {
        WorkerProcess leader = leader();
        return nodes.stream().filter(node -> node != leader).findFirst().orElse(leader);
    }

    /** Of all nodes and servers so far. */
    long cpuNanos() {
        return servers.cpuNanos()
                + nodes.stream().mapToLong(WorkerProcess::cpuNanos).sum();
    }

    /** Of the log, as the first node knows it. */
    long head() throws IOException {
        return nodes.get(0).ask("status").number("head");
    }

    /** The lengths of the entries after one index up to another, or, of very many, so much as a part of them lets expect. */
    double logBytes(long after, long upTo) throws Exception {
        long count = upTo - after;
        long step = Math.max(1, count / MOST_ENTRIES);
        long found = 0;
        long bytes = 0;
        for (long index = after + 1; index <= upTo; index += step) {
            var entry = zooKeeper().exists(String.format("%s%016x", LOG, index), false);
            if (entry != null) { // it may have been truncated
                found++;
                bytes += entry.getDataLength();
            }
        }
        return found == 0 ? 0 : (double) bytes * count / found;
    }

    private ZooKeeper zooKeeper() {
        if (zooKeeper == null) {
            throw new IllegalStateException("not started");
        }
        return zooKeeper;
    }

    /** Rows that callers were told are there, and those of which they were not told. */
    void account(long acknowledgedRows, long unknownRows) {
        rows += acknowledgedRows;
        unknown += unknownRows;
    }

    /** Every node has each acknowledged row, and what the nodes have is equal. */
    void prove(Screen screen) throws IOException {
        for (WorkerProcess node : nodes) {
            long found = node.ask("rows").number("rows");
            screen.prove(
                    found >= rows && found <= rows + unknown,
                    String.format(
                            "%s has all of %,d acknowledged rows: %,d rows, and of %,d it was not known",
                            node.name(), rows, found, unknown));
        }
        screen.prove(
                Boolean.parseBoolean(nodes.get(0).ask("verify").text("sound")),
                String.format("the contents of %d nodes are equal", nodes.size()));
    }

    @Override
    public void close() {
        nodes.forEach(WorkerProcess::close);
        try {
            if (zooKeeper != null) {
                zooKeeper.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        servers.close();
    }
}
