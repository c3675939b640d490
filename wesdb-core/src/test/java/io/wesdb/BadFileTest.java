package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.testing.BehindTheBack;
import io.wesdb.testing.ContentsOf;
import io.wesdb.testing.LogInZooKeeper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A node that finds a bad file in its place: it heals from a peer and sets the file aside, or says what a person must
 * decide and touches nothing (I9). The log no longer goes back to its beginning, so a snapshot is needed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadFileTest {
    private static final String VICTIM = "c";

    @TempDir
    static Path directory;

    private TestCluster cluster;

    @BeforeAll
    void startAndTruncate() throws Exception {
        cluster = new TestCluster(directory)
                .with(builder -> builder.maxLogEntries(100)
                        .verifyInterval(Duration.ZERO)
                        .requestTimeout(Duration.ofSeconds(30))
                        .startTimeout(Duration.ofSeconds(30)))
                .start(3);
        WesDb node = cluster.node("a");
        node.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x)");
        for (int i = 0; i < 300; i++) {
            node.execute("INSERT INTO t(x) VALUES (randomblob(2000))");
        }
        try (LogInZooKeeper log = new LogInZooKeeper(cluster.connectString())) {
            await("truncation").until(() -> log.entries() < 200);
        }
    }

    @AfterAll
    void close() {
        cluster.close();
    }

    @BeforeEach
    void stopVictim() {
        if (!cluster.nodes().containsKey(VICTIM)) {
            cluster.start(VICTIM); // what the last test left
        }
        cluster.stop(VICTIM);
        BehindTheBack.fold(cluster.file(VICTIM));
    }

    @AfterEach
    void cleanUp() throws IOException {
        for (Path aside : BehindTheBack.asides(cluster.file(VICTIM))) {
            delete(aside);
        }
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what).atMost(60, TimeUnit.SECONDS).pollInterval(20, TimeUnit.MILLISECONDS);
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(each);
            }
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static void write(Path file, long offset, byte[] bytes) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void truncate(Path file, int parts) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(parts == 0 ? 0 : channel.size() / parts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Arguments> damages() {
        return List.of(
                damage("garbage in the header", file -> write(file, 0, random(100))),
                damage("half of the file is missing", file -> truncate(file, 2)),
                damage("random bytes", file -> {
                    truncate(file, 0);
                    write(file, 0, random(100_000));
                }),
                damage("text", file -> {
                    truncate(file, 0);
                    write(file, 0, "this is no database".repeat(1000).getBytes(StandardCharsets.UTF_8));
                }),
                damage("its own record is gone", file -> BehindTheBack.run(file, "DELETE FROM wesdb_meta")));
    }

    private static Arguments damage(String name, Consumer<Path> damage) {
        return Arguments.of(name, damage);
    }

    private void assertHealed() {
        WesDb node = cluster.node(VICTIM);
        await("the node to serve").until(() -> node.status().ready());
        long index =
                cluster.node("a").execute("INSERT INTO t(x) VALUES ('after')").index();
        await("all to have it")
                .until(() -> cluster.nodes().values().stream()
                        .allMatch(each -> each.status().applied() >= index));
        assertEquals(ContentsOf.file(cluster.file("a")), ContentsOf.file(cluster.file(VICTIM)));
        assertNull(node.status().fault());
        assertTrue(node.execute("INSERT INTO t(x) VALUES ('through it')").index() > index);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void aDamagedFileIsSetAsideAndTheNodeHealsFromAPeer(String name, Consumer<Path> damage) {
        Path file = cluster.file(VICTIM);
        damage.accept(file);
        byte[] damaged = bytes(file);

        cluster.start(VICTIM);

        assertArrayEquals(damaged, bytes(BehindTheBack.aside(file)), "set aside as it was");
        assertHealed();
    }

    /** What is not looked at when a file is opened: pages in the middle of a table. */
    @Test
    void aReadThatMeetsDamageFailsAsNotReadyAndTheNodeHealsBecauseOfIt() {
        Path file = cluster.file(VICTIM);
        for (int page = 60; page < 90; page++) {
            write(file, page * 4096L, random(4096));
        }
        cluster.start(VICTIM);
        WesDb node = cluster.node(VICTIM);
        await("the node to serve").until(() -> node.status().ready());
        assertEquals(List.of(), BehindTheBack.asides(file), "nobody has noticed so far");

        NotDoneException refused =
                assertThrows(NotDoneException.class, () -> node.query("SELECT sum(length(x)) FROM t"));

        assertEquals(ErrorCode.NOT_READY, refused.code(), refused.toString());
        await("the file to be set aside")
                .until(() -> !BehindTheBack.asides(file).isEmpty());
        assertHealed();
        String sum = "SELECT sum(length(x)) FROM t";
        assertEquals(
                cluster.node("a")
                        .query(ReadOptions.linearizable(), sum)
                        .single()
                        .getLong(0),
                node.query(sum).single().getLong(0));
    }

    static List<Arguments> damagesOfTheWriteAheadLog() {
        return List.of(
                damage("it is gone", wal -> truncate(wal, 0)),
                damage("half of it is missing", wal -> truncate(wal, 2)),
                damage("garbage in its header", wal -> write(wal, 0, random(32))),
                damage("garbage in it", wal -> write(wal, bytes(wal).length / 2, random(1000))),
                damage(
                        "the database's header is garbage and it is not",
                        wal -> write(
                                wal.resolveSibling(wal.getFileName().toString().replace("-wal", "")), 0, random(100))),
                damage(
                        "half of the database is missing and it is not",
                        wal -> truncate(
                                wal.resolveSibling(wal.getFileName().toString().replace("-wal", "")), 2)));
    }

    /** As after a crash: the last entries are in the write-ahead log only. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("damagesOfTheWriteAheadLog")
    void aDamagedWriteAheadLogIsNoHarm(String name, Consumer<Path> damage) throws IOException {
        cluster.start(VICTIM);
        Path file = cluster.file(VICTIM);
        Path wal = directory.resolve(file.getFileName() + "-wal");
        for (int i = 0; i < 20; i++) {
            cluster.node(VICTIM).execute("INSERT INTO t(x) VALUES (randomblob(2000))");
        }
        byte[] keptFile;
        byte[] keptWal;
        try (Connection holder = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            // Whoever reads keeps the write-ahead log from being folded into the file when the node is closed.
            holder.setAutoCommit(false);
            holder.createStatement().executeQuery("SELECT count(*) FROM t").close();
            cluster.node(VICTIM).execute("INSERT INTO t(x) VALUES (randomblob(2000))");
            cluster.stop(VICTIM);
            keptFile = bytes(file);
            keptWal = bytes(wal);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        assertTrue(keptWal.length > 40_000, "nothing in the write-ahead log");
        Files.write(file, keptFile);
        Files.write(wal, keptWal);
        Files.deleteIfExists(directory.resolve(file.getFileName() + "-shm"));
        damage.accept(wal);

        cluster.start(VICTIM);

        assertHealed();
        VerificationResult result = cluster.node("a").verify(Duration.ofSeconds(30));
        assertTrue(result.differing().isEmpty(), String.valueOf(result));
        assertHealed();
        assertTrue(cluster.node("a").verify(Duration.ofSeconds(30)).sound());
    }

    @Test
    void garbageInTheMiddleOfTheFileIsFoundAtTheLatestByAVerification() {
        Path file = cluster.file(VICTIM);
        byte[] garbage = random(40_000);
        long middle = bytes(file).length / 2 / 4096 * 4096;
        write(file, middle, garbage);

        cluster.start(VICTIM);
        cluster.node("a").verify(Duration.ofSeconds(30));

        await("the file to be set aside")
                .until(() -> !BehindTheBack.asides(file).isEmpty());
        byte[] aside = bytes(BehindTheBack.aside(file));
        assertEquals(
                ByteBuffer.wrap(garbage), ByteBuffer.wrap(aside, (int) middle, garbage.length), "set aside as it was");
        assertHealed();
        assertTrue(cluster.node("a").verify(Duration.ofSeconds(30)).sound());
    }

    @Test
    void aFileThatIsGoneOrEmptyIsReplacedFromAPeer() throws IOException {
        Files.delete(cluster.file(VICTIM));
        cluster.start(VICTIM);
        assertHealed();

        cluster.stop(VICTIM);
        BehindTheBack.fold(cluster.file(VICTIM));
        truncate(cluster.file(VICTIM), 0);
        cluster.start(VICTIM);
        assertHealed();
    }

    private StartException assertRefusedAndUntouched(WesDbBuilder builder) {
        Path file = cluster.file(VICTIM);
        byte[] before = bytes(file);
        StartException refused = assertThrows(StartException.class, builder::start);
        assertArrayEquals(before, bytes(file), "the file was touched");
        assertEquals(List.of(), BehindTheBack.asides(file));
        assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
        return refused;
    }

    /** Runs with another file in the victim's place. */
    private void inItsPlace(Path other, Runnable test) throws IOException {
        Path file = cluster.file(VICTIM);
        Path kept = directory.resolve("kept.db");
        Files.move(file, kept);
        try {
            Files.copy(other, file);
            test.run();
        } finally {
            Files.deleteIfExists(file);
            Files.move(kept, file);
        }
        cluster.start(VICTIM);
        assertHealed();
    }

    @Test
    void theFileOfAnotherClusterIsNotTouched(@TempDir Path elsewhere) throws IOException {
        Path foreign = elsewhere.resolve("foreign.db");
        String id;
        try (WesDb other = WesDb.builder().dbPath(foreign).start()) {
            other.executeScript("CREATE TABLE mine(x); INSERT INTO mine VALUES ('precious')");
            id = other.status().clusterId();
        }
        BehindTheBack.fold(foreign);
        inItsPlace(foreign, () -> {
            String message = assertRefusedAndUntouched(cluster.builder(VICTIM)).getMessage();
            assertTrue(message.contains("another cluster") && message.contains(id), message);
        });
    }

    @Test
    void aPlainDatabaseIsNotTouched(@TempDir Path elsewhere) throws IOException {
        Path plain = elsewhere.resolve("plain.db");
        BehindTheBack.run(plain, "CREATE TABLE mine(x)", "INSERT INTO mine VALUES ('precious')");
        inItsPlace(plain, () -> {
            String message = assertRefusedAndUntouched(cluster.builder(VICTIM)).getMessage();
            assertTrue(message.contains("not wesdb's") && message.contains("move the file away"), message);
        });
    }

    @Test
    void aFileOfANewerFormatIsNotTouched(@TempDir Path elsewhere) throws IOException {
        Path newer = elsewhere.resolve("newer.db");
        Files.copy(cluster.file(VICTIM), newer);
        BehindTheBack.run(newer, "UPDATE wesdb_meta SET format = 99");
        inItsPlace(newer, () -> {
            String message = assertRefusedAndUntouched(cluster.builder(VICTIM)).getMessage();
            assertTrue(message.contains("format 99") && message.contains("newer"), message);
        });
    }

    @Test
    void twoNodesCannotShareAFileInOneProcessNorInTwo() throws Exception {
        cluster.start(VICTIM);
        Path file = cluster.file(VICTIM);
        StartException here = assertThrows(
                StartException.class, () -> cluster.builder("d").dbPath(file).start());
        assertTrue(here.getMessage().contains(file.toString()), here.getMessage());

        Process second = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        SecondProcess.class.getName(),
                        cluster.connectString(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(second.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(second.waitFor(60, TimeUnit.SECONDS));
        assertTrue(said.contains("another process has the database open: " + file), said);
        assertHealed();
    }

    /** A program of its own that wants the same file. */
    static final class SecondProcess {
        private SecondProcess() {}

        public static void main(String[] args) {
            try (WesDb db = WesDb.builder()
                    .zk(args[0])
                    .dbPath(Path.of(args[1]))
                    .nodeId("second")
                    .start()) {
                System.out.println("it started as " + db.status().node());
            } catch (StartException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void aClusterThatZooKeeperHasIsNotRestartedFromAFile() {
        long epoch = cluster.node("a").status().epoch();
        byte[] before = bytes(cluster.file(VICTIM));
        StartException refused = assertThrows(
                StartException.class,
                () -> cluster.builder(VICTIM).restartCluster(true).start());
        assertTrue(refused.getMessage().contains("restartCluster"), refused.getMessage());
        assertArrayEquals(before, bytes(cluster.file(VICTIM)));
        assertEquals(epoch, cluster.node("a").status().epoch());
        assertNotNull(cluster.start(VICTIM));
        assertHealed();
    }
}
