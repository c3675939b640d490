package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ClosedException;
import io.wesdb.WriteResult;
import io.wesdb.internal.log.BatchCodec;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.sqlite.VerifyCommand;
import io.wesdb.internal.write.Caller;
import io.wesdb.testing.ContentsOf;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The leader keeps the statistics of all nodes up to date by itself, in a simulated cluster. */
class MaintenanceTest {
    private static final long MINUTE = 60_000;
    private static final Duration INTERVAL = Duration.ofMinutes(10);
    private static final String FILL =
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
                    + " INSERT INTO w SELECT i % 10, i FROM n";

    @TempDir
    Path directory;

    private SimulatedCluster cluster;

    @BeforeEach
    void open() {
        cluster = new SimulatedCluster(1, directory);
        cluster.optimizeInterval = INTERVAL;
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private void startWithRows() throws Exception {
        List.of("a", "b", "c").forEach(cluster::start);
        write("CREATE TABLE w(a, b)");
        write("CREATE INDEX wa ON w(a)");
        write(FILL);
        cluster.settle();
    }

    private WriteResult write(String sql) throws Exception {
        CompletableFuture<WriteResult> write = cluster.leader().write(10_000, sql);
        cluster.world.runUntil("a write to end", 60_000, write::isDone);
        return write.get();
    }

    /** What the planner knows of table w on each node. */
    private List<String> statistics(SimulatedNode node) {
        List<String> tables =
                Tables.column(cluster.file(node.name), "SELECT name FROM sqlite_schema WHERE name = 'sqlite_stat1'");
        return tables.isEmpty()
                ? List.of()
                : Tables.column(cluster.file(node.name), "SELECT stat FROM sqlite_stat1 WHERE tbl = 'w'");
    }

    private long head() {
        cluster.settle();
        return cluster.leader().applied();
    }

    private void assertAllEqual() {
        cluster.settle();
        assertEquals(
                1,
                cluster.nodes.values().stream()
                        .map(node -> ContentsOf.file(cluster.file(node.name)))
                        .distinct()
                        .count());
    }

    @Test
    void aLeaderHasAllNodesOptimizeAMinuteAfterItBeganAndThenAtTheInterval() throws Exception {
        startWithRows();
        long before = head();
        cluster.world.run(MINUTE / 2);
        assertEquals(before, head(), "not at once");
        cluster.world.run(MINUTE);
        assertEquals(before + 1, head());
        for (SimulatedNode node : cluster.nodes.values()) {
            assertEquals(1, statistics(node).size(), node.name);
        }
        List<String> first = statistics(cluster.leader());
        assertAllEqual();

        for (int i = 0; i < 12; i++) {
            write(FILL);
        }
        long grown = head();
        cluster.world.run(INTERVAL.toMillis());
        assertEquals(grown + 1, head());
        assertNotEquals(first, statistics(cluster.leader()));
        assertAllEqual();
    }

    @Test
    void anIdleClustersLogDoesNotGrow() throws Exception {
        startWithRows();
        cluster.world.run(2 * MINUTE);
        long optimized = head();
        cluster.world.run(3 * INTERVAL.toMillis());
        assertEquals(optimized, head());

        CompletableFuture<WriteResult> verification = cluster.leader()
                .replicator
                .gateway()
                .submit(
                        Caller.NODE,
                        BatchCodec.encodeCommand(VerifyCommand.command()),
                        false,
                        cluster.leader().env.clock().nanos() + 10_000_000_000L);
        cluster.world.runUntil("the verification to be logged", 60_000, verification::isDone);
        cluster.world.run(2 * INTERVAL.toMillis());
        assertEquals(optimized + 1, head(), "a verification changes nothing");
    }

    @Test
    void aNewLeaderDoesNotRepeatWhatTheLogSaysWasDone() throws Exception {
        startWithRows();
        cluster.world.run(2 * MINUTE);
        long optimized = head();
        cluster.leader().crash();
        SimulatedNode successor = cluster.leader();
        cluster.world.run(2 * MINUTE);
        assertEquals(optimized, head());
        write(FILL);
        cluster.world.run(INTERVAL.toMillis());
        assertEquals(optimized + 2, head(), "but goes on with it");
        assertTrue(successor.leads());
    }

    @Test
    void aLeaderThatIsFollowerAgainDoesNotOptimize() throws Exception {
        startWithRows();
        SimulatedNode former = cluster.leader();
        cluster.world.run(MINUTE * 3 / 4);
        former.faults().disconnect();
        cluster.store.expire(former.name);
        cluster.world.runUntil(
                "another leader",
                60_000,
                () -> cluster.nodes.values().stream().anyMatch(node -> node != former && node.leads()));
        former.faults().reconnect();
        cluster.settle();
        long before = head();
        cluster.world.run(MINUTE / 2);
        assertEquals(before, head(), "the new leader's minute is not over");
        cluster.world.run(MINUTE);
        assertEquals(before + 1, head());
    }

    @Test
    void whatFailsIsTriedAgainAtTheNextTime() throws Exception {
        startWithRows();
        long before = head();
        SimulatedNode leader = cluster.leader();
        leader.replicator.gateway().refuse(new ClosedException("for a while"));
        cluster.world.run(2 * MINUTE);
        leader.replicator.gateway().accept();
        assertEquals(before, head());
        cluster.world.run(INTERVAL.toMillis());
        assertEquals(before + 1, head());
        assertEquals(1, statistics(leader).size());
    }

    @Test
    void withoutAnIntervalNothingIsDone() throws Exception {
        cluster.optimizeInterval = Duration.ZERO;
        startWithRows();
        long before = head();
        cluster.world.run(5 * MINUTE);
        assertEquals(before, head());
    }

    @Test
    void readersAreRenewedOnEveryNodeWhenStatisticsChangeAndOnlyThen() throws Exception {
        startWithRows();
        assertEquals(Map.of(), cluster.renewed);
        write("ANALYZE");
        cluster.settle();
        assertEquals(Map.of("a", 1, "b", 1, "c", 1), cluster.renewed);
        write("REINDEX");
        write("VACUUM");
        write("PRAGMA user_version = 3");
        cluster.settle();
        assertEquals(Map.of("a", 1, "b", 1, "c", 1), cluster.renewed);
        write("PRAGMA optimize");
        cluster.settle();
        assertEquals(Map.of("a", 2, "b", 2, "c", 2), cluster.renewed);
    }

    @Test
    void readsAreCutOffOnEveryNodeWhoseWriteAheadLogIsTooLarge() throws Exception {
        startWithRows();
        assertEquals(Map.of(), cluster.cut);
        cluster.maxWalBytes = 1;
        cluster.start("d");
        cluster.settle();
        write(FILL);
        cluster.settle();
        assertEquals(Set.of("d"), cluster.cut.keySet());
    }
}
