package io.wesdb.examples;

import io.wesdb.WesDb;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Three nodes and one ZooKeeper server in this process, with a database of their own. For one thread. */
final class Trio implements AutoCloseable {
    private final Path directory;
    private final LocalZooKeeper zooKeeper;
    private final List<WesDb> nodes = new ArrayList<>();

    private Trio(Path directory, LocalZooKeeper zooKeeper) {
        this.directory = directory;
        this.zooKeeper = zooKeeper;
    }

    /** Returns when all are ready. */
    static Trio start(String name) throws Exception {
        Path directory = Files.createTempDirectory("wesdb-" + name);
        Trio trio = new Trio(directory, LocalZooKeeper.start(directory.resolve("zookeeper"), Fleet.SESSION_TIMEOUT));
        try {
            for (String node : List.of("one", "two", "three")) {
                trio.nodes.add(WesDb.builder()
                        .zk(trio.zooKeeper.connectString())
                        .nodeId(node)
                        .dbPath(directory.resolve(node + ".db"))
                        .http("127.0.0.1", 0)
                        .start());
            }
            return trio;
        } catch (RuntimeException e) {
            trio.close();
            throw e;
        }
    }

    /** The first leads, since it was there alone. */
    WesDb leader() {
        return nodes.get(0);
    }

    WesDb follower() {
        return nodes.get(1);
    }

    /** What they had is gone. */
    @Override
    public void close() {
        nodes.forEach(WesDb::close);
        zooKeeper.close();
        LongRun.delete(directory);
    }
}
