package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.testing.BehindTheBack;
import io.wesdb.testing.ContentsOf;
import io.wesdb.testing.LogInZooKeeper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log in ZooKeeper stays within its bound, and a node for which that is too short comes back all the same (I11). */
class BoundedLogTest {
    private static final int BOUND = 100;
    private static final int WRITES = 10 * BOUND;

    /** Half as much again in any case, and what is committed while a truncation is under way. */
    private static final int BOUND_AND_MARGIN = 2 * BOUND;

    @TempDir
    Path directory;

    private TestCluster cluster;
    private LogInZooKeeper log;

    @BeforeEach
    void open() throws Exception {
        cluster = new TestCluster(directory)
                .with(builder -> builder.maxLogEntries(BOUND)
                        .verifyInterval(Duration.ZERO)
                        .requestTimeout(Duration.ofSeconds(30)));
        log = new LogInZooKeeper(cluster.connectString());
    }

    @AfterEach
    void close() throws InterruptedException {
        log.close();
        cluster.close();
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what).atMost(60, TimeUnit.SECONDS).pollInterval(20, TimeUnit.MILLISECONDS);
    }

    private void allAreEqual() {
        long index = cluster.node(cluster.leader())
                .execute("INSERT INTO t(x) VALUES ('last')")
                .index();
        await("all to have index " + index)
                .until(() -> cluster.nodes().values().stream()
                        .allMatch(node -> node.status().applied() >= index
                                && node.status().ready()));
        List<String> expected = ContentsOf.file(cluster.file(cluster.leader()));
        for (String name : cluster.nodes().keySet()) {
            assertEquals(expected, ContentsOf.file(cluster.file(name)), name);
        }
    }

    @Test
    void theLogNeverHoldsMuchMoreThanItsBoundAndWhoWasAwayOrIsNewComesThroughASnapshot() {
        cluster.start(3);
        WesDb follower = cluster.node(cluster.follower());
        String away = cluster.nodes().keySet().stream()
                .filter(name -> !name.equals(cluster.leader()) && cluster.node(name) != follower)
                .findFirst()
                .orElseThrow();
        follower.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x)");
        long most = 0;
        for (int i = 0; i < WRITES; i++) {
            follower.execute("INSERT INTO t(x) VALUES (?)", i);
            if (i == BOUND) {
                cluster.stop(away);
            }
            if (i % 25 == 0) {
                most = Math.max(most, log.entries());
            }
        }
        assertTrue(most <= BOUND_AND_MARGIN, "at times the log had " + most + " entries");
        await("the log to shrink to its bound: " + log.tail()).until(() -> log.entries() <= BOUND + BOUND / 20 + 1);
        assertTrue(log.registers(away), "who was away still belongs to the cluster");

        cluster.start(away);
        assertTrue(
                follower.status().head() - cluster.node(away).status().applied() < BOUND,
                "it serves only once it has caught up");
        cluster.start("new");
        allAreEqual();
        assertEquals(WRITES + 1, cluster.node("new").query("SELECT * FROM t").size());
        assertEquals(
                Collections.emptyList(), BehindTheBack.asides(cluster.file(away)), "a file merely old is no evidence");
        await("logFirst to be told").until(() -> cluster.node("new").status().logFirst() > WRITES - BOUND_AND_MARGIN);
    }

    @Test
    void aNodeThatIsGoneIsRemovedAPresentOrUnknownOneIsNot() {
        cluster.start(3);
        WesDb leader = cluster.node(cluster.leader());
        String gone = cluster.follower();
        leader.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x)");
        for (WesDb node : cluster.nodes().values()) {
            assertThrows(InvalidRequestException.class, () -> node.removeNode(gone));
            assertThrows(InvalidRequestException.class, () -> node.removeNode("unknown"));
            assertThrows(InvalidRequestException.class, () -> node.removeNode(""));
        }
        assertTrue(log.registers(gone));
        cluster.stop(gone);
        String through = cluster.follower();

        await("its presence to end")
                .ignoreExceptionsInstanceOf(InvalidRequestException.class)
                .until(() -> {
                    cluster.node(through).removeNode(gone);
                    return true;
                });

        assertFalse(log.registers(gone));
        assertThrows(InvalidRequestException.class, () -> cluster.node(through).removeNode(gone));
        cluster.start(gone);
        assertTrue(log.registers(gone), "it joins as a new node does");
        allAreEqual();
    }

    @Test
    void thePiecesOfLargeEntriesLeaveWithThem() {
        cluster.start(2);
        WesDb node = cluster.node(cluster.follower());
        node.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x)");
        byte[] large = new byte[1_500_000];
        new Random(3).nextBytes(large);
        for (int i = 0; i < 3; i++) {
            node.execute("INSERT INTO t(x) VALUES (?)", large);
        }
        assertEquals(3, log.splitEntries());
        for (int i = 0; i < 2 * BOUND; i++) {
            node.execute("INSERT INTO t(x) VALUES (?)", i);
        }
        await("the chunks to go").until(() -> log.splitEntries() == 0);
        allAreEqual();
    }
}
