package io.wesdb;

import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.SystemEnvironment;
import io.wesdb.internal.zookeeper.EmbeddedZooKeeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/** Real nodes on a real ZooKeeper server, all in this process. */
public final class TestCluster implements AutoCloseable {
    private final Path directory;
    private final Environment env = new SystemEnvironment("test", null, 5_000);
    private final EmbeddedZooKeeper zooKeeper;
    private final Map<String, WesDb> nodes = new ConcurrentSkipListMap<>();
    private UnaryOperator<WesDbBuilder> settings = builder -> builder;

    public TestCluster(Path directory) throws IOException {
        this.directory = directory;
        this.zooKeeper = EmbeddedZooKeeper.start(
                "127.0.0.1", 0, Files.createDirectories(directory.resolve("zk")), env.newLane("zookeeper"));
    }

    public TestCluster with(UnaryOperator<WesDbBuilder> newSettings) {
        this.settings = newSettings;
        return this;
    }

    public String connectString() {
        return zooKeeper.connectString();
    }

    public Path file(String name) {
        return directory.resolve(name + ".db");
    }

    public WesDbBuilder builder(String name) {
        return settings.apply(WesDb.builder()
                .zk(connectString())
                .nodeId(name)
                .dbPath(file(name))
                .http("127.0.0.1", 0)
                .sessionTimeout(Duration.ofSeconds(4)));
    }

    public WesDb start(String name) {
        WesDb node = builder(name).start();
        nodes.put(name, node);
        return node;
    }

    public TestCluster start(int count) {
        for (int i = 0; i < count; i++) {
            start(String.valueOf((char) ('a' + i)));
        }
        return this;
    }

    public WesDb node(String name) {
        WesDb node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException(name);
        }
        return node;
    }

    /** Those that were started and not stopped, as of now. */
    public List<WesDb> present() {
        return List.copyOf(nodes.values());
    }

    public Map<String, WesDb> nodes() {
        return nodes;
    }

    public void stop(String name) {
        WesDb node = node(name);
        nodes.remove(name);
        node.close();
    }

    /** The whole ensemble is gone. */
    public void stopZooKeeper() {
        zooKeeper.close();
    }

    /** Waits until exactly one node says that it leads, and gives its name. */
    public String leader() {
        Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> leaders() == 1);
        return nodes.entrySet().stream()
                .filter(node -> node.getValue().status().role() == Role.LEADER)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    private long leaders() {
        return nodes.values().stream()
                .filter(node -> node.status().role() == Role.LEADER)
                .count();
    }

    public String follower() {
        String leader = leader();
        return nodes.keySet().stream()
                .filter(name -> !name.equals(leader))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        nodes.values().forEach(WesDb::close);
        zooKeeper.close();
        env.close();
    }
}
