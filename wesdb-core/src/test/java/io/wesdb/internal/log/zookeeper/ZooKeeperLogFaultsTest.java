package io.wesdb.internal.log.zookeeper;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.log.EntryDamagedException;
import io.wesdb.internal.log.EntryMissingException;
import io.wesdb.internal.log.RecordingListener;
import io.wesdb.internal.log.ReplicatedLog.AppendResult;
import io.wesdb.internal.log.ReplicatedLog.BegunTerm;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.FaultyZooKeeperClient;
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

/** What only a real server can do to the log. */
class ZooKeeperLogFaultsTest {
    private static final ClusterPaths PATHS = new ClusterPaths("c");
    private static final Duration SESSION = Duration.ofSeconds(4);

    @TempDir
    Path directory;

    private ZooKeeperFixture zooKeeper;

    /** A node's log with what is beneath it. */
    private record Node(ZooKeeperConnection connection, FaultyZooKeeperClient client, ZooKeeperLog log) {}

    @BeforeEach
    void start() {
        zooKeeper = new ZooKeeperFixture(directory);
        zooKeeper.open("setup").close();
    }

    @AfterEach
    void stop() throws Exception {
        zooKeeper.close();
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

    @Test
    void aServerRestartAmidPipelinedAppendsLeavesHeadAndAnswersInAgreement() throws Exception {
        Node node = node("a");
        RecordingListener listener = new RecordingListener();
        node.log.start(listener);
        Term term = begin(node, "a").term();
        List<CompletableFuture<AppendResult>> results = new ArrayList<>();
        for (int i = 1; i <= 2_000; i++) {
            results.add(node.log.append(term, i, entry(i)));
            if (i == 1_000) {
                get(results.get(200));
                zooKeeper.stopServer();
            }
        }
        zooKeeper.startServer();

        long committed = 0;
        boolean inOrder = true;
        for (CompletableFuture<AppendResult> result : results) {
            AppendResult how = get(result);
            assertNotEquals(AppendResult.FENCED, how);
            inOrder &= how != AppendResult.COMMITTED || committed == results.indexOf(result);
            committed += how == AppendResult.COMMITTED ? 1 : 0;
        }
        await().until(node.log::connected);
        assertTrue(inOrder, "an append was committed behind one that was not known to be");
        long head = get(node.log.head()).index();
        assertTrue(head >= committed, head + " < " + committed);
        assertTrue(head >= 200 && head < 2_000, "the restart hit nothing: " + head);
        for (long i = 1; i <= head; i++) {
            assertArrayEquals(entry(i), get(node.log.read(i)));
        }
        assertMissing(node, head + 1);

        // Still the same term: what is not known to have happened can be appended again, and all is well.
        assertEquals(term, get(node.log.term()));
        for (long i = committed + 1; i <= 2_000; i++) {
            assertEquals(AppendResult.COMMITTED, get(node.log.append(term, i, entry(i))));
        }
        assertEquals(2_000, get(node.log.head()).index());
        await().until(() -> listener.sawHead(2_000));
    }

    @Test
    void aLogWhoseSessionExpiredGoesOnInTheNext() throws Exception {
        Node leader = node("a");
        Node follower = node("b");
        RecordingListener listener = new RecordingListener();
        follower.log.start(listener);
        Term term = begin(leader, "a").term();
        assertEquals(AppendResult.COMMITTED, get(leader.log.append(term, 1, entry(1))));
        await().until(() -> listener.sawHead(1));

        expire(follower);
        expire(leader);

        // The term outlives the session: the fence is what counts.
        assertEquals(AppendResult.COMMITTED, get(leader.log.append(term, 2, entry(2))));
        await().until(() -> listener.sawHead(2));
        assertArrayEquals(entry(2), get(follower.log.read(2)));
    }

    @Test
    void aLeaderPausedPastItsSessionAndWokenAmidAnAppendAppendsNothing() throws Exception {
        for (boolean noticedBefore : new boolean[] {false, true}) {
            Node old = node("a");
            Node successor = node("b");
            BegunTerm begun = begin(old, "a");
            long index = begun.head().index() + 1;
            assertEquals(AppendResult.COMMITTED, get(old.log.append(begun.term(), index, entry(1))));
            old.client.nextMultis(1, Fate.HOLD_CALL);
            CompletableFuture<AppendResult> asleep = old.log.append(begun.term(), index + 1, entry(98));
            CompletableFuture<AppendResult> behind = old.log.append(begun.term(), index + 2, entry(99));

            if (noticedBefore) {
                expire(old);
            } else {
                zooKeeper.killSession(old.connection);
            }
            BegunTerm newer = begin(successor, "b");
            assertEquals(index, newer.head().index());
            old.client.release();

            assertNotEquals(AppendResult.COMMITTED, get(asleep));
            assertNotEquals(AppendResult.COMMITTED, get(behind));
            await().until(old.connection::connected);
            assertEquals(AppendResult.FENCED, get(old.log.append(begun.term(), index + 1, entry(97))));
            assertEquals(index, get(successor.log.head()).index());
            assertMissing(successor, index + 1);
            assertEquals(AppendResult.COMMITTED, get(successor.log.append(newer.term(), index + 1, entry(2))));
            assertArrayEquals(entry(2), get(successor.log.read(index + 1)));
        }
    }

    @Test
    void chunksOfAppendsThatNeverHappenedGoWhenATermBeginsAndTheOthersStay() throws Exception {
        Node old = node("a");
        Node successor = node("b");
        Term term = begin(old, "a").term();
        byte[] large = random(2_000_000);
        assertEquals(AppendResult.COMMITTED, get(old.log.append(term, 1, large)));
        old.client.nextMultis(1, Fate.LOSE_CALL);
        assertEquals(AppendResult.UNKNOWN, get(old.log.append(term, 2, random(1_500_000))));
        assertEquals(2, chunkDirectories(old).size());

        begin(successor, "b");
        await().until(() -> chunkDirectories(old).size() == 1);
        assertArrayEquals(large, get(successor.log.read(1)));
    }

    @Test
    void chunksOfAFencedAppendGoAtOnce() throws Exception {
        Node old = node("a");
        Term term = begin(old, "a").term();
        begin(node("b"), "b");
        assertEquals(AppendResult.FENCED, get(old.log.append(term, 1, random(1_500_000))));
        await().until(() -> chunkDirectories(old).isEmpty());
    }

    @Test
    void chunksOfTheCurrentTermAreNotSwept() throws Exception {
        Node node = node("a");
        begin(node, "a");
        ChunkStore chunks = new ChunkStore(node.connection, PATHS);
        EntryId underWay = new EntryId(5, 1, 1);
        EntryId dead = new EntryId(4, 1, 2);
        get(chunks.write(underWay, entry(1)));
        get(chunks.write(dead, entry(2)));
        get(new ChunkSweeper(node.connection, PATHS, chunks).sweep(5));
        assertEquals(List.of(underWay.toString()), chunkDirectories(node));
    }

    @Test
    void aMissingOrForeignChunkIsDamageAndNeverAnEntry() throws Exception {
        Node node = node("a");
        Term term = begin(node, "a").term();
        assertEquals(AppendResult.COMMITTED, get(node.log.append(term, 1, random(1_500_000))));
        String chunk = PATHS.chunk(chunkDirectories(node).get(0), 1);
        byte[] changed = get(node.connection.get(chunk, null)).bytes();
        changed[1000] ^= 1;
        get(node.connection.set(chunk, changed, -1));
        assertDamaged(node, 1);
        get(node.connection.delete(chunk, -1));
        assertDamaged(node, 1);
    }

    @Test
    void anEntryThatLeavesTheLogWithItsChunksIsMissingNotDamaged() throws Exception {
        Node node = node("a");
        Term term = begin(node, "a").term();
        assertEquals(AppendResult.COMMITTED, get(node.log.append(term, 1, random(1_500_000))));
        get(node.connection.delete(PATHS.entry(1), -1));
        assertMissing(node, 1);
    }

    @Test
    void aServerThatLagsBehindDoesNotMakeAnEntryLookMissing() throws Exception {
        Node node = node("a");
        Term term = begin(node, "a").term();
        assertEquals(AppendResult.COMMITTED, get(node.log.append(term, 1, entry(1))));
        node.client.nextGetsMiss(1);
        assertArrayEquals(entry(1), get(node.log.read(1)));
    }

    @Test
    void withoutAServerCallsFailInsteadOfHanging() throws Exception {
        Node node = node("a");
        Term term = begin(node, "a").term();
        zooKeeper.stopServer();
        assertEquals(AppendResult.UNKNOWN, get(node.log.append(term, 1, entry(1))));
        assertThrows(ExecutionException.class, () -> get(node.log.head()));
        assertThrows(ExecutionException.class, () -> get(node.log.read(1)));
        assertThrows(ExecutionException.class, () -> get(node.log.term()));
        await().until(() -> !node.log.connected());
        zooKeeper.startServer();
        await().until(node.log::connected);
        assertEquals(AppendResult.COMMITTED, get(node.log.append(term, 1, entry(1))));
    }

    private void expire(Node node) throws Exception {
        long before = node.connection.sessionId();
        zooKeeper.killSession(node.connection);
        await().atMost(20, TimeUnit.SECONDS)
                .until(() -> node.connection.connected() && node.connection.sessionId() != before);
    }

    private static List<String> chunkDirectories(Node node) throws Exception {
        get(node.connection.sync(PATHS.chunks()));
        return get(node.connection.children(PATHS.chunks()));
    }

    private static void assertMissing(Node node, long index) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(node.log.read(index)));
        assertInstanceOf(EntryMissingException.class, failure.getCause());
    }

    private static void assertDamaged(Node node, long index) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(node.log.read(index)));
        assertInstanceOf(EntryDamagedException.class, failure.getCause());
    }

    private static BegunTerm begin(Node node, String name) throws Exception {
        return get(node.log.beginTerm(name, name + ":1"));
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
