package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.testing.BehindTheBack;
import io.wesdb.testing.ContentsOf;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node whose content is not the others' is found, and becomes sound again without a person (I10). */
class DivergenceTest {
    private static final String CHANGED = "UPDATE t SET x = 'changed' WHERE id = 3";

    @TempDir
    Path directory;

    private TestCluster cluster;

    @BeforeEach
    void open() throws IOException {
        cluster = new TestCluster(directory)
                .with(builder -> builder.verifyInterval(Duration.ZERO).requestTimeout(Duration.ofSeconds(30)));
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what).atMost(60, TimeUnit.SECONDS).pollInterval(20, TimeUnit.MILLISECONDS);
    }

    private WesDb startWithRows(int nodes) {
        cluster.start(nodes);
        WesDb leader = cluster.node(cluster.leader());
        WriteResult written = leader.executeScript("CREATE TABLE t(id INTEGER PRIMARY KEY, x);"
                + " CREATE TABLE other(id INTEGER PRIMARY KEY, x);"
                + " INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four');"
                + " INSERT INTO other SELECT * FROM t");
        allHave(written.index());
        return leader;
    }

    private void allHave(long index) {
        await("all to have index " + index)
                .until(() -> cluster.nodes().values().stream()
                        .allMatch(node -> node.status().applied() >= index));
    }

    /** All nodes serve, and their contents are equal. */
    private void assertHealed(String victim) {
        await(victim + " to come back")
                .until(() -> cluster.node(victim).status().ready()
                        && !BehindTheBack.asides(cluster.file(victim)).isEmpty());
        WriteResult after = cluster.node(cluster.leader()).execute("INSERT INTO t(x) VALUES ('after')");
        allHave(after.index());
        List<String> expected = ContentsOf.file(cluster.file(cluster.leader()));
        for (String name : cluster.nodes().keySet()) {
            assertEquals(expected, ContentsOf.file(cluster.file(name)), name);
        }
        VerificationResult result = cluster.node(victim).verify(Duration.ofSeconds(30));
        assertTrue(result.sound(), String.valueOf(result));
        assertNull(cluster.node(victim).status().fault());
    }

    private static void assertNamed(VerificationResult result, String victim, String table, int nodes) {
        assertEquals(Map.of(victim, List.of(table)), result.differing(), String.valueOf(result));
        assertEquals(nodes - 1, result.agreeing().size(), String.valueOf(result));
        assertFalse(result.agreeing().contains(victim));
        assertFalse(result.sound());
        assertFalse(result.tied());
    }

    private static HttpResponse<String> get(WesDb node, String path) {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(
                                            URI.create("http://" + node.status().httpAddress() + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Test
    void aQuarantinedNodeServesNothingSaysWhyAndComesBackByItself() {
        cluster.with(builder -> builder.verifyInterval(Duration.ZERO).maxSnapshotBytesPerSecond(1024 * 1024));
        startWithRows(3).execute("INSERT INTO other VALUES (5, zeroblob(4000000))");
        String victim = cluster.follower();
        WesDb node = cluster.node(victim);
        BehindTheBack.run(cluster.file(victim), CHANGED);

        VerificationResult found = node.verify(Duration.ofSeconds(30));

        assertNamed(found, victim, "t", 3);
        await("quarantine").until(() -> node.status().role() == Role.QUARANTINED);
        NotDoneException refused = assertThrows(NotDoneException.class, () -> node.query("SELECT 1"));
        assertEquals(ErrorCode.NOT_READY, refused.code());
        assertEquals(
                ErrorCode.NOT_READY,
                assertThrows(NotDoneException.class, () -> node.execute("DELETE FROM t"))
                        .code());
        HttpResponse<String> answer = get(node, "/query?sql=SELECT%201");
        assertEquals(503, answer.statusCode(), answer.body());
        assertTrue(answer.body().contains("NOT_READY"), answer.body());
        assertTrue(answer.headers().firstValue("Retry-After").isPresent());
        assertEquals(503, get(node, "/health/ready").statusCode());
        assertEquals(200, get(node, "/health/live").statusCode());
        NodeStatus status = node.status();
        assertEquals(Role.QUARANTINED, status.role(), "all of this was seen while it was quarantined");
        assertFalse(status.ready());
        String fault = String.valueOf(status.fault());
        assertTrue(fault.contains("t"), fault);
        NodeStatus.Recovery recovery = status.recovery();
        assertNotNull(recovery, "it tells how far it is");

        assertHealed(victim);
        assertEquals(Role.FOLLOWER, node.status().role());
        assertNull(node.status().recovery());
        assertEquals(
                "changed",
                BehindTheBack.ask(BehindTheBack.aside(cluster.file(victim)), "SELECT x FROM t WHERE id = 3"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRowChangedBehindANodesBackIsFoundByVerify(boolean running) {
        WesDb leader = startWithRows(3);
        String victim = cluster.follower();
        behindTheBack(victim, running, CHANGED);

        assertNamed(leader.verify(Duration.ofSeconds(30)), victim, "t", 3);

        assertHealed(victim);
        assertEquals(
                "changed",
                BehindTheBack.ask(BehindTheBack.aside(cluster.file(victim)), "SELECT x FROM t WHERE id = 3"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTableDroppedBehindANodesBackIsFoundByVerify(boolean running) {
        WesDb leader = startWithRows(3);
        String victim = cluster.follower();
        behindTheBack(victim, running, "DROP TABLE other");

        VerificationResult found = leader.verify(Duration.ofSeconds(30));

        assertEquals(new TreeSet<>(List.of(victim)), found.differing().keySet(), String.valueOf(found));
        assertTrue(found.differing().get(victim).contains("other"), String.valueOf(found));
        assertHealed(victim);
    }

    private void behindTheBack(String victim, boolean running, String sql) {
        if (running) {
            BehindTheBack.run(cluster.file(victim), sql);
        } else {
            cluster.stop(victim);
            BehindTheBack.run(cluster.file(victim), sql);
            cluster.start(victim);
        }
    }

    @Test
    void aDivergedLeaderStepsDownHealsAndComesBackAsFollowerWhileWritesGoOn() {
        WesDb leader = startWithRows(3);
        String victim = cluster.leader();
        String other = cluster.follower();
        BehindTheBack.run(cluster.file(victim), CHANGED);

        assertNamed(cluster.node(other).verify(Duration.ofSeconds(30)), victim, "t", 3);

        await("another leader")
                .until(() -> cluster.nodes().entrySet().stream()
                        .anyMatch(node -> !node.getKey().equals(victim)
                                && node.getValue().status().role() == Role.LEADER));
        assertNotEquals(victim, cluster.leader());
        assertEquals(
                1,
                cluster.node(other)
                        .execute("INSERT INTO t(x) VALUES ('meanwhile')")
                        .rowsAffected());
        assertHealed(victim);
        assertEquals(Role.FOLLOWER, leader.status().role());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anOutcomeThatDiffersIsFoundAtOnceWithoutAVerification(boolean onTheLeader) {
        startWithRows(3);
        String victim = onTheLeader ? cluster.leader() : cluster.follower();
        BehindTheBack.run(cluster.file(victim), "UPDATE t SET x = 'one' WHERE id = 2");

        String writer = cluster.nodes().keySet().stream()
                .filter(name -> !name.equals(victim))
                .findFirst()
                .orElseThrow();
        cluster.node(writer).execute("UPDATE t SET x = 'uno' WHERE x = 'one'");
        // An entry carries what the leader had applied when it was made, which may be the one before.
        await("the difference to be found").until(() -> {
            cluster.node(writer).execute("INSERT INTO other(x) VALUES ('carries the digest')");
            return !BehindTheBack.asides(cluster.file(victim)).isEmpty();
        });

        assertHealed(victim);
        assertEquals(
                "uno", BehindTheBack.ask(BehindTheBack.aside(cluster.file(victim)), "SELECT x FROM t WHERE id = 2"));
    }

    @Test
    void twoNodesThatDifferTellItGoOnServingAndAPersonDecides() {
        startWithRows(2);
        String changed = cluster.follower();
        String other = cluster.leader();
        BehindTheBack.run(cluster.file(changed), CHANGED);

        VerificationResult found = cluster.node(other).verify(Duration.ofSeconds(30));

        assertTrue(found.tied(), String.valueOf(found));
        assertEquals(List.of(), found.agreeing());
        assertEquals(Map.of(changed, List.of("t"), other, List.of("t")), found.differing());
        for (WesDb node : cluster.nodes().values()) {
            await("the dispute to be told").until(() -> node.status().dispute() != null);
            String dispute = String.valueOf(node.status().dispute());
            assertTrue(dispute.contains("a") && dispute.contains("b") && dispute.contains("t"), dispute);
            assertTrue(node.status().ready(), "it goes on serving");
            assertEquals(4, node.query("SELECT * FROM other").size());
            assertThrows(InvalidRequestException.class, () -> node.trustNode("nobody"));
            assertThrows(InvalidRequestException.class, () -> node.trustNode(""));
            assertThrows(InvalidRequestException.class, () -> node.trustNode("a/b"));
        }
        cluster.node(other).execute("INSERT INTO other(x) VALUES ('meanwhile')");
        assertEquals(List.of(), BehindTheBack.asides(cluster.file(changed)));

        cluster.node(other).trustNode(changed);

        assertHealed(other);
        for (WesDb node : cluster.nodes().values()) {
            assertEquals(
                    "changed",
                    node.query("SELECT x FROM t WHERE id = 3").single().getString(0));
            await("the dispute to end").until(() -> node.status().dispute() == null);
        }
        assertEquals(
                "three", BehindTheBack.ask(BehindTheBack.aside(cluster.file(other)), "SELECT x FROM t WHERE id = 3"));
    }

    @Test
    void aVerificationUnderConcurrentWritesFindsNothingWrongWhereNothingIs() throws Exception {
        startWithRows(3);
        AtomicBoolean stop = new AtomicBoolean();
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (WesDb node : cluster.nodes().values()) {
            writers.add(CompletableFuture.runAsync(() -> {
                while (!stop.get()) {
                    node.execute("INSERT INTO t(x) VALUES (random())");
                    node.execute("UPDATE other SET x = datetime('now') WHERE id = 1 + abs(random()) % 4");
                }
            }));
        }
        long before = 0;
        for (WesDb node : cluster.nodes().values()) {
            VerificationResult result = node.verify(Duration.ofSeconds(30));
            assertTrue(result.sound(), String.valueOf(result));
            assertEquals(List.of("a", "b", "c"), result.agreeing());
            assertTrue(result.index() > before);
            before = result.index();
        }
        stop.set(true);
        for (CompletableFuture<Void> writer : writers) {
            writer.get(30, TimeUnit.SECONDS);
        }
        assertThrows(InvalidRequestException.class, () -> cluster.node("a").verify(Duration.ofHours(2)));
    }
}
