package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.Row;
import io.wesdb.internal.sqlite.ReaderPool.Use;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A read's index is that of the snapshot it saw, whatever is being applied meanwhile: sessions stand on it. */
@Timeout(60)
class ReadIndexTest {
    private static final int ENTRIES = 3_000;

    @TempDir
    Path directory;

    private TestNode node;
    private ReaderPool pool;

    @BeforeEach
    void open() {
        node = new TestNode(directory.resolve("r.db"));
        pool = node.readers(2);
    }

    @AfterEach
    void close() {
        pool.close();
        node.close();
    }

    private static long soon() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(50);
    }

    private Reader.Rows query(String sql, Object... values) {
        Reader reader = pool.acquire(Use.QUERY, soon());
        try {
            return reader.query(TestNode.sql(sql, values), TestNode.LIMITS, soon());
        } finally {
            pool.release(reader);
        }
    }

    /** Each entry writes its own index, so that what a read saw tells which index it saw. */
    private CompletableFuture<Void> writeInTheBackground(String sql) {
        return CompletableFuture.runAsync(() -> {
            for (int i = 0; i < ENTRIES; i++) {
                long next = node.replica().position().applied() + 1;
                node.apply(TestNode.command(TestNode.sql(sql, next)));
            }
        });
    }

    @Test
    void aReadsIndexIsExactlyThatOfItsSnapshotWhileEntriesAreApplied() {
        node.must("CREATE TABLE t (x INTEGER)", "INSERT INTO t VALUES (1)");
        CompletableFuture<Void> writing = writeInTheBackground("UPDATE t SET x = ?");
        long reads = 0;
        while (!writing.isDone()) {
            Reader.Rows one = query("SELECT x FROM t");
            assertEquals(one.index(), one.rows().get(0).getLong(0), "of a result with a row");
            reads++;
        }
        writing.join();
        assertTrue(reads > 10, "reads " + reads);
    }

    /** A statement without a row has let go of its snapshot before anybody can ask which one it was. */
    @Test
    void theIndexOfAnEmptyResultIsExactToo() {
        node.must("CREATE TABLE t (x INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)");
        CompletableFuture<Void> writing = writeInTheBackground("INSERT INTO t VALUES (?)");
        long empty = 0;
        while (!writing.isDone()) {
            long applied = node.replica().position().applied();
            // Empty only if the index that comes next was not seen.
            Reader.Rows rows = query("SELECT x FROM t WHERE x = ?", applied + 1);
            if (rows.rows().isEmpty()) {
                empty++;
                assertTrue(rows.index() <= applied, rows.index() + " of a read that did not see " + (applied + 1));
            } else {
                assertTrue(rows.index() > applied, rows.index() + " of a read that saw " + (applied + 1));
            }
            assertTrue(rows.index() >= applied, "never behind what was applied before");
        }
        writing.join();
        assertTrue(empty > 0);
    }

    /** Deferred foreign keys are checked at COMMIT, so each command of an entry gets a transaction of its own. */
    @Test
    void anEntryThatIsAppliedCommandByCommandCountsAsSeenFromItsFirstCommandOn() {
        node.must(
                "CREATE TABLE t (x INTEGER PRIMARY KEY)",
                "CREATE TABLE d (x REFERENCES t DEFERRABLE INITIALLY DEFERRED)",
                "INSERT INTO t VALUES (1)");
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < ENTRIES / 10; i++) {
                long next = node.replica().position().applied() + 1;
                node.apply(
                        TestNode.command(TestNode.sql("UPDATE t SET x = ?", next)),
                        TestNode.command(TestNode.sql("INSERT INTO d SELECT x FROM t WHERE 0")));
            }
        });
        while (!writing.isDone()) {
            Reader.Rows rows = query("SELECT x FROM t");
            assertEquals(rows.index(), rows.rows().get(0).getLong(0));
        }
        writing.join();
    }

    @Test
    void allQueriesOfATransactionSeeItsIndexWhateverIsWritten() {
        node.must("CREATE TABLE t (x INTEGER)", "INSERT INTO t VALUES (1)");
        CompletableFuture<Void> writing = writeInTheBackground("UPDATE t SET x = ?");
        while (!writing.isDone()) {
            Reader reader = pool.acquire(Use.OPEN_READ, soon());
            try {
                long index = reader.beginTransaction(soon());
                for (int i = 0; i < 3; i++) {
                    Reader.Rows rows = reader.query(TestNode.sql("SELECT x FROM t"), TestNode.LIMITS, soon());
                    assertEquals(index, rows.index());
                    assertEquals(index, rows.rows().get(0).getLong(0));
                }
            } finally {
                pool.release(reader);
            }
        }
        writing.join();
    }

    @Test
    void streamsMayBeNestedInATransactionEvenOfTheSameStatement() {
        node.must("CREATE TABLE t (x INTEGER)", "INSERT INTO t VALUES (1), (2), (3)");
        Reader reader = pool.acquire(Use.OPEN_READ, soon());
        long pairs = 0;
        reader.beginTransaction(soon());
        ReadCursor outer = reader.open(TestNode.sql("SELECT x FROM t"), ReadLimits.NONE, soon());
        for (Row row = outer.next(); row != null; row = outer.next()) {
            ReadCursor inner = reader.open(TestNode.sql("SELECT x FROM t"), ReadLimits.NONE, soon());
            while (inner.next() != null) {
                pairs++;
            }
        }
        ReadCursor left = reader.open(TestNode.sql("SELECT x FROM t"), ReadLimits.NONE, soon());
        assertEquals(1, left.next().getLong(0));
        pool.release(reader);
        assertEquals(9, pairs);

        node.must("DELETE FROM t");
        Reader again = pool.acquire(Use.OPEN_READ, soon());
        assertEquals(
                List.of(),
                again.query(TestNode.sql("SELECT x FROM t"), TestNode.LIMITS, soon())
                        .rows(),
                "nothing of the transaction is left on the connection");
        pool.release(again);
    }
}
