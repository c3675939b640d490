package io.wesdb.internal.log.zookeeper;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.log.EntryMissingException;
import io.wesdb.internal.log.LogUnavailableException;
import io.wesdb.internal.log.ReplicatedLog.AppendResult;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.log.TermOverException;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.FaultyZooKeeperClient;
import io.wesdb.internal.zookeeper.FlatJson;
import io.wesdb.internal.zookeeper.ZooKeeperConnection;
import io.wesdb.internal.zookeeper.ZooKeeperFixture;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a truncation leaves in ZooKeeper, whenever it is cut short. */
class TruncationTest {
    private static final ClusterPaths PATHS = new ClusterPaths("c");
    private static final Duration SESSION = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    private ZooKeeperFixture zooKeeper;
    private Node a;
    private Term term;

    private record Node(ZooKeeperConnection connection, FaultyZooKeeperClient client, ZooKeeperLog log) {}

    @BeforeEach
    void start() throws Exception {
        zooKeeper = new ZooKeeperFixture(directory);
        zooKeeper.open("setup").close();
        a = node("a");
        term = begin(a, "a");
    }

    @AfterEach
    void stop() throws Exception {
        zooKeeper.close();
    }

    @Test
    void entriesAndChunksAreGoneFromZooKeeperAndSoIsTheBase() throws Exception {
        append(1, 99);
        get(a.log.append(term, 100, random(1_500_000)));
        append(101, 2_999);
        get(a.log.append(term, 3_000, random(1_500_000)));
        append(3_001, 3_010);
        assertEquals(3_011, entriesLeft()); // with the base
        get(a.log.truncate(term, 3_000));
        assertEquals(11, entriesLeft());
        assertEquals(1, chunksLeft());
        assertArrayEquals(random(1_500_000), get(a.log.read(3_000)));
        get(a.log.truncate(term, 3_010));
        assertEquals(1, entriesLeft());
        assertEquals(0, chunksLeft());
        append(3_011, 3_012);
    }

