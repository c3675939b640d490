package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Reads on a node: transactions, streams and slow queries, and that they neither outstay nor disturb others. */
@Timeout(120)
class OpenReadsTest {
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    private static final ReadOptions PATIENT = ReadOptions.local().withTimeout(Duration.ofSeconds(60));

    private static TestCluster cluster;
    private static WesDb node;

    @BeforeAll
    static void open(@TempDir Path directory) throws IOException {
        cluster = new TestCluster(directory)
                .with(builder -> builder.maxReaders(1).maxOpenReads(2).maxResultRows(100));
        node = cluster.start(1).node("a");
        node.execute("CREATE TABLE t(x INTEGER)");
    }

    @BeforeEach
    void oneRow() {
        node.execute(List.of(Statement.of("DELETE FROM t"), Statement.of("INSERT INTO t VALUES (1)")));
    }

    @AfterAll
    static void close() {
        cluster.close();
    }

    @Test
    void aReadTransactionSeesOneStateAndTellsItsIndex() {
        long before = node.status().applied();
        String seen = node.readTransaction(tx -> {
            assertEquals(before, tx.index());
            long first = tx.query("SELECT x FROM t").single().getLong(0);
            node.execute("UPDATE t SET x = 2");
            assertEquals(2, node.query("SELECT x FROM t").single().getLong(0), "outside of it");
            try (RowStream rows = tx.stream("SELECT x FROM t")) {
                assertEquals(before, rows.index());
                return first + " " + rows.iterator().next().getLong(0);
            }
        });
        assertEquals("1 1", seen);
        assertEquals(
                2,
                node.readTransaction(
                                ReadOptions.linearizable(),
                                tx -> tx.query("SELECT x FROM t").single())
                        .getLong(0));
    }

    @Test
    void whatTheWorkThrowsComesThroughAndTheTransactionIsOver() {
        ReadTransaction[] kept = new ReadTransaction[1];
        assertThrows(
                IOException.class,
                () -> node.readTransaction(tx -> {
                    kept[0] = tx;
                    throw new IOException("mine");
                }));
        assertThrows(IllegalStateException.class, () -> kept[0].query("SELECT 1"));
        for (int i = 0; i < 3; i++) {
            assertThrows(
                    SqlException.class, () -> node.readTransaction(tx -> tx.query("SELECT nothing")), "and given back");
        }
        assertThrows(NotAQueryException.class, () -> node.readTransaction(tx -> tx.query("DELETE FROM t")));
        assertThrows(SqlException.class, () -> node.readTransaction(tx -> tx.query("COMMIT")));
        assertEquals(1, node.query("SELECT x FROM t").single().getLong(0));
    }

    @Test
    void aTransactionEndsAtItsTimeoutEvenWhileNothingIsAskedOfIt() {
        ReadOptions soon = ReadOptions.local().withTimeout(Duration.ofMillis(100));
        assertThrows(
                QueryTimeoutException.class,
                () -> node.readTransaction(soon, tx -> {
                    Awaitility.await().until(() -> {
                        try {
                            tx.query("SELECT 1");
                            return false;
                        } catch (QueryTimeoutException e) {
                            return true;
                        }
                    });
                    return tx.query("SELECT 1");
                }));
    }

