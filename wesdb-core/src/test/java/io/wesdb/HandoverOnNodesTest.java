package io.wesdb;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Leadership handed over between real nodes while they are written to. */
@Timeout(120)
class HandoverOnNodesTest {
    @TempDir
    Path directory;

    private TestCluster cluster;
    private final List<CompletableFuture<WriteResult>> writes = new ArrayList<>();

    @BeforeEach
    void threeNodes() throws Exception {
        cluster = new TestCluster(directory)
                .with(builder -> builder.requestTimeout(Duration.ofSeconds(60)).closeTimeout(Duration.ofSeconds(30)))
                .start(3);
        cluster.node("a").execute("CREATE TABLE w(id INTEGER)");
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private void write(Iterable<WesDb> through) {
        for (WesDb node : through) {
            writes.add(node.executeAsync("INSERT INTO w(id) VALUES (?)", writes.size()));
        }
    }

    private void assertEachWriteIsThereOnce() throws Exception {
        long last = 0;
        for (CompletableFuture<WriteResult> write : writes) {
            last = Math.max(last, write.get(60, TimeUnit.SECONDS).index());
        }
        for (WesDb node : cluster.present()) {
            Row counted = node.query(ReadOptions.atLeast(last), "SELECT count(*) n, count(DISTINCT id) d FROM w")
                    .rows()
                    .get(0);
            assertEquals(
                    List.of((long) writes.size(), (long) writes.size()),
                    List.of(counted.getLong("n"), counted.getLong("d")));
        }
    }

    @Test
    void leadershipMovesToAnyNodeThroughAnyNodeAndNoWriteFails() throws Exception {
        for (String asked : cluster.nodes().keySet()) {
            for (String successor : cluster.nodes().keySet()) {
                write(cluster.present());
                CompletableFuture<String> handed =
                        CompletableFuture.supplyAsync(() -> cluster.node(asked).transferLeadership(successor));
                while (!handed.isDone()) {
                    write(cluster.present());
                    writes.get(writes.size() - 1).get(60, TimeUnit.SECONDS);
                }
                assertEquals(successor, handed.get());
                await().until(() -> cluster.node(successor).status().role() == Role.LEADER);
            }
        }
        String leader = cluster.leader();
        String next = cluster.node(leader).transferLeadership();
        assertNotEquals(leader, next);
        assertEachWriteIsThereOnce();
    }

    @Test
    void aRollingRestartFailsNoWriteNotEvenThoseThatTheClosingNodeHasTaken() throws Exception {
        for (String name : Set.copyOf(cluster.nodes().keySet())) {
            cluster.node(cluster.follower()).transferLeadership(name);
            for (int i = 0; i < 50; i++) {
                write(cluster.present());
            }
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> cluster.stop(name));
            await().until(() -> !cluster.nodes().containsKey(name));
            while (!stopped.isDone()) {
                write(cluster.present());
                writes.get(writes.size() - 1).get(60, TimeUnit.SECONDS);
            }
            stopped.get();
            cluster.start(name);
        }
        assertEachWriteIsThereOnce();
    }

    @Test
    void aCandidateThatIsGoneWhileItsSessionLastsIsPassedOverByWhoHandsOverAndByWhoCloses() throws Exception {
        try (ZooKeeper session = new ZooKeeper(cluster.connectString(), 30_000, event -> {})) {
            String election = "/wesdb/" + session.getChildren("/wesdb", false).get(0) + "/election";
            session.create(
                    election + "/_c_00000000-0000-0000-0000-000000000000-latch-",
                    "gone/1".getBytes(StandardCharsets.UTF_8),
                    Ids.OPEN_ACL_UNSAFE,
                    CreateMode.EPHEMERAL_SEQUENTIAL);
            String first = cluster.leader();
            List<String> others = new ArrayList<>(cluster.nodes().keySet());
            others.remove(first);
            WesDb asked = cluster.node(first);
            for (String node : others) {
                assertEquals(node, asked.transferLeadership(node)); // so that the one that is gone is the next
            }
            String leader = others.get(1);
            write(cluster.present());
            cluster.stop(leader);
            String next = asked.transferLeadershipAsync().get(20, TimeUnit.SECONDS);
            assertTrue(cluster.nodes().containsKey(next), next);
            write(cluster.present());
            assertEachWriteIsThereOnce();
        }
    }

    @Test
    void aNodeThatIsNotThereAndALeaderThatIsAloneAreClearErrors() {
        WesDb leader = cluster.node(cluster.leader());
        String known = leader.status().node();
        for (WesDb node : cluster.present()) {
            assertTrue(assertThrows(InvalidRequestException.class, () -> node.transferLeadership("nobody"))
                    .getMessage()
                    .contains("nobody"));
            assertThrows(InvalidRequestException.class, () -> node.transferLeadership(""));
            assertEquals(known, node.transferLeadership(known), "it leads already");
        }
        Map<String, WesDb> others = new TreeMap<>(cluster.nodes());
        others.remove(known);
        others.keySet().forEach(cluster::stop);
        await().until(() -> leader.status().members().size() == 1);
        NotDoneException alone = assertThrows(NotDoneException.class, leader::transferLeadership);
        assertTrue(String.valueOf(alone.getMessage()).contains("no other node serves"), alone.getMessage());
        leader.execute("INSERT INTO w(id) VALUES (1)");
    }
}
