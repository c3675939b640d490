package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.testing.BehindTheBack;
import io.wesdb.testing.ContentsOf;
import io.wesdb.testing.LogInZooKeeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ZooKeeper has lost its data, or has gone back to older ones: nothing acknowledged is lost by what wesdb does by itself. */
class LostZooKeeperTest {
    @TempDir
    Path directory;

    private TestCluster cluster;

    @BeforeEach
    void open() throws IOException {
        cluster = new TestCluster(directory).with(LostZooKeeperTest::settings);
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private static WesDbBuilder settings(WesDbBuilder builder) {
        return builder.verifyInterval(Duration.ZERO)
                .requestTimeout(Duration.ofSeconds(30))
                .startTimeout(Duration.ofSeconds(30));
    }

    private Path zooKeeperData() {
        return directory.resolve("zk");
    }

    private Path keptData() {
        return directory.resolve("zk-kept");
    }

    /** What was done to ZooKeeper's data happens while everything is closed. */
    private void reopen(Change change) throws IOException {
        cluster.close();
        change.run();
        cluster = new TestCluster(directory).with(LostZooKeeperTest::settings);
    }

    @FunctionalInterface
    private interface Change {
        void run() throws IOException;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each)));
            }
        }
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(each);
            }
        }
    }

    /** All of a node's files but the one with its id. */
    private TreeMap<String, List<Byte>> filesOf(String node) throws IOException {
        TreeMap<String, List<Byte>> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(directory)) {
            for (Path each : all.toList()) {
                String name = each.getFileName().toString();
                if (name.startsWith(node + ".db") && !name.endsWith("-node") && !name.endsWith("-shm")) {
                    files.put(name, Files.isDirectory(each) ? List.of() : boxed(Files.readAllBytes(each)));
                }
            }
        }
        return files;
    }

    private static List<Byte> boxed(byte[] bytes) {
        Byte[] boxed = new Byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            boxed[i] = bytes[i];
        }
        return List.of(boxed);
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what).atMost(60, TimeUnit.SECONDS).pollInterval(20, TimeUnit.MILLISECONDS);
    }

    private void allHave(long index) {
        await("all to have index " + index)
                .until(() -> cluster.nodes().values().stream()
                        .allMatch(node -> node.status().applied() >= index
                                && node.status().ready()));
    }

    private static void write(WesDb node, int from, int to) {
        for (int i = from; i < to; i++) {
            node.execute("INSERT INTO t VALUES (?)", i);
        }
    }

    private WesDb startWith(String name, WesDbBuilder builder) {
        WesDb node = builder.start();
        cluster.nodes().put(name, node);
        return node;
    }

    private String refused(WesDbBuilder builder) {
        return assertThrows(StartException.class, builder::start).getMessage();
    }

    /** a and b have 20 rows, c only 10 of them; everything is closed. */
    private String threeNodesOneBehind() {
        cluster.start(3);
        WesDb node = cluster.node("a");
        node.execute("CREATE TABLE t(x INTEGER PRIMARY KEY)");
        write(node, 0, 10);
        allHave(node.status().applied());
        cluster.stop("c");
        write(node, 10, 20);
        long index = node.status().applied();
        allHave(index);
        return node.status().clusterId();
    }

    @Test
    void aClusterWhoseZooKeeperIsLostIsRestartedFromAChosenFileAndOnlySo() throws Exception {
        String id = threeNodesOneBehind();
        long head = cluster.node("a").status().head();
        long epoch = cluster.node("a").status().epoch();
        reopen(() -> delete(zooKeeperData()));

        TreeMap<String, List<Byte>> before = filesOf("a");
        String told = refused(cluster.builder("a"));
        assertTrue(told.contains("restartCluster(true)") && told.contains("index " + head), told);
        assertTrue(told.contains(cluster.file("a").toString()), told);
        assertEquals(before, filesOf("a"), "nothing was changed");
        try (LogInZooKeeper log = new LogInZooKeeper(cluster.connectString())) {
            assertFalse(log.knowsTheCluster(), "an empty cluster was begun beside data that was acknowledged");
        }
        assertTrue(refused(cluster.builder("new").restartCluster(true)).contains("there is no database"));

        WesDb chosen = startWith("a", cluster.builder("a").restartCluster(true));

        assertEquals(id, chosen.status().clusterId());
        assertEquals(20, chosen.query("SELECT * FROM t").size());
        assertEquals(head + 1, chosen.execute("INSERT INTO t VALUES (20)").index());
        assertTrue(chosen.status().epoch() > epoch, "terms go on");
        cluster.start("b");
        cluster.start("c");
        write(cluster.node("c"), 21, 30);
        write(cluster.node("b"), 30, 40);
        allHave(cluster.node("b").status().applied());
        List<String> contents = ContentsOf.file(cluster.file("a"));
        for (String name : List.of("b", "c")) {
            assertEquals(contents, ContentsOf.file(cluster.file(name)), name);
            assertEquals(1, BehindTheBack.asides(cluster.file(name)).size(), name);
        }
        assertEquals("20", BehindTheBack.ask(BehindTheBack.aside(cluster.file("b")), "SELECT count(*) FROM t"));
        assertEquals(40, chosen.query("SELECT * FROM t").size());

        cluster.stop("a");
        assertTrue(refused(cluster.builder("a").restartCluster(true)).contains("ZooKeeper has a cluster"));
        cluster.start("a");
        assertEquals(List.of(), BehindTheBack.asides(cluster.file("a")));
        assertTrue(cluster.node("b").verify(Duration.ofSeconds(30)).sound());
    }

    @Test
    void aNodeThatHadMoreThanTheChosenOneSetsItsFileAsideWithWhatOnlyItHad() throws Exception {
        threeNodesOneBehind();
        reopen(() -> delete(zooKeeperData()));

        startWith("c", cluster.builder("c").restartCluster(true));
        write(cluster.node("c"), 100, 115); // past where a was, with another history
        cluster.start("a");

        assertEquals(25, cluster.node("a").query("SELECT * FROM t").size());
        assertEquals("20", BehindTheBack.ask(BehindTheBack.aside(cluster.file("a")), "SELECT count(*) FROM t"));
        assertTrue(cluster.node("a").verify(Duration.ofSeconds(30)).sound());
    }

    @Test
    void aFileAheadOfTheLogIsNotTouchedAndTheMessageSaysWhatHappened() throws Exception {
        cluster.start(1);
        cluster.node("a").execute("CREATE TABLE t(x INTEGER PRIMARY KEY)");
        write(cluster.node("a"), 0, 10);
        reopen(() -> copy(zooKeeperData(), keptData()));
        cluster.start("a");
        write(cluster.node("a"), 10, 20);
        long applied = cluster.node("a").status().applied();
        reopen(() -> {
            delete(zooKeeperData());
            copy(keptData(), zooKeeperData());
        });

        TreeMap<String, List<Byte>> before = filesOf("a");
        String told = refused(cluster.builder("a"));

        assertTrue(told.contains("ahead of the log") && told.contains(String.valueOf(applied)), told);
        assertTrue(told.contains("restored"), told);
        assertEquals(before, filesOf("a"), "nothing was changed");
        assertTrue(refused(cluster.builder("a").restartCluster(true)).contains("ZooKeeper has a cluster"));
        assertEquals(before, filesOf("a"), "nothing was changed");
    }

    @Test
    void aLogThatWasRestoredAndGrewPastANodesFileWithAnotherHistoryIsNoticed() throws Exception {
        cluster.start(2);
        cluster.node("a").execute("CREATE TABLE t(x INTEGER PRIMARY KEY)");
        write(cluster.node("a"), 0, 10);
        allHave(cluster.node("a").status().applied());
        reopen(() -> copy(zooKeeperData(), keptData()));
        copy(cluster.file("a"), directory.resolve("a-kept.db"));
        copyIfThere("a.db-wal", "a-kept.db-wal");
        cluster.start(2);
        write(cluster.node("a"), 10, 15);
        allHave(cluster.node("a").status().applied());
        reopen(() -> {
            delete(zooKeeperData());
            copy(keptData(), zooKeeperData());
            for (String suffix : List.of("", "-wal", "-shm")) {
                Files.deleteIfExists(directory.resolve("a.db" + suffix));
            }
            Files.move(directory.resolve("a-kept.db"), cluster.file("a"));
        });
        copyIfThere("a-kept.db-wal", "a.db-wal");
        cluster.start("a");
        write(cluster.node("a"), 1_000, 1_020);

        cluster.start("b");

        allHave(cluster.node("a").status().applied());
        assertArrayEquals(
                ContentsOf.file(cluster.file("a")).toArray(),
                ContentsOf.file(cluster.file("b")).toArray());
        assertEquals("15", BehindTheBack.ask(BehindTheBack.aside(cluster.file("b")), "SELECT count(*) FROM t"));
    }

    private void copyIfThere(String from, String to) throws IOException {
        if (Files.exists(directory.resolve(from))) {
            Files.copy(directory.resolve(from), directory.resolve(to));
        }
    }
}