    /** The first multi moves the tail, each one after it deletes a hundred entries, the last one notes that it is done. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 5, 6})
    void aTruncationCutShortIsFinishedByTheNextLeaderThoughItHasNothingElseToRemove(int delivered) throws Exception {
        for (Fate fate : new Fate[] {Fate.LOSE_ANSWER, Fate.LOSE_CALL}) {
            long head = get(a.log.head()).index();
            append(head + 1, head + 200);
            get(a.log.append(term, head + 201, random(1_100_000)));
            append(head + 202, head + 500);
            long below = head + 451;

            a.client.multisAfter(delivered, 1, fate);
            ExecutionException failure = assertThrows(ExecutionException.class, () -> get(a.log.truncate(term, below)));
            assertInstanceOf(LogUnavailableException.class, failure.getCause());
            assertTrue(delivered > 4 || entriesLeft() > 50, "nothing was cut short");

            Node b = node("b");
            Term next = begin(b, "b");
            get(b.log.truncate(next, get(b.log.first())));
            boolean moved = delivered > 0 || fate == Fate.LOSE_ANSWER;
            if (!moved) {
                get(b.log.truncate(next, below));
            }
            assertEquals(below, get(b.log.first()));
            assertEquals(50, entriesLeft());
            assertEquals(0, chunksLeft());
            term = begin(a, "a");
        }
    }

    @Test
    void aServerRestartAmidTheDeletionsLeavesNothingBehindForGood() throws Exception {
        append(1, 5_000);
        CompletableFuture<Void> truncation = a.log.truncate(term, 4_990);
        await().pollInterval(Duration.ofMillis(1)).until(() -> entriesLeft() < 4_500);
        zooKeeper.stopServer();
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(truncation));
        assertInstanceOf(LogUnavailableException.class, failure.getCause());
        zooKeeper.startServer();
        await().until(a.log::connected);
        assertEquals(4_990, get(a.log.first()));
        assertTrue(entriesLeft() > 11, "the restart came too late");
        get(a.log.truncate(term, 1));
        assertEquals(11, entriesLeft());
        append(5_001, 5_002);
    }

    @Test
    void anEntryMissingAmongThoseToBeDeletedKeepsNoOtherOne() throws Exception {
        append(1, 1_000);
        for (int index : new int[] {0, 1, 2, 57, 150, 199, 200, 201, 899}) {
            get(a.connection.delete(PATHS.entry(index), -1));
        }
        get(a.log.truncate(term, 900));
        assertEquals(101, entriesLeft());
        for (int index = 900; index <= 1_000; index++) {
            assertArrayEquals(entry(index), get(a.log.read(index)));
        }
    }

    @Test
    void deletionsThatWereNotNotedAreFoundWithoutAskingForEachEntry() throws Exception {
        append(1, 3_000);
        get(a.log.truncate(term, 2_000));
        append(3_001, 3_100);
        // As if all of it were still to do.
        get(a.connection.set(PATHS.tail(), FlatJson.write("first", 2_000, "deleted", 0), -1));
        get(a.log.truncate(term, 2_900));
        assertEquals(201, entriesLeft());
        assertEquals(2_900, tail("deleted"));
        assertEquals(2_900, get(a.log.first()));
    }

    @Test
    void aLeaderThatIsDeposedAmidItsTruncationStops() throws Exception {
        append(1, 1_000);
        a.client.multisAfter(3, 1, Fate.HOLD_CALL);
        CompletableFuture<Void> truncation = a.log.truncate(term, 900);
        await().until(() -> entriesLeft() == 801);
        Node b = node("b");
        Term next = begin(b, "b");
        get(b.log.truncate(next, 950));
        a.client.release();
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(truncation));
        assertInstanceOf(TermOverException.class, failure.getCause());
        assertEquals(950, get(a.log.first()));
        assertEquals(950, tail("deleted"));
        assertEquals(51, entriesLeft());
    }

    @Test
    void theFenceHoldsATruncationThatWasLongOnItsWay() throws Exception {
        append(1, 100);
        a.client.nextMultis(1, Fate.HOLD_CALL);
        CompletableFuture<Void> truncation = a.log.truncate(term, 90);
        begin(node("b"), "b");
        a.client.release();
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(truncation));
        assertInstanceOf(TermOverException.class, failure.getCause());
        assertEquals(1, get(a.log.first()));
        assertEquals(101, entriesLeft());
    }

    @Test
    void aLargeEntryReadWhileItLeavesTheLogIsMissingNeverDamaged() throws Exception {
        for (int round = 0; round < 10; round++) {
            long head = get(a.log.head()).index();
            get(a.log.append(term, head + 1, random(4_000_000)));
            append(head + 2, head + 2);
            CompletableFuture<byte[]> read = node("reader" + round).log.read(head + 1);
            get(a.log.truncate(term, head + 2));
            try {
                assertArrayEquals(random(4_000_000), get(read));
            } catch (ExecutionException e) {
                assertInstanceOf(EntryMissingException.class, e.getCause());
            }
        }
    }

    private Node node(String name) {
        ZooKeeperConnection connection = zooKeeper.connect(SESSION);
        FaultyZooKeeperClient client = new FaultyZooKeeperClient(connection);
        return new Node(
                connection,
                client,
                new ZooKeeperLog(
                        client,
                        PATHS,
                        zooKeeper.environment.newLane("log-" + name),
                        zooKeeper.environment.clock(),
                        zooKeeper.environment::randomLong));
    }

    private static Term begin(Node node, String name) throws Exception {
        return get(node.log.beginTerm(name, name + ":1")).term();
    }

    private void append(long from, long to) throws Exception {
        List<CompletableFuture<AppendResult>> results = new ArrayList<>();
        for (long index = from; index <= to; index++) {
            results.add(a.log.append(term, index, entry(index)));
        }
        for (CompletableFuture<AppendResult> result : results) {
            assertEquals(AppendResult.COMMITTED, get(result));
        }
    }

    private int entriesLeft() throws Exception {
        return children(PATHS.log());
    }

    private int chunksLeft() throws Exception {
        return children(PATHS.chunks());
    }

    private int children(String path) throws Exception {
        return ZooKeeperFixture.handle(a.connection).exists(path, false).getNumChildren();
    }

    private long tail(String field) throws Exception {
        return FlatJson.parse(get(a.connection.get(PATHS.tail(), null)).bytes()).number(field);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    private static byte[] entry(long number) {
        return ("entry " + number).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
