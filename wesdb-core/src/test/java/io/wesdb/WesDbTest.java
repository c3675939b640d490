package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The public API on three real nodes. */
class WesDbTest {
    @TempDir
    static Path directory;

    private static TestCluster cluster;
    private static WesDb leader;
    private static WesDb follower;

    @BeforeAll
    static void start() throws Exception {
        cluster = new TestCluster(directory).start(3);
        leader = cluster.node(cluster.leader());
        follower = cluster.node(cluster.follower());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void freshTable() {
        follower.executeScript(
                "DROP TABLE IF EXISTS t; CREATE TABLE t(id INTEGER PRIMARY KEY, x, r DEFAULT (random()))");
    }

    @Test
    void aWriteThroughAFollowerIsSeenByItsNextQueryAndByTheOthersFromItsIndexOn() {
        WriteResult written = follower.execute("INSERT INTO t(x) VALUES (?)", "hello");
        assertEquals(1, written.rowsAffected());
        assertEquals(1, written.lastInsertRowId().getAsLong());
        List<Row> own = follower.query("SELECT * FROM t").rows();
        assertEquals("hello", own.get(0).getString("x"));
        for (WesDb node : cluster.nodes().values()) {
            assertEquals(
                    own,
                    node.query(ReadOptions.atLeast(written.index()), "SELECT * FROM t")
                            .rows());
        }
    }

    @Test
    void allJavaTypesComeBackAsTheyWere() {
        UUID uuid = UUID.randomUUID();
        Instant instant = Instant.parse("2026-11-22T17:18:58.123Z");
        Object[] in = {
            null,
            1L,
            2,
            (short) 3,
            (byte) 4,
            true,
            2.5,
            new BigDecimal("12.340"),
            "täxt 𝄞",
            'c',
            uuid,
            instant,
            LocalDate.of(2026, 11, 22),
            Role.LEADER,
            new byte[] {0, 1, -1},
            Long.MIN_VALUE,
            Long.MAX_VALUE
        };
        for (Object value : in) {
            Row row = leader.execute("INSERT INTO t(x) VALUES (?) RETURNING x", value)
                    .rows()
                    .get(0);
            Object stored = leader.query("SELECT x FROM t ORDER BY id DESC LIMIT 1")
                    .single()
                    .get("x");
            if (value == null) {
                assertNull(stored);
                assertNull(row.get(0));
            } else if (value instanceof byte[] bytes) {
                assertArrayEquals(bytes, row.getBytes(0));
                assertArrayEquals(bytes, (byte[]) stored);
            } else if (value instanceof Character) {
                assertEquals("c", stored);
            } else {
                assertEquals(value, row.get(0, value.getClass()));
            }
        }
    }

    @Test
    void namedParametersAreBoundByName() {
        leader.execute(
                List.of(Statement.named("INSERT INTO t(id, x) VALUES (:id, $x)", Map.of("x", "named", "id", 7))));
        assertEquals(
                "named", leader.query("SELECT x FROM t WHERE id = 7").single().getString(0));
        assertThrows(
                InvalidRequestException.class,
                () -> leader.execute(List.of(Statement.named("INSERT INTO t(id) VALUES (:id)", Map.of("ID", 1)))));
        assertThrows(InvalidRequestException.class, () -> leader.execute("INSERT INTO t(id) VALUES (?)", 1, 2));
    }

    @Test
    void aCommandIsAppliedAsAWholeOrNotAtAll() {
        ConstraintException refused = assertThrows(
                ConstraintException.class,
                () -> follower.execute(List.of(
                        Statement.of("INSERT INTO t(id) VALUES (1)"), Statement.of("INSERT INTO t(id) VALUES (1)"))));
        assertEquals(1, refused.statementIndex());
        assertEquals(1555, refused.sqliteCode());
        assertEquals(0, follower.query("SELECT * FROM t").size());
        WriteResult both = follower.executeScript("INSERT INTO t(x) VALUES (1); INSERT INTO t(x) VALUES (2), (3);");
        assertEquals(3, both.rowsAffected());
        assertEquals(2, both.results().size());
    }

    @Test
    void everyRefusalHasItsException() {
        assertThrows(SqlException.class, () -> leader.execute("INSERT INTO nowhere VALUES (1)"));
        assertThrows(SqlException.class, () -> leader.execute("ATTACH 'x' AS y"));
        assertThrows(SqlException.class, () -> leader.execute("BEGIN"));
        assertThrows(NotAQueryException.class, () -> leader.query("DELETE FROM t"));
        assertThrows(SqlException.class, () -> leader.query("SELECT * FROM nowhere"));
        assertThrows(InvalidRequestException.class, () -> leader.executeScript(" -- nothing\n"));
        assertThrows(InvalidRequestException.class, () -> leader.execute(List.of()));
        NotDoneException stale = assertThrows(
                NotDoneException.class,
                () -> leader.query(ReadOptions.atLeast(1_000_000_000).withTimeout(Duration.ofMillis(50)), "SELECT 1"));
        assertEquals(ErrorCode.STALE, stale.code());
        assertThrows(
                QueryTimeoutException.class,
                () -> leader.query(
                        ReadOptions.local().withTimeout(Duration.ofMillis(100)),
                        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"));
    }

    @Test
    void asynchronousCallsFailThroughTheirFuturesOnly() {
        CompletableFuture<WriteResult> refused = leader.executeAsync("ATTACH 'x' AS y");
        CompletionException failure = assertThrows(CompletionException.class, refused::join);
        assertInstanceOf(SqlException.class, failure.getCause());
        assertEquals(
                1, follower.executeAsync("INSERT INTO t(x) VALUES (1)").join().rowsAffected());
        assertEquals(1, follower.queryAsync("SELECT * FROM t").join().size());
        assertInstanceOf(
                NotAQueryException.class,
                assertThrows(CompletionException.class, leader.queryAsync("DELETE FROM t")::join)
                        .getCause());
    }

    @Test
    void cancellingAQueryInterruptsItAndFreesItsReader() {
        List<CompletableFuture<QueryResult>> queries = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            queries.add(leader.queryAsync(
                    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"));
        }
        queries.forEach(query -> query.cancel(true));
        assertEquals(
                1,
                leader.query(ReadOptions.local().withTimeout(Duration.ofSeconds(5)), "SELECT 1")
                        .size());
    }

    @Test
    void aLargeResultIsRefusedAndCanBeStreamed() {
        String million =
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000) SELECT n, 'some text to fill the row with ' || n AS s FROM c";
        ReadOptions patient = ReadOptions.local().withTimeout(Duration.ofSeconds(60));
        assertThrows(TooLargeException.class, () -> leader.query(patient, million));
        try (RowStream rows = leader.stream(patient, Statement.of(million))) {
            assertEquals(List.of("n", "s"), rows.columns());
            assertEquals(
                    1_000_000,
                    rows.stream().mapToLong(row -> row.getLong("n")).max().getAsLong());
        }
    }

    @Test
    void linearizableReadsSeeWhatWasAcknowledgedAnywhere() {
        for (int i = 0; i < 50; i++) {
            for (WesDb writer : cluster.nodes().values()) {
                writer.execute("INSERT INTO t(x) VALUES (?)", i);
                long count = writer.query("SELECT count(*) FROM t").single().getLong(0);
                for (WesDb reader : cluster.nodes().values()) {
                    assertEquals(
                            count,
                            reader.query(ReadOptions.linearizable(), "SELECT count(*) FROM t")
                                    .single()
                                    .getLong(0));
                }
            }
        }
        assertEquals(
                150,
                follower.query(ReadOptions.bounded(Duration.ofMillis(1)), "SELECT count(*) FROM t")
                        .single()
                        .getLong(0));
    }

    @Test
    void statusTellsTheSameClusterOnAllNodes() {
        NodeStatus ofLeader = leader.status();
        assertEquals(Role.LEADER, ofLeader.role());
        assertTrue(ofLeader.ready() && ofLeader.connected());
        for (WesDb node : cluster.nodes().values()) {
            NodeStatus status = node.status();
            assertEquals(ofLeader.clusterId(), status.clusterId());
            assertEquals(ofLeader.node(), status.leader().node());
            assertEquals(ofLeader.address(), status.leader().address());
            Awaitility.await()
                    .atMost(10, TimeUnit.SECONDS)
                    .until(() -> node.status().members().size() == 3);
        }
    }

    @Test
    void aListenerIsToldThePresentLeader() throws Exception {
        ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
        AutoCloseable registration = follower.onLeaderChange((epoch, who, here) -> told.add(who.node() + here));
        Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> !told.isEmpty());
        assertEquals(leader.status().node() + "false", told.peek());
        registration.close();
    }

    @Test
    void aCommandBeyondThePacketIsSplitAndOneBeyondTheBoundIsRefused() {
        byte[] large = new byte[20 * 1024 * 1024];
        new java.util.Random(1).nextBytes(large);
        WriteResult written = follower.execute(
                List.of(Statement.of("INSERT INTO t(id, x) VALUES (1, ?)", large)),
                WriteOptions.defaults().withTimeout(Duration.ofSeconds(60)));
        for (WesDb node : cluster.nodes().values()) {
            byte[] found = node.query(ReadOptions.atLeast(written.index()), "SELECT x FROM t")
                    .single()
                    .getBytes(0);
            assertTrue(Arrays.equals(large, found));
        }
        assertThrows(
                TooLargeException.class,
                () -> follower.execute("INSERT INTO t(id, x) VALUES (2, ?)", new byte[40 * 1024 * 1024]));
        assertEquals(1, follower.execute("INSERT INTO t(id) VALUES (3)").rowsAffected());
    }

    @Test
    void anExecutorThatTakesNothingCostsNoAnswer() {
        try (WesDb node = cluster.builder("picky")
                .executor(work -> {
                    throw new java.util.concurrent.RejectedExecutionException("full");
                })
                .start()) {
            assertEquals(
                    1, node.executeAsync("INSERT INTO t(x) VALUES (1)").join().rowsAffected());
            for (int i = 0; i < 5_000; i++) {
                Throwable failure = assertThrows(CompletionException.class, node.queryAsync("SELECT 1")::join)
                        .getCause();
                assertTrue(failure.getMessage().contains("executor"), failure.getMessage());
            }
            assertEquals(1, node.query("SELECT * FROM t").size());
        }
    }

    @Test
    void callbacksThatWaitForFurtherWritesDoNotStopTheNode() {
        try (WesDb node = cluster.builder("blocking")
                .requestTimeout(Duration.ofSeconds(3))
                .start()) {
            List<CompletableFuture<WriteResult>> chains = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                chains.add(node.executeAsync("INSERT INTO t(x) VALUES (1)")
                        .thenApply(first -> node.execute("INSERT INTO t(x) VALUES (2)")));
            }
            chains.forEach(CompletableFuture::join);
            assertEquals(32, node.query("SELECT * FROM t").size());
        }
    }

    @Test
    void settingsAreAllCheckedAtOnce() {
        ConfigurationException faults = assertThrows(
                ConfigurationException.class,
                () -> WesDb.builder()
                        .cluster("a/b")
                        .http("", 70_000)
                        .requestTimeout(Duration.ZERO)
                        .maxReaders(0)
                        .start());
        for (String part : List.of("cluster", "http needs a host", "port", "requestTimeout", "maxReaders", "dbPath")) {
            assertTrue(faults.getMessage().contains(part), part + " in " + faults.getMessage());
        }
    }

    @Test
    void oneFileHasOneNodeAndOneIdHasOneNode() {
        String name = leader.status().node();
        StartException second =
                assertThrows(StartException.class, () -> cluster.builder(name).start());
        assertTrue(second.getMessage().contains("has the database open"), second.getMessage());
        StartException namesake = assertThrows(
                StartException.class,
                () -> cluster.builder(name)
                        .dbPath(directory.resolve("other.db"))
                        .start());
        assertTrue(namesake.getMessage().contains(name), namesake.getMessage());
        assertEquals(1, leader.execute("INSERT INTO t(x) VALUES (1)").rowsAffected());
    }

    @Test
    void withoutZooKeeperTheStartFailsClearlyAndLeavesNothing() {
        StartException failure = assertThrows(
                StartException.class,
                () -> WesDb.builder()
                        .zk("127.0.0.1:1")
                        .dbPath(directory.resolve("lonely.db"))
                        .startTimeout(Duration.ofSeconds(2))
                        .start());
        assertTrue(failure.getMessage().contains("127.0.0.1:1"), failure.getMessage());
        assertFalse(directory.resolve("lonely.db").toFile().exists());
    }
}
