package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.QueryTimeoutException;
import io.wesdb.TooLargeException;
import io.wesdb.internal.sqlite.ReaderPool.Use;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a read may hold, and for how long: past that it is ended, and the next reader finds nothing of it (I12). */
@Timeout(60)
class ReaderLimitsTest {
    private static final String ROWS =
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT i, x FROM n, t";

    @TempDir
    Path directory;

    private TestNode node;
    private ReaderPool pool;

    @BeforeEach
    void open() {
        node = new TestNode(directory.resolve("r.db"));
        node.must(
                "CREATE TABLE t (x)",
                "INSERT INTO t VALUES ('one')",
                "CREATE TABLE many AS WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 30000)"
                        + " SELECT hex(randomblob(20)) AS text FROM n");
        pool = node.readers(1);
    }

    @AfterEach
    void close() {
        pool.close();
        node.close();
    }

    private static long in(long millis) {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private void use(ReaderPoolSettings settings) {
        pool.close();
        pool = node.readers(settings);
    }

    private void assertFit() {
        Reader reader = pool.acquire(Use.QUERY, in(30_000));
        try {
            assertEquals(
                    "[{x=one}]",
                    reader.query(TestNode.sql("SELECT x FROM t"), TestNode.LIMITS, in(30_000))
                            .rows()
                            .toString());
        } finally {
            pool.release(reader);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
                "SELECT count(*) FROM many a, many b, many c",
                "SELECT a.text FROM many a, many b ORDER BY a.text || b.text LIMIT 1",
                "SELECT count(*) FROM (SELECT DISTINCT a.text || b.text FROM many a, many b)",
                "SELECT sum(x) OVER (ORDER BY y) FROM (SELECT a.rowid AS x, b.text AS y FROM many a, many b)",
                "SELECT count(*) FROM many a, many b WHERE a.text || b.text LIKE '%no%such%text%at%all%!'"
            })
    void whateverKeepsSqliteBusyIsInterruptedAtItsDeadlineAndTheConnectionIsFitForTheNext(String sql) {
        Reader reader = pool.acquire(Use.QUERY, in(30_000));
        QueryTimeoutException e = assertThrows(
                QueryTimeoutException.class, () -> reader.query(TestNode.sql(sql), TestNode.LIMITS, in(50)));
        assertEquals("the query took too long and was interrupted", e.getMessage());
        pool.release(reader);
        assertFit();
    }

    @Test
    void aCancellationThatComesBeforeTheQueryHasBegunIsNotLost() {
        Reader reader = pool.acquire(Use.QUERY, in(30_000));
        reader.cancel();
        QueryTimeoutException e = assertThrows(
                QueryTimeoutException.class, () -> reader.query(TestNode.sql("SELECT 1"), TestNode.LIMITS, in(30_000)));
        assertEquals("the query was cancelled", e.getMessage());
        pool.release(reader);
        assertFit();
    }

    /** One interrupt only, at whatever moment: SQLite forgets one that comes before it runs, so it must be repeated. */
    @Test
    void aQueryIsCancelledBySayingSoOnceAtAnyMoment() {
        for (int i = 0; i < 50; i++) {
            Reader reader = pool.acquire(Use.QUERY, in(30_000));
            CompletableFuture<Void> begun = new CompletableFuture<>();
            int spins = i * 200;
            CompletableFuture<Void> query = CompletableFuture.runAsync(() -> {
                begun.complete(null);
                assertThrows(
                        QueryTimeoutException.class,
                        () -> reader.query(
                                TestNode.sql("SELECT count(*) FROM many a, many b, many c"),
                                TestNode.LIMITS,
                                in(50_000)));
            });
            begun.join();
            for (int spin = 0; spin < spins; spin++) {
                Thread.onSpinWait();
            }
            reader.cancel();
            query.join();
            pool.release(reader);
        }
        assertFit();
    }

    @Test
    void aStreamThatNobodyPullsLetsGoOfItsSnapshotAtItsDeadline() {
        Reader reader = pool.acquire(Use.OPEN_READ, in(30_000));
        ReadCursor stream = reader.open(TestNode.sql(ROWS), ReadLimits.NONE, in(50));
        node.must("UPDATE t SET x = 'two'");
        Awaitility.await()
                .untilAsserted(() -> assertEquals(
                        node.replica().position().applied(), node.replica().checkpoint()));
        QueryTimeoutException e = assertThrows(QueryTimeoutException.class, stream::next);
        assertEquals("the query took too long and was interrupted", e.getMessage());
        assertThrows(QueryTimeoutException.class, () -> reader.query(TestNode.sql("SELECT 1"), ReadLimits.NONE, in(9)));
        Reader next = pool.acquire(Use.OPEN_READ, in(30_000));
        pool.release(reader);
        assertThrows(
                NotDoneException.class,
                () -> pool.acquire(Use.OPEN_READ, in(10)),
                "what is given back late counts not");
        pool.release(next);
    }

    @Test
    void aSnapshotIsNotHeldLongerThanAllowedWhateverTheReadsOwnDeadline() {
        use(new ReaderPoolSettings(1, 1, Duration.ofMillis(100), Duration.ofMinutes(1)));
        Reader pulled = pool.acquire(Use.QUERY, in(30_000));
        QueryTimeoutException running = assertThrows(
                QueryTimeoutException.class,
                () -> pulled.query(
                        TestNode.sql("SELECT count(*) FROM many a, many b, many c"), TestNode.LIMITS, in(50_000)));
        assertTrue(running.getMessage().contains("PT0.1S"), running.getMessage());
        assertTrue(running.getMessage().contains("maxSnapshotAge"), running.getMessage());
        pool.release(pulled);

        Reader idle = pool.acquire(Use.OPEN_READ, in(30_000));
        idle.beginTransaction(in(50_000));
        Awaitility.await().until(() -> idle.guard().isRetired());
        QueryTimeoutException left = assertThrows(
                QueryTimeoutException.class, () -> idle.query(TestNode.sql("SELECT 1"), ReadLimits.NONE, in(50_000)));
        assertTrue(left.getMessage().contains("maxSnapshotAge"), left.getMessage());
        pool.release(idle);
        assertFit();
    }

    @Test
    void readsWhoseSnapshotsHoldUpTheWriteAheadLogAreCutOffAndYoungOnesAreNot() {
        Reader old = pool.acquire(Use.OPEN_READ, in(30_000));
        ReadCursor stream = old.open(TestNode.sql(ROWS), ReadLimits.NONE, in(50_000));
        pool.cutSnapshots(1_000_000);
        assertNotNull(stream.next());
        Awaitility.await().until(() -> {
            pool.cutSnapshots(100);
            return old.guard().isRetired();
        });
        QueryTimeoutException e = assertThrows(QueryTimeoutException.class, stream::next);
        assertTrue(e.getMessage().contains("maxWalBytes"), e.getMessage());
        pool.release(old);
        Reader young = pool.acquire(Use.OPEN_READ, in(30_000));
        ReadCursor begun = young.open(TestNode.sql(ROWS), ReadLimits.NONE, in(50_000));
        pool.cutSnapshots(1_000_000);
        assertNotNull(begun.next());
        pool.release(young);
    }

    @Test
    void openReadsAndQueriesDoNotTakeEachOthersTurn() {
        Reader stream = pool.acquire(Use.OPEN_READ, in(30_000));
        NotDoneException e = assertThrows(NotDoneException.class, () -> pool.acquire(Use.OPEN_READ, in(10)));
        assertEquals(ErrorCode.OVERLOADED, e.code());
        assertTrue(e.getMessage().contains("maxOpenReads"), e.getMessage());
        assertFit();
        Reader query = pool.acquire(Use.QUERY, in(30_000));
        assertTrue(assertThrows(NotDoneException.class, () -> pool.acquire(Use.QUERY, in(10)))
                .getMessage()
                .contains("maxReaders"));
        pool.release(stream);
        pool.release(query);
    }

    @Test
    void aTurnThatIsGivenUpGoesToTheNextWhetherOrNotItHadCome() {
        Reader holder = pool.acquire(Use.QUERY, in(30_000));
        CompletableFuture<Void> first = pool.turn(Use.QUERY);
        CompletableFuture<Void> second = pool.turn(Use.QUERY);
        CompletableFuture<Void> third = pool.turn(Use.QUERY);
        pool.giveUp(Use.QUERY, first);
        pool.release(holder);
        second.join();
        assertTrue(!third.isDone() && !first.isDone());
        pool.giveUp(Use.QUERY, second);
        third.join();
        pool.release(pool.take(Use.QUERY));
        assertFit();
    }

    @Test
    void connectionsThatNobodyNeedsAreClosed() {
        use(new ReaderPoolSettings(3, 3, Duration.ofMinutes(1), Duration.ofMillis(50)));
        Reader one = pool.acquire(Use.QUERY, in(30_000));
        Reader two = pool.acquire(Use.QUERY, in(30_000));
        assertEquals(2, pool.openConnections());
        pool.release(two);
        Awaitility.await().until(() -> pool.openConnections() == 1);
        pool.release(one);
        Awaitility.await().until(() -> pool.openConnections() == 0);
        assertFit();
    }

    @Test
    void renewedReadersAreOtherConnectionsAndThoseInUseEndWhatTheyDo() {
        Reader before = pool.acquire(Use.QUERY, in(30_000));
        ReadCursor stream = before.open(TestNode.sql(ROWS), ReadLimits.NONE, in(30_000));
        pool.renew();
        assertNotNull(stream.next());
        pool.release(before);
        assertEquals(0, pool.openConnections());
        assertFit();
        pool.renew();
        assertEquals(0, pool.openConnections());
    }

    @Test
    void aResultWithTooManyRowsIsRefused() {
        Reader reader = pool.acquire(Use.QUERY, in(30_000));
        TooLargeException e = assertThrows(
                TooLargeException.class,
                () -> reader.query(
                        TestNode.sql("SELECT 1 FROM many"), new ReadLimits(29_999, Long.MAX_VALUE), in(30_000)));
        assertEquals("the result is larger than 29999 rows", e.getMessage());
        assertEquals(
                30_000,
                reader.query(TestNode.sql("SELECT 1 FROM many"), new ReadLimits(30_000, Long.MAX_VALUE), in(30_000))
                        .rows()
                        .size());
        pool.release(reader);
    }

    /** Compiled statements are kept, and what was bound to them would be as long. */
    @Test
    void aStatementThatIsKeptDoesNotKeepTheLargeValuesItWasGiven() throws SQLException {
        var connection = Connections.openReader(node.settings);
        try (NativeStatement statement = NativeStatement.prepare(connection, "SELECT length(?)")) {
            assertTrue(statement.execute(List.of(new byte[1 << 20])));
            assertEquals(1 << 20, statement.integer(0));
            statement.reset();
            assertTrue(statement.execute());
            assertEquals(null, statement.value(0));
        } finally {
            Connections.closeQuietly(connection);
        }
    }

    /** A row may have thousands of values, each as large as a value may be: in memory they would be no node's to have. */
    @Test
    void ofARowThatIsTooLargeNoMoreIsTakenIntoMemoryThanIsAllowed() {
        String row = "SELECT " + String.join(", ", Collections.nCopies(64, "zeroblob(1000000)"));
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Reader reader = pool.acquire(Use.QUERY, in(30_000));
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThrows(TooLargeException.class, () -> reader.query(TestNode.sql(row), TestNode.LIMITS, in(60_000)));
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 16_000_000, allocated + " bytes");
        pool.release(reader);
        assertFit();
    }
}
