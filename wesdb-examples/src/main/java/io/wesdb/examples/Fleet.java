package io.wesdb.examples;

import io.wesdb.examples.NodeClient.Status;
import io.wesdb.examples.NodeClient.Verified;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Node programs in processes of their own, the ZooKeeper server in this one, and a directory for all that they leave behind. No process
 * outlives it, not even if this one is ended by a signal. For one thread.
 */
final class Fleet implements AutoCloseable {
    /** Short, so that the next leader comes soon. */
    static final Duration SESSION_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration VERIFY_PATIENCE = Duration.ofMinutes(5);

    private final Path directory;
    private final LocalZooKeeper zooKeeper;
    private final List<String> shared;
    private final Duration sessionTimeout;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<DemoNode> nodes = new ArrayList<>();
    private final Ports ports = new Ports();
    private final Thread hook = new Thread(this::endAll, "fleet-end");

    private Fleet(Path directory, LocalZooKeeper zooKeeper, List<String> shared, Duration sessionTimeout) {
        this.sessionTimeout = sessionTimeout;
        this.directory = directory;
        this.zooKeeper = zooKeeper;
        this.shared = shared;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** ZooKeeper only. @param shared options that every node gets */
    static Fleet withoutNodes(String name, List<String> shared) throws Exception {
        return withoutNodes(name, shared, SESSION_TIMEOUT);
    }

    private static Fleet withoutNodes(String name, List<String> shared, Duration sessionTimeout) throws Exception {
        Path directory = Files.createTempDirectory("wesdb-" + name);
        LocalZooKeeper zooKeeper = LocalZooKeeper.start(directory.resolve("zookeeper"), sessionTimeout);
        return new Fleet(directory, zooKeeper, shared, sessionTimeout);
    }

    /** Returns when all are ready. */
    static Fleet start(String name, List<String> nodes, List<String> shared) throws Exception {
        return start(name, nodes, shared, SESSION_TIMEOUT);
    }

    static Fleet start(String name, List<String> nodes, List<String> shared, Duration sessionTimeout) throws Exception {
        Fleet fleet = withoutNodes(name, shared, sessionTimeout);
        try {
            for (String node : nodes) {
                fleet.add(node, fleet.directory).launch();
            }
            for (DemoNode node : fleet.nodes) {
                node.awaitReady();
            }
            return fleet;
        } catch (Exception e) {
            fleet.close();
            throw e;
        }
    }

    /** One more node, not launched. @param place for its database */
    DemoNode add(String name, Path place) throws IOException {
        List<String> options = new ArrayList<>(
                List.of("--zk", zooKeeper.connectString(), "--session-timeout", sessionTimeout.toMillis() + "ms"));
        options.addAll(shared);
        DemoNode node = new DemoNode(
                name, place.resolve(name + ".db"), directory.resolve(name + ".log"), options, http, ports.reserve());
        nodes.add(node);
        return node;
    }

    Path directory() {
        return directory;
    }

    String connectString() {
        return zooKeeper.connectString();
    }

    List<DemoNode> nodes() {
        return List.copyOf(nodes);
    }

    List<DemoNode> others(DemoNode node) {
        return nodes.stream().filter(other -> other != node).toList();
    }

    /** The node that leads, as {@code asked} knows it. */
    DemoNode leader(DemoNode asked) throws IOException, InterruptedException {
        DemoNode[] leader = new DemoNode[1];
        Await.until(PATIENCE, "a leader", () -> {
            Status status = asked.client().status();
            for (DemoNode node : nodes) {
                if (node.name().equals(status.leader())) {
                    leader[0] = node;
                }
            }
            return leader[0] != null;
        });
        return leader[0];
    }

    /** Returns when every node has applied that index. */
    void awaitApplied(long index, Duration patience) throws IOException, InterruptedException {
        for (DemoNode node : nodes) {
            Await.until(
                    patience,
                    node.name() + " to apply what was written",
                    () -> node.client().status().applied() >= index);
        }
    }

    /** Whether that node has what is committed, and serves. */
    static void awaitReadyAgain(DemoNode node, Duration patience) throws IOException, InterruptedException {
        Await.until(patience, node.name() + " to be ready", () -> {
            Status status = node.client().status();
            return status.ready() && status.applied() >= status.head();
        });
    }

    /** Has all contents compared. */
    boolean proveEqual(Screen screen, DemoNode asked) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        Verified verified = asked.client().verify(VERIFY_PATIENCE);
        boolean equal = verified.sound() && verified.agreeing().size() == nodes.size();
        return screen.prove(
                equal,
                String.format(
                                "contents compared at index %,d in %.1f s: equal on %s",
                                verified.index(),
                                (System.nanoTime() - begun) / 1e9,
                                String.join(", ", verified.agreeing()))
                        + (equal ? "" : "; the answer was " + verified));
    }

    private void endAll() {
        nodes.forEach(DemoNode::close);
        ports.close();
        zooKeeper.close();
    }

    /** What the nodes left behind. */
    void delete() {
        LongRun.delete(directory);
    }

    @Override
    public void close() {
        endAll();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // the process is ending, so the hook does the same
        }
    }
}
