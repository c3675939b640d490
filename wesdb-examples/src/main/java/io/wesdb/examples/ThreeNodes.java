package io.wesdb.examples;

import io.wesdb.examples.NodeClient.Status;
import io.wesdb.examples.NodeClient.Written;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The whole idea in half a minute: three nodes in three processes, each with its own SQLite file, that stay equal whatever SQL is written
 * through whichever of them, and go on when their leader is killed. Exit code 0 only if every comparison held.
 */
public final class ThreeNodes implements AutoCloseable {
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int POLL_MILLIS = 20;

    private static final String SCHEMA = """
            CREATE TABLE ticket(
              id INTEGER PRIMARY KEY, holder TEXT NOT NULL,
              number INTEGER NOT NULL DEFAULT (random()),
              sold_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
            CREATE TABLE draw(ticket_id INTEGER REFERENCES ticket, luck INTEGER, drawn_at TEXT);
            CREATE TRIGGER draw_at_once AFTER INSERT ON ticket BEGIN
              INSERT INTO draw VALUES (new.id, random(), datetime('now'));
            END;""";
    private static final String INSERT = "INSERT INTO ticket(holder) VALUES (?)";

    private final Screen screen;
    private final Path directory;
    private final LocalZooKeeper zooKeeper;
    private final List<DemoNode> nodes = new ArrayList<>();
    private long index;

    private ThreeNodes(Screen screen, Path directory) throws Exception {
        this.screen = screen;
        this.directory = directory;
        this.zooKeeper = LocalZooKeeper.start(directory.resolve("zookeeper"), SESSION_TIMEOUT);
        List<String> options = List.of(
                "--zk",
                zooKeeper.connectString(),
                "--session-timeout",
                SESSION_TIMEOUT.toMillis() + "ms",
                "--log-level",
                "warn");
        HttpClient http = HttpClient.newHttpClient();
        for (String name : List.of("n1", "n2", "n3")) {
            nodes.add(new DemoNode(name, directory, options, http));
        }
    }

    public static void main(String[] args) throws Exception {
        // ZooKeeper logs at length what the demonstration does to it on purpose.
        System.setProperty("org.slf4j.simpleLogger.log.org.apache.zookeeper", "off");
        System.exit(run(Screen.onStandardOutput()) ? 0 : 1);
    }

    /** Whether everything held. */
    static boolean run(Screen screen) throws Exception {
        long began = System.nanoTime();
        Path directory = Files.createTempDirectory("wesdb-three-nodes");
        try (ThreeNodes demonstration = new ThreeNodes(screen, directory)) {
            demonstration.perform();
        } catch (IOException | SQLException | RuntimeException e) {
            screen.prove(false, "the demonstration runs to its end: " + e.getMessage());
        }
        screen.end();
        if (screen.allHeld()) {
            screen.aside(seconds(began) + " in all.");
            deleteAll(directory);
        } else {
            screen.say("The files and the nodes' logs are in " + directory);
        }
        return screen.allHeld();
    }

