package io.wesdb.internal.truncation;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.Role;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.RegisteredNode;
import io.wesdb.internal.cluster.zookeeper.ZooKeeperCluster;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.EntryCodec;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.ReplicatedLog.AppendResult;
import io.wesdb.internal.log.ReplicatedLog.BegunTerm;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.FlatJson;
import io.wesdb.internal.zookeeper.ZooKeeperConnection;
import io.wesdb.internal.zookeeper.ZooKeeperFixture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Five thousand entries through a log that is bound to five hundred, in a real ZooKeeper. */
class TruncatorZooKeeperTest {
    private static final ClusterPaths PATHS = new ClusterPaths("c");
    private static final int BOUND = 500;
    private static final int MARGIN = 400;
    private static final TruncationSettings SETTINGS =
            new TruncationSettings(BOUND, 1 << 30, Duration.ofDays(7), 50, 500);

    @TempDir
    Path directory;

    private ZooKeeperFixture zooKeeper;
    private ZooKeeperConnection observer;
    private long logBytes;

    private final class Node {
        final String name;
        final ZooKeeperCluster cluster;
        final Lane lane;
        final Truncator truncator;
        BegunTerm begun;

        Node(String name) {
            this.name = name;
            this.cluster = zooKeeper.open(name);
            this.lane = zooKeeper.environment.newLane("replicator-" + name);
            this.truncator = new Truncator(
                    lane, zooKeeper.environment.clock(), cluster.log(), cluster.membership(), name, SETTINGS, () -> {});
            cluster.membership().join(self(0), null, Duration.ofSeconds(5));
        }

        Member self(long durable) {
            return new Member(name, name + "-1", name + ":1", Role.FOLLOWER, durable, durable, "0.1");
        }

        void lead() throws Exception {
            begun = get(cluster.log().beginTerm(name, name + ":1"));
            lane.execute(() -> truncator.lead(begun.term()));
        }

        /** Sixteen at a time; every five hundredth is split into chunks. */
        int append(long from, long to, Node... others) throws Exception {
            int most = 0;
            Queue<CompletableFuture<AppendResult>> underWay = new ArrayDeque<>();
            for (long i = from; i <= to; i++) {
                long index = i;
                byte[] entry = entry(begun.term().epoch(), index, index % 500 == 0 ? 1_200_000 : 100);
                logBytes += entry.length;
                long bytes = logBytes;
                underWay.add(cluster.log().append(begun.term(), index, entry).whenComplete((how, failure) -> {
                    lane.execute(() -> truncator.committed(index, bytes));
                    lane.execute(() -> truncator.durable(index));
                }));
                if (index % 100 == 0) {
                    for (Node other : others) {
                        other.cluster.membership().update(other.self(index));
                    }
                }
                if (underWay.size() == 16) {
                    assertEquals(AppendResult.COMMITTED, get(underWay.remove()));
                    most = Math.max(most, children(PATHS.log()));
                }
            }
            for (CompletableFuture<AppendResult> each : underWay) {
                assertEquals(AppendResult.COMMITTED, get(each));
            }
            return most;
        }
    }

    @BeforeEach
    void start() {
        zooKeeper = new ZooKeeperFixture(directory);
    }

    @AfterEach
    void stop() throws Exception {
        zooKeeper.close();
    }

    @Test
    void zooKeeperNeverHoldsMuchMoreThanTheBoundThoughANodeIsAwayAndTheLeaderChanges() throws Exception {
        Node a = new Node("a");
        Node b = new Node("b");
        Node away = new Node("c");
        observer = zooKeeper.connect(Duration.ofSeconds(10));
        await().until(() -> get(a.cluster.membership().registered()).size() == 3);
        away.cluster.close();
        await().until(() -> a.cluster.membership().members().size() == 2
                && b.cluster.membership().members().size() == 2);

        a.lead();
        int most = a.append(1, 2_500, b);
        b.lead(); // a is not told: it is deposed, and goes on truncating
        most = Math.max(most, b.append(2_501, 5_000, b));
        assertTrue(most <= BOUND + MARGIN, "the log had " + most + " entries");
        assertTrue(most > BOUND, "the log had " + most + " entries: the node that is away was not waited for");

        b.cluster.membership().update(b.self(5_000));
        a.cluster.membership().update(a.self(5_000));
        await().until(() -> children(PATHS.log()) == 50);
        await().until(() -> children(PATHS.chunks()) == 1);
        assertEquals(4_951, get(b.cluster.log().first()));
        await().until(() ->
                registered(b, "c").needsSnapshot() && registered(b, "c").absentSinceMillis() > 0);
        assertEquals(0, registered(b, "c").durable());
        assertTrue(!registered(b, "a").needsSnapshot() && !registered(b, "b").needsSnapshot());
    }

    @Test
    void aLeaderFinishesWhatAPredecessorLeftUndoneThoughItRemovesNothingItself() throws Exception {
        Node a = new Node("a");
        observer = zooKeeper.connect(Duration.ofSeconds(10));
        a.begun = get(a.cluster.log().beginTerm("a", "a:1"));
        a.append(1, 100);
        get(observer.set(PATHS.tail(), FlatJson.write("first", 60, "deleted", 0), -1));
        Node b = new Node("b");
        b.lead();
        await().until(() -> children(PATHS.log()) == 41);
        assertEquals(60, get(b.cluster.log().first()));
    }

    @Test
    void appendsGoOnWhileALongStretchIsDeleted() throws Exception {
        Node a = new Node("a");
        observer = zooKeeper.connect(Duration.ofSeconds(10));
        a.begun = get(a.cluster.log().beginTerm("a", "a:1"));
        a.append(1, 499);
        AtomicInteger during = new AtomicInteger();
        CompletableFuture<Void> truncation = a.cluster.log().truncate(a.begun.term(), 490);
        CompletableFuture<AppendResult> append =
                a.cluster.log().append(a.begun.term(), 500, entry(a.begun.term().epoch(), 500, 100));
        append.thenRun(() -> during.set(truncation.isDone() ? 0 : 1));
        assertEquals(AppendResult.COMMITTED, get(append));
        get(truncation);
        assertEquals(1, during.get(), "the append waited for the whole truncation");
    }

    private RegisteredNode registered(Node by, String name) throws Exception {
        return get(by.cluster.membership().registered()).stream()
                .filter(each -> each.node().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private int children(String path) throws Exception {
        return ZooKeeperFixture.handle(observer).exists(path, false).getNumChildren();
    }

    private byte[] entry(long epoch, long index, int length) {
        byte[] bytes = new byte[length];
        new Random(index).nextBytes(bytes);
        EncodedBatch batch = new EncodedBatch(new SessionId(1, 1), index, 1, false, bytes);
        return EntryCodec.encode(epoch, index, 0, logBytes, new OutcomeDigest(0, 0), List.of(batch));
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }
}
