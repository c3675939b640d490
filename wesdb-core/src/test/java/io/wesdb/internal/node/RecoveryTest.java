package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.Role;
import io.wesdb.WriteResult;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.sqlite.Sabotage;
import io.wesdb.internal.truncation.TruncationSettings;
import io.wesdb.testing.ContentsOf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that come back to the present, in a simulated cluster whose log is short. */
class RecoveryTest {
    static final TruncationSettings SHORT_LOG = new TruncationSettings(40, 1L << 40, Duration.ofDays(7), 4, 100);

    @TempDir
    Path directory;

    private SimulatedCluster cluster;

    @BeforeEach
    void threeNodes() throws Exception {
        cluster = new SimulatedCluster(1, directory, SHORT_LOG, "a", "b", "c");
        cluster.leader();
        write("CREATE TABLE w(id INTEGER PRIMARY KEY, t TEXT, r INTEGER)");
        serving();
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private WriteResult write(String sql, Object... values) throws Exception {
        CompletableFuture<WriteResult> write = cluster.leader().write(60_000, sql, values);
        cluster.world.runUntil("a write to end", 120_000, write::isDone);
        return write.get();
    }

    private void writeMany(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            write("INSERT INTO w(t, r) VALUES ('x', random())");
        }
    }

    private void serving() {
        cluster.world.runUntil(
                "all nodes to serve",
                300_000,
                () -> cluster.nodes.values().stream().allMatch(SimulatedNode::serves));
    }

    private SimulatedNode follower() {
        SimulatedNode leader = cluster.leader();
        return cluster.nodes.values().stream()
                .filter(node -> node != leader)
                .findFirst()
                .orElseThrow();
    }

    private void assertAllEqual() throws Exception {
        cluster.settle();
        Set<Object> contents = new HashSet<>();
        for (SimulatedNode node : cluster.nodes.values()) {
            contents.add(ContentsOf.file(cluster.file(node.name)));
        }
        assertEquals(1, contents.size(), "the nodes' contents differ");
    }

    private long setAside(String name) throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith(name + ".db-aside-"))
                    .count();
        }
    }

    @Test
    void aNodeThatWasAwayLongerThanTheLogReachesTakesASnapshotAndItsOldFileLeavesNothingBehind() throws Exception {
        SimulatedNode absent = follower();
        absent.crash();
        writeMany(200);
        assertTrue(cluster.leader().replicator.state().logFirst() >= 0);
        SimulatedNode back = cluster.start(absent.name);
        cluster.world.runUntil("it serves", 300_000, back::serves);
        assertAllEqual();
        assertEquals(0, setAside(absent.name));
    }

    @Test
    void aNewNodeTakesASnapshotWhenTheLogNoLongerReachesBackToTheBeginning() throws Exception {
        writeMany(200);
        SimulatedNode fresh = cluster.start("d");
        cluster.world.runUntil("it serves", 300_000, fresh::serves);
        assertAllEqual();
    }

    @Test
    void aNodeThatIsStoppedNowAndThenWhileItFetchesIsEqualInTheEnd() throws Exception {
        SimulatedNode absent = follower();
        String name = absent.name;
        absent.crash();
        writeMany(100);
        for (int i = 0; i < 12; i++) {
            SimulatedNode again = cluster.start(name);
            cluster.world.run(cluster.world.random().nextInt(300));
            writeMany(10);
            again.crash();
        }
        SimulatedNode back = cluster.start(name);
        cluster.world.runUntil("it serves", 300_000, back::serves);
        assertAllEqual();
    }

    @Test
    void aFollowerWhoseFunctionGoesWrongIsFoundByTheOutcomeDigestAndHealsByItself() throws Exception {
        goesWrongAndHeals(follower().name);
    }

    @Test
    void aLeaderWhoseFunctionGoesWrongStepsDownAndHealsByItself() throws Exception {
        String name = cluster.leader().name;
        goesWrongAndHeals(name);
        assertFalse(cluster.leader().name.equals(name), "the diverged leader leads on");
    }

    private void goesWrongAndHeals(String name) throws Exception {
        Sabotage.upper(cluster.node(name).replica());
        write("INSERT INTO w(t) VALUES (upper('right')) RETURNING t");
        // The leader's digest travels with the next entry.
        CompletableFuture<WriteResult> next = cluster.leader().write(60_000, "INSERT INTO w(t) VALUES ('next')");
        cluster.world.runUntil(
                "the node is quarantined",
                60_000,
                () -> cluster.node(name).replicator.state().role() == Role.QUARANTINED);
        ReplicaState quarantined = cluster.node(name).replicator.state();
        assertTrue(String.valueOf(quarantined.fault()).contains("outcomes"), quarantined.fault());
        assertFalse(next.isCompletedExceptionally() && !next.isDone());
        serving();
        assertNull(cluster.node(name).replicator.state().fault());
        assertAllEqual();
        assertEquals(1, setAside(name));
        write("INSERT INTO w(t) VALUES (upper('right')) RETURNING t");
        serving();
        assertAllEqual();
        assertEquals(1, setAside(name), "it has been convicted again");
    }
}