    private void perform() throws Exception {
        Thread hook = new Thread(this::close, "three-nodes-end"); // Ctrl-C leaves no process behind
        Runtime.getRuntime().addShutdownHook(hook);
        startThree();
        DemoNode leader = leader();
        List<DemoNode> followers = others(leader);
        writeThrough(followers.get(0));
        killAndGoOn(leader, followers);
        bringBack(leader);
        openTheFiles();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private void startThree() throws Exception {
        screen.title("wesdb: three processes, three SQLite files, one database");
        screen.section("Three nodes start");
        for (DemoNode node : nodes) {
            node.launch();
        }
        for (DemoNode node : nodes) {
            node.awaitReady();
        }
        String leader = leader().name();
        List<List<String>> table = new ArrayList<>(List.of(List.of("node", "role", "listens at", "file")));
        for (DemoNode node : nodes) {
            String role = node.name().equals(leader) ? "leader" : "follower";
            table.add(
                    List.of(node.name(), role, node.client().base(), node.file().toString()));
        }
        screen.table(table);
        screen.aside("ZooKeeper, which holds the log, runs in this process at " + zooKeeper.connectString() + ".");
    }

    private void writeThrough(DemoNode follower) throws Exception {
        screen.section("Writes through a follower, " + follower.name());
        screen.say(SCHEMA + "\n" + INSERT + ";  -- three times");
        index = follower.client().execute(SCHEMA).index();
        for (String holder : List.of("Ada", "Grace", "Edsger")) {
            index = follower.client().execute(INSERT, holder).index();
        }
        screen.section("What each node's own file holds, at log index " + index);
        screen.table(SideBySide.table(nodes, index, 1));
        proveEqual(nodes);
    }

    private void killAndGoOn(DemoNode leader, List<DemoNode> survivors) throws Exception {
        screen.section("The leader, " + leader.name() + ", is killed (SIGKILL)");
        long epoch = survivors.get(0).client().status().epoch();
        long killed = System.nanoTime();
        leader.kill();
        DemoNode next = awaitLeader(survivors, epoch);
        screen.prove(true, next.name() + " leads after " + seconds(killed));
        DemoNode follower = survivors.get(survivors.indexOf(next) == 0 ? 1 : 0);
        Written first = follower.client().execute(INSERT, "Barbara");
        screen.prove(
                first.index() > index,
                "the first write, through " + follower.name() + ", is done after " + seconds(killed));
        index = follower.client().execute(INSERT, "Donald").index();
        screen.aside("Its machine says that the process is gone, so nobody waits for its session in ZooKeeper to end.");
        screen.section("Writing goes on; the two that are left, at log index " + index);
        screen.table(SideBySide.table(survivors, index, 4));
        proveEqual(survivors);
    }

    private void bringBack(DemoNode node) throws Exception {
        screen.section(node.name() + " starts again, on the file it died with");
        long began = System.nanoTime();
        node.launch();
        node.awaitReady();
        screen.prove(
                node.client().status().applied() >= index,
                "it had caught up with log index " + index + " when it called itself ready, after " + seconds(began));
        screen.table(SideBySide.table(nodes, index, 4));
        index = node.client().execute(INSERT, "Niklaus").index();
        screen.prove(true, "it takes writes again: log index " + index);
        proveEqual(nodes);
    }

    private void openTheFiles() throws Exception {
        screen.section("The nodes leave (SIGTERM), and plain SQLite opens their files");
        List<List<String>> contents = new ArrayList<>();
        for (DemoNode node : nodes) {
            int exitCode = node.stop();
            screen.prove(exitCode == 0, node.name() + " left with exit code " + exitCode);
            contents.add(PlainSqlite.rows(node.file(), "SELECT * FROM ticket JOIN draw ON ticket_id = id ORDER BY id"));
        }
        screen.prove(
                contents.stream().distinct().count() == 1 && contents.get(0).size() == 6,
                contents.get(0).size() + " tickets and their draws, the same in all three files");
    }

    private void proveEqual(List<DemoNode> compared) throws IOException, InterruptedException {
        List<List<String>> dumps = new ArrayList<>();
        for (DemoNode node : compared) {
            dumps.add(Dump.of(node.client(), index));
        }
        long rows = dumps.get(0).stream()
                .filter(line -> !line.startsWith("schema: "))
                .count();
        screen.prove(
                rows > 0 && dumps.stream().distinct().count() == 1,
                "schema and all " + rows + " rows compared: equal on "
                        + String.join(
                                ", ", compared.stream().map(DemoNode::name).toList()));
    }

    private DemoNode leader() throws IOException, InterruptedException {
        return awaitLeader(nodes, 0);
    }

    private List<DemoNode> others(DemoNode node) {
        return nodes.stream().filter(other -> other != node).toList();
    }

    /** Waits until one of the nodes leads a term after {@code epoch}, and all of them know it. */
    private static DemoNode awaitLeader(List<DemoNode> among, long epoch) throws IOException, InterruptedException {
        long began = System.nanoTime();
        while (System.nanoTime() - began < PATIENCE.toNanos()) {
            List<String> believed = new ArrayList<>();
            for (DemoNode node : among) {
                Status status = node.client().status();
                believed.add(status.epoch() > epoch && status.leader() != null ? status.leader() : "");
            }
            for (DemoNode node : among) {
                if (believed.stream().allMatch(name -> Objects.equals(name, node.name()))) {
                    return node;
                }
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        throw new IOException("no leader within " + PATIENCE.toSeconds() + " s");
    }

    private static String seconds(long sinceNanos) {
        return String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - sinceNanos) / 1e9);
    }

    private static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path path : walk.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** Ends what still runs. */
    @Override
    public void close() {
        nodes.forEach(DemoNode::close);
        zooKeeper.close();
    }
}
