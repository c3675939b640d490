package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ClosedException;
import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.QueryTimeoutException;
import io.wesdb.SqlException;
import io.wesdb.TooLargeException;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.sqlite.ReaderPool.Use;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ReaderTest {
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    @TempDir
    Path directory;

    private TestNode node;
    private ReaderPool pool;

    @BeforeEach
    void open() {
        node = new TestNode(directory.resolve("r.db"), ZoneId.of("Asia/Tokyo"));
        node.must("CREATE TABLE t (id INTEGER PRIMARY KEY, x)", "INSERT INTO t VALUES (1, 'one'), (2, 'two')");
        pool = node.readers(2);
    }

    @AfterEach
    void close() {
        pool.close();
        node.close();
    }

    private static long in(long millis) {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private Reader.Rows query(String sql, Object... values) {
        Reader reader = pool.acquire(Use.QUERY, in(10_000));
        try {
            return reader.query(TestNode.sql(sql, values), TestNode.LIMITS, in(10_000));
        } finally {
            pool.release(reader);
        }
    }

    @Test
    void aQueryGivesItsRowsAndColumnsHoweverOftenItIsAsked() {
        for (int i = 0; i < 3; i++) {
            Reader.Rows rows = query("SELECT id, x AS name FROM t WHERE id >= ? ORDER BY id", 1L);
            assertEquals("[id, name]", rows.columns().toString());
            assertEquals("[{id=1, name=one}, {id=2, name=two}]", rows.rows().toString());
        }
        assertEquals("[x]", query("SELECT x FROM t WHERE 0").columns().toString());
    }

    @Test
    void aChangedSchemaIsSeenByAQueryCompiledBefore() {
        assertEquals("[id, x]", query("SELECT * FROM t").columns().toString());
        node.must("ALTER TABLE t ADD COLUMN y DEFAULT 5", "ALTER TABLE t RENAME COLUMN x TO z");
        assertEquals("[id, z, y]", query("SELECT * FROM t").columns().toString());
        assertEquals(3, query("SELECT * FROM t").rows().get(0).size());
        node.must("DROP TABLE t");
        assertThrows(SqlException.class, () -> query("SELECT * FROM t"));
        node.must("CREATE TABLE t (only)");
        node.must("VACUUM");
        assertEquals("[only]", query("SELECT * FROM t").columns().toString());
    }

    /** SQLite makes these from what the connection knows of the schema, and does not look whether that has changed. */
    @Test
    void whatTellsOfTheSchemaTellsOfThePresentOneHoweverOftenItWasAsked() {
        for (String sql : new String[] {
            "PRAGMA index_list(later)",
            "PRAGMA foreign_key_list(later)",
            "SELECT * FROM pragma_index_xinfo('later_x') WHERE cid >= 0",
            "SELECT name FROM pragma_table_list WHERE name = 'later'"
        }) {
            Reader reader = pool.acquire(Use.QUERY, in(10_000));
            assertEquals(
                    0,
                    reader.query(TestNode.sql(sql), TestNode.LIMITS, in(10_000))
                            .rows()
                            .size());
            node.must("CREATE TABLE later (x REFERENCES t(id))", "CREATE INDEX later_x ON later(x)");
            assertEquals(
                    1,
                    reader.query(TestNode.sql(sql), TestNode.LIMITS, in(10_000))
                            .rows()
                            .size(),
                    sql);
            pool.release(reader);
            node.must("DROP TABLE later");
        }
    }

    @Test
    void aRunningQueryKeepsItsSnapshot() {
        Reader reader = pool.acquire(Use.QUERY, in(10_000));
        ReadCursor rows = reader.open(TestNode.sql("SELECT id FROM t ORDER BY id"), TestNode.LIMITS, in(10_000));
        node.must("DELETE FROM t");
        assertEquals(1L, rows.next().get(0));
        assertEquals(2L, rows.next().get(0));
        assertNull(rows.next());
        assertNull(rows.next());
        pool.release(reader);
        assertEquals(0, query("SELECT id FROM t").rows().size());
    }

    @Test
    void aCheckpointThatAReaderHoldsUpIsNotDurable() {
        long before = node.replica().checkpoint();
        Reader reader = pool.acquire(Use.QUERY, in(10_000));
        ReadCursor rows = reader.open(TestNode.sql("SELECT id FROM t"), TestNode.LIMITS, in(10_000));
        node.must("INSERT INTO t VALUES (3, 'three')");
        node.must("INSERT INTO t VALUES (4, 'four')");
        assertEquals(before, node.replica().checkpoint());
        rows.close();
        assertEquals(before + 2, node.replica().checkpoint());
        pool.release(reader);
    }

    @Test
    void errorsCarrySqlitesCodeAndTheReaderWorksOn() {
        assertEquals(
                1,
                assertThrows(SqlException.class, () -> query("SELECT nothing")).sqliteCode());
        assertThrows(SqlException.class, () -> query("SELECT ?"));
        assertThrows(SqlException.class, () -> query("SELECT 1", 1L));
        assertThrows(SqlException.class, () -> query("SELECT abs(-9223372036854775808) FROM t"));
        assertEquals(1, query("SELECT 1").rows().size());
    }

    @Test
    void aResultBeyondTheBoundIsRefused() {
        Reader reader = pool.acquire(Use.QUERY, in(10_000));
        assertThrows(
                TooLargeException.class,
                () -> reader.query(TestNode.sql("SELECT zeroblob(1000)"), new ReadLimits(9, 1000), in(10_000)));
        assertEquals(
                1,
                reader.query(TestNode.sql("SELECT zeroblob(900)"), new ReadLimits(9, 1000), in(10_000))
                        .rows()
                        .size());
        pool.release(reader);
    }

    @Test
    void aQueryPastItsDeadlineIsInterruptedAndTheNextOneIsNot() {
        Reader reader = pool.acquire(Use.QUERY, in(10_000));
        for (int i = 0; i < 5; i++) {
            assertThrows(
                    QueryTimeoutException.class, () -> reader.query(TestNode.sql(ENDLESS), TestNode.LIMITS, in(30)));
            assertEquals(
                    2,
                    reader.query(TestNode.sql("SELECT * FROM t"), TestNode.LIMITS, in(10_000))
                            .rows()
                            .size());
        }
        assertThrows(
                QueryTimeoutException.class, () -> reader.query(TestNode.sql("SELECT 1"), TestNode.LIMITS, in(-1)));
        pool.release(reader);
    }

    @Test
    void aCursorPastItsDeadlineEnds() {
        Reader reader = pool.acquire(Use.QUERY, in(10_000));
        ReadCursor rows = reader.open(
                TestNode.sql("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"),
                ReadLimits.NONE,
                in(50));
        assertThrows(QueryTimeoutException.class, () -> {
            while (true) {
                assertNotNull(rows.next());
            }
        });
        pool.release(reader); // whose connection was closed, if the deadline came between two rows
        reader = pool.acquire(Use.QUERY, in(10_000));
        assertEquals(
                1,
                reader.query(TestNode.sql("SELECT 1"), TestNode.LIMITS, in(10_000))
                        .rows()
                        .size());
        pool.release(reader);
    }

    @Test
    void anInterruptFromElsewhereEndsTheQuery() {
        Reader reader = pool.acquire(Use.QUERY, in(30_000));
        CompletableFuture<Void> query =
                CompletableFuture.runAsync(() -> reader.query(TestNode.sql(ENDLESS), TestNode.LIMITS, in(30_000)));
        while (!query.isDone()) {
            reader.cancel();
            Thread.onSpinWait();
        }
        assertThrows(QueryTimeoutException.class, () -> {
            try {
                query.join();
            } catch (java.util.concurrent.CompletionException e) {
                throw e.getCause();
            }
        });
        pool.release(reader);
        assertEquals(1, query("SELECT 1").rows().size());
    }

    @Test
    void thereAreNoMoreReadersThanAllowed() {
        Reader first = pool.acquire(Use.QUERY, in(10_000));
        Reader second = pool.acquire(Use.QUERY, in(10_000));
        NotDoneException e = assertThrows(NotDoneException.class, () -> pool.acquire(Use.QUERY, in(20)));
        assertEquals(ErrorCode.OVERLOADED, e.code());
        CompletableFuture<Reader> waiting = CompletableFuture.supplyAsync(() -> pool.acquire(Use.QUERY, in(10_000)));
        pool.release(first);
        pool.release(first);
        pool.release(waiting.join());
        pool.release(second);
    }

    @Test
    void closingThePoolEndsQueriesAndLeavesTheConnectionsToTheirOwners() {
        Reader idle = pool.acquire(Use.QUERY, in(10_000));
        Reader busy = pool.acquire(Use.QUERY, in(10_000));
        pool.release(idle);
        CompletableFuture<Void> query = CompletableFuture.runAsync(() -> {
            try {
                busy.query(TestNode.sql(ENDLESS), TestNode.LIMITS, in(50_000));
            } finally {
                pool.release(busy);
            }
        });
        pool.close();
        pool.close();
        assertTrue(pool.awaitReleased(30_000));
        assertThrows(java.util.concurrent.CompletionException.class, query::join);
        assertThrows(ClosedException.class, () -> pool.acquire(Use.QUERY, in(10_000)));
    }

    @Test
    void aReaderHeldTooLongIsReported() {
        Reader held = pool.acquire(Use.QUERY, in(10_000));
        pool.close();
        assertFalse(pool.awaitReleased(20));
        pool.release(held);
        assertTrue(pool.awaitReleased(20));
    }

    @Test
    void localTimeIsTheClusters() {
        assertEquals(
                9 * 3600L,
                query("SELECT unixepoch('now', 'localtime') - unixepoch('now')")
                        .rows()
                        .get(0)
                        .get(0));
    }

    @Test
    void aMissingFileIsAClearFault() {
        ReplicaSettings missing = new ReplicaSettings(
                directory.resolve("missing.db"), "cluster", "lineage", true, ZoneId.of("UTC"), 4096, 1000);
        assertThrows(
                StorageException.class,
                () -> ReaderPool.open(
                        missing,
                        ReaderPoolSettings.of(1, 1, Duration.ofMinutes(1)),
                        new VisibleIndex(),
                        Clock.system(),
                        new TestLane()));
        assertFalse(directory.resolve("missing.db").toFile().exists());
    }

    @Test
    void aStatementThatWasCheckedForATableDoesNotReadSqlitesOwnWhenTheTableIsDropped() {
        String sql = "SELECT file FROM PRAGMA_database_list";
        node.must("CREATE TABLE pragma_database_list (file)");
        query(sql);
        query(sql);
        node.must("DROP TABLE pragma_database_list");
        assertThrows(SqlException.class, () -> query(sql));
        node.must("CREATE TABLE pragma_optimize (x)", "INSERT INTO pragma_optimize VALUES (1)");
        assertEquals(
                1L, query("SELECT x FROM \"pragma_optimize\"").rows().get(0).get(0));
        node.must("DROP TABLE pragma_optimize");
        assertThrows(SqlException.class, () -> query("SELECT x FROM \"pragma_optimize\""));
    }

    /** It would run over the end of the stack, and end the process. */
    @Test
    void aPatternOfManyWildcardsIsRefused() {
        String sql = "SELECT ?1 LIKE ?2";
        assertThrows(SqlException.class, () -> query(sql, "ab".repeat(16_000), "%a_".repeat(16_000)));
        assertEquals(
                1L,
                query(sql, "ab".repeat(2_000), "%a_".repeat(2_000))
                        .rows()
                        .get(0)
                        .get(0));
    }
}
