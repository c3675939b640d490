package io.wesdb.internal.cluster.zookeeper;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.cluster.Reports;
import io.wesdb.internal.cluster.Reports.Kind;
import io.wesdb.internal.cluster.Reports.Report;
import io.wesdb.internal.cluster.Reports.Trust;
import io.wesdb.internal.cluster.TableHashes;
import io.wesdb.internal.log.LogUnavailableException;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperConnection;
import io.wesdb.internal.zookeeper.ZooKeeperFixture;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.CreateMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZooKeeperReportsTest {
    private static final ClusterPaths PATHS = new ClusterPaths("c");

    @TempDir
    Path directory;

    private ZooKeeperFixture zooKeeper;

    @BeforeEach
    void start() {
        zooKeeper = new ZooKeeperFixture(directory);
    }

    @AfterEach
    void stop() throws Exception {
        zooKeeper.close();
    }

    private static Report report(String node, Kind kind, long index, long value) {
        return new Report(node, kind, index, value, new TreeMap<>(Map.of("orders \"1\"", value, "ünïcode", -1L)));
    }

    private static Set<Report> seen(Reports reports) {
        return new HashSet<>(reports.reports());
    }

    private static void awaitSeen(Reports reports, Report... expected) {
        await().until(() -> seen(reports).equals(Set.of(expected)));
    }

    @Test
    void everyNodeSeesTheLastReportOfEachNodeAndKind() {
        Reports a = zooKeeper.open("a").reports();
        Reports b = zooKeeper.open("b-content").reports(); // a name that looks like another's report
        AtomicInteger told = new AtomicInteger();
        b.listen(told::incrementAndGet);
        for (int i = 1; i <= 100; i++) {
            a.publish(report("a", Kind.OUTCOMES, i, -i));
            b.publish(report("b-content", Kind.OUTCOMES, i, i));
        }
        a.publish(report("a", Kind.CONTENT, 7, Long.MIN_VALUE));
        for (Reports each : List.of(a, b)) {
            awaitSeen(
                    each,
                    report("a", Kind.OUTCOMES, 100, -100),
                    report("b-content", Kind.OUTCOMES, 100, 100),
                    report("a", Kind.CONTENT, 7, Long.MIN_VALUE));
            await().until(each::current);
        }
        assertTrue(told.get() >= 3);
        Reports late = zooKeeper.open("c").reports();
        await().until(late::current);
        assertEquals(seen(a), seen(late));
    }

    @Test
    void whatANodeSaidOutlivesItsSessionAndIsTakenBackOnDemand() {
        ZooKeeperCluster a = zooKeeper.open("a");
        Reports b = zooKeeper.open("b").reports();
        a.reports().publish(report("a", Kind.OUTCOMES, 1, 1));
        a.reports().publish(report("a", Kind.CONTENT, 1, 1));
        b.publish(report("b", Kind.CONTENT, 1, 1));
        await().until(() -> b.reports().size() == 3);
        a.close();
        await().during(Duration.ofMillis(300)).until(() -> b.reports().size() == 3);
        b.withdraw("a");
        b.withdraw("never was");
        awaitSeen(b, report("b", Kind.CONTENT, 1, 1));
        b.publish(report("a", Kind.CONTENT, 2, 2));
        awaitSeen(b, report("b", Kind.CONTENT, 1, 1), report("a", Kind.CONTENT, 2, 2));
    }

    @Test
    void whatIsSaidWithoutAConnectionIsSaidLaterAndMeanwhileNothingIsCurrent() {
        ZooKeeperCluster a = zooKeeper.open("a", "1", null, Duration.ofSeconds(20));
        ZooKeeperCluster b = zooKeeper.open("b", "1", null, Duration.ofSeconds(20));
        a.reports().publish(report("a", Kind.CONTENT, 1, 1));
        a.reports().publish(report("a", Kind.OUTCOMES, 1, 1));
        awaitSeen(b.reports(), report("a", Kind.CONTENT, 1, 1), report("a", Kind.OUTCOMES, 1, 1));
        zooKeeper.stopServer();
        await().until(() -> !a.reports().current() && !b.reports().current());
        a.reports().publish(report("a", Kind.OUTCOMES, 2, 2));
        a.reports().publish(report("a", Kind.OUTCOMES, 3, 3));
        a.reports().withdraw("a");
        a.reports().publish(report("a", Kind.OUTCOMES, 4, 4));
        assertThrows(
                ExecutionException.class,
                () -> a.reports().trust(new Trust("a", 1)).get(30, TimeUnit.SECONDS));
        zooKeeper.startServer();
        awaitSeen(b.reports(), report("a", Kind.OUTCOMES, 4, 4));
        await().until(() -> a.reports().current() && b.reports().current());
    }

    @Test
    void changesMadeWhileTheSessionWasLostAreSeenInTheNextOne() throws Exception {
        ZooKeeperCluster a = zooKeeper.open("a");
        ZooKeeperCluster b = zooKeeper.open("b");
        a.reports().publish(report("a", Kind.CONTENT, 1, 1));
        awaitSeen(b.reports(), report("a", Kind.CONTENT, 1, 1));
        long session = b.connection().sessionId();
        zooKeeper.killSession(b.connection());
        a.reports().withdraw("a");
        a.reports().publish(report("a", Kind.OUTCOMES, 2, 2));
        get(a.reports().trust(new Trust("a", 5)));
        await().until(() -> b.connection().connected() && b.connection().sessionId() != session);
        awaitSeen(b.reports(), report("a", Kind.OUTCOMES, 2, 2));
        await().until(() -> new Trust("a", 5).equals(b.reports().trusted()));
        a.reports().publish(report("a", Kind.OUTCOMES, 3, 3)); // and it goes on watching
        awaitSeen(b.reports(), report("a", Kind.OUTCOMES, 3, 3));
    }

    @Test
    void thirtyThousandTablesFitAndATableThatDiffersIsStillFound() {
        Reports a = zooKeeper.open("a").reports();
        Reports b = zooKeeper.open("b").reports();
        SortedMap<String, Long> own = new TreeMap<>();
        for (int i = 0; i < 30_000; i++) {
            own.put("a_table_with_quite_a_long_name_" + i, Long.MIN_VALUE + i);
        }
        SortedMap<String, Long> others = new TreeMap<>(own);
        others.put("a_table_with_quite_a_long_name_77", 0L);
        a.publish(new Report("a", Kind.CONTENT, 1, 1, others));
        await().until(() -> b.reports().size() == 1);
        Set<String> differing = TableHashes.differing(own, b.reports().get(0).tables());
        assertEquals(1, differing.size());
        assertTrue(differing.iterator().next().contains("a_table_with_quite_a_long_name_77"), differing.toString());
        assertTrue(ReportNode.encode(b.reports().get(0)).length <= ReportNode.MAX_BYTES);
    }

    @Test
    void aTableNameMayBeOfAnyLength() {
        Reports a = zooKeeper.open("a").reports();
        Report longName = new Report("a", Kind.CONTENT, 1, 1, new TreeMap<>(Map.of("x".repeat(400_000), 1L)));
        a.publish(longName);
        awaitSeen(a, longName);
        a.publish(new Report("a", Kind.CONTENT, 2, 1, new TreeMap<>(Map.of("x".repeat(4_000_000), 1L))));
        await().until(() -> a.reports().get(0).index() == 2);
        assertEquals(1, a.reports().get(0).tables().size());
    }

    @Test
    void aPersonsTrustIsSeenByEveryoneAndTheLastOneWins() {
        Reports a = zooKeeper.open("a").reports();
        Reports b = zooKeeper.open("b").reports();
        await().until(b::current);
        assertNull(b.trusted());
        AtomicInteger told = new AtomicInteger();
        b.listen(told::incrementAndGet);
        get(a.trust(new Trust("a", 10)));
        await().until(() -> new Trust("a", 10).equals(b.trusted()));
        get(b.trust(new Trust("b", 11)));
        await().until(() -> new Trust("b", 11).equals(a.trusted()));
        await().until(() -> told.get() >= 2);
        Reports late = zooKeeper.open("c").reports();
        await().until(() -> new Trust("b", 11).equals(late.trusted()));
    }

    @Test
    void whatALaterVersionWritesIsPassedOver() {
        ZooKeeperCluster a = zooKeeper.open("a");
        ZooKeeperConnection connection = (ZooKeeperConnection) a.connection();
        get(connection.create(
                PATHS.report("z", "content"), "later".getBytes(StandardCharsets.UTF_8), CreateMode.PERSISTENT));
        a.reports().publish(report("a", Kind.CONTENT, 1, 1));
        awaitSeen(a.reports(), report("a", Kind.CONTENT, 1, 1));
    }

    @Test
    void aClusterThatHasNoPlaceForReportsGetsOne() {
        ZooKeeperCluster a = zooKeeper.open("a");
        await().until(a.reports()::current);
        get(a.connection().delete(PATHS.reports(), -1));
        get(a.connection().delete(PATHS.trust(), -1));
        Reports b = zooKeeper.open("b").reports();
        await().until(b::current);
        a.reports().publish(report("a", Kind.CONTENT, 1, 1));
        get(b.trust(new Trust("a", 10)));
        awaitSeen(b, report("a", Kind.CONTENT, 1, 1));
        await().until(() -> new Trust("a", 10).equals(a.reports().trusted()));
    }

    @Test
    void trustThatCannotBeWrittenIsToldAndNotGuessed() {
        ZooKeeperCluster a = zooKeeper.open("a", "1", null, Duration.ofSeconds(20));
        zooKeeper.stopServer();
        await().until(() -> !a.connection().connected());
        CompletableFuture<Void> trusting = a.reports().trust(new Trust("a", 1));
        ExecutionException failure = assertThrows(ExecutionException.class, () -> trusting.get(30, TimeUnit.SECONDS));
        assertEquals(LogUnavailableException.class, failure.getCause().getClass());
        assertFalse(a.reports().current());
    }

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }
}