    @Test
    void slowQueriesHoldUpNeitherWritesNorTheWaitingOnesThreads() {
        List<CompletableFuture<QueryResult>> slow = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            slow.add(node.queryAsync(PATIENT, Statement.of(ENDLESS)));
        }
        node.executeAsync("UPDATE t SET x = 7").join();
        try (RowStream rows =
                node.streamAsync(PATIENT, Statement.of("SELECT x FROM t")).join()) {
            assertEquals(7, rows.iterator().next().getLong(0));
        }
        long threads = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("wesdb-a-query"))
                .count();
        assertTrue(threads <= 3, threads + " threads for one reader and two open reads");
        slow.forEach(query -> query.cancel(true));
        assertEquals(7, node.query(PATIENT, "SELECT x FROM t").single().getLong(0));
    }

    @Test
    void aQueryThatWaitsForAReaderIsToldSoAtItsDeadline() {
        CompletableFuture<QueryResult> slow = node.queryAsync(PATIENT, Statement.of(ENDLESS));
        CompletionException e = assertThrows(
                CompletionException.class,
                node.queryAsync(ReadOptions.local().withTimeout(Duration.ofMillis(50)), Statement.of(ENDLESS))::join);
        WesDbException why = assertInstanceOf(WesDbException.class, e.getCause());
        assertTrue(
                why.code() == ErrorCode.OVERLOADED || why.code() == ErrorCode.TIMEOUT, "whichever came first: " + why);
        slow.cancel(true);
    }

    @Test
    void aCancelledStreamEndsItsQueryAndIsGivenBack() throws Exception {
        for (int i = 0; i < 5; i++) {
            CompletableFuture<RowStream> opening = node.streamAsync(PATIENT, Statement.of(ENDLESS));
            opening.cancel(true);
        }
        RowStream rows = node.stream(
                PATIENT,
                Statement.of("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)"
                        + " SELECT i FROM n WHERE i = 1 OR i < 0"));
        CompletableFuture<Void> pulling = CompletableFuture.runAsync(() ->
                assertThrows(QueryTimeoutException.class, () -> rows.iterator().hasNext()));
        rows.cancel();
        pulling.get(60, TimeUnit.SECONDS);
        rows.close();
        rows.cancel();
        assertEquals(1, node.query(PATIENT, "SELECT x FROM t").single().getLong(0));
    }

    /** The reader is somebody else's by then. */
    @Test
    void aStreamKeptBeyondItsTransactionIsOfNoUseAndDisturbsNobody() {
        List<RowStream> kept = new ArrayList<>();
        node.readTransaction(PATIENT, tx -> kept.add(tx.stream("SELECT x FROM t UNION ALL SELECT 2")));
        RowStream stream = kept.get(0);
        node.readTransaction(PATIENT, tx -> {
            stream.cancel();
            assertThrows(IllegalStateException.class, () -> stream.iterator().hasNext(), "not the end of its rows");
            stream.close();
            return tx.query("SELECT x FROM t").single();
        });
    }

    @Test
    void afterACancellationNoCallTakesTheRowsForComplete() {
        try (RowStream rows = node.stream(PATIENT, Statement.of("SELECT x FROM t UNION ALL SELECT 2"))) {
            rows.cancel();
            for (int i = 0; i < 2; i++) {
                assertThrows(QueryTimeoutException.class, () -> rows.iterator().hasNext());
            }
        }
    }

    @Test
    void streamsBeyondTheirBoundAreRefusedAndQueriesGoOn() {
        try (RowStream one = node.stream("SELECT x FROM t");
                RowStream two = node.stream("SELECT x FROM t")) {
            NotDoneException e = assertThrows(
                    NotDoneException.class,
                    () -> node.stream(
                            ReadOptions.local().withTimeout(Duration.ofMillis(20)), Statement.of("SELECT 1")));
            assertEquals(ErrorCode.OVERLOADED, e.code());
            assertEquals(1, node.query("SELECT x FROM t").single().getLong(0));
            assertEquals(one.index(), two.index());
        }
    }

    @Test
    void aResultThatIsNotStreamedIsBoundedInRows() {
        String rows = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT %d) SELECT i FROM n";
        assertEquals(100, node.query(rows.formatted(100)).size());
        assertThrows(TooLargeException.class, () -> node.query(rows.formatted(101)));
        try (RowStream stream = node.stream(rows.formatted(101))) {
            assertEquals(101, stream.stream().count());
        }
    }

    /** With one reader, the next query proves that it was given back. */
    @Test
    void aQueryWhoseHttpClientGoesAwayIsInterrupted() throws IOException {
        String[] address = String.valueOf(node.status().httpAddress()).split(":", 2);
        for (String accept : List.of("application/json", "application/x-ndjson", "application/x-ndjson")) {
            try (Socket client = new Socket(address[0], Integer.parseInt(address[1]))) {
                String body = "{\"timeoutMillis\": 100000, \"sql\": \"" + ENDLESS + "\"}";
                client.getOutputStream()
                        .write(("POST /query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: " + accept
                                        + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                                .getBytes(StandardCharsets.US_ASCII));
                client.getOutputStream().flush();
                Awaitility.await().until(() -> queryIsRunning());
            }
            Awaitility.await().until(() -> !queryIsRunning());
        }
        assertEquals(1, node.query(PATIENT, "SELECT x FROM t").single().getLong(0));
    }

    private static boolean queryIsRunning() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().startsWith("wesdb-a-query"))
                .flatMap(thread -> java.util.Arrays.stream(thread.getValue()))
                .anyMatch(frame -> frame.getClassName().endsWith("NativeDB"));
    }
}
