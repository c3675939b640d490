package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ClosedException;
import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.internal.sqlite.ReaderPool.Use;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No read connection is left when a node puts another file in place, whatever its readers do. */
@Timeout(60)
class ReaderSuspensionTest {
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    private static final String ROWS =
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT i, x FROM n, t";

    @TempDir
    Path directory;

    private TestNode node;
    private ReaderPool pool;

    @BeforeEach
    void open() {
        node = new TestNode(directory.resolve("a.db"));
        node.must("CREATE TABLE t (x)", "INSERT INTO t VALUES ('old')");
        pool = node.readers(3);
    }

    @AfterEach
    void close() {
        pool.close();
        node.close();
    }

    private static long soon() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(50);
    }

    private Reader.Rows query(String sql) {
        Reader reader = pool.acquire(Use.QUERY, soon());
        try {
            return reader.query(TestNode.sql(sql), TestNode.LIMITS, soon());
        } finally {
            pool.release(reader);
        }
    }

    private static void assertNotReady(Runnable call) {
        NotDoneException e = assertThrows(NotDoneException.class, call::run);
        assertEquals(ErrorCode.NOT_READY, e.code());
    }

    private boolean isOpenByThisProcess(Path path) throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.anyMatch(fd -> {
                try {
                    return Files.readSymbolicLink(fd).toString().startsWith(path.toString());
                } catch (IOException e) {
                    return false;
                }
            });
        }
    }

    @Test
    void aStreamThatNobodyPullsIsClosedAndItsOwnerToldSo() throws IOException {
        Reader reader = pool.acquire(Use.QUERY, soon());
        ReadCursor stream = reader.open(TestNode.sql(ROWS), ReadLimits.NONE, soon());
        assertNotNull(stream.next());
        Reader idle = pool.acquire(Use.QUERY, soon());
        pool.release(idle);
        pool.suspend().join();
        node.replica().close();
        if (Files.isDirectory(Path.of("/proc/self/fd"))) {
            assertFalse(isOpenByThisProcess(node.path), "nothing has the file open");
        }
        assertFalse(Files.exists(Path.of(node.path + "-wal")), "the last connection has taken the log away");
        assertNotReady(stream::next);
        stream.close();
        reader.cancel();
        assertNotReady(() -> reader.query(TestNode.sql("SELECT 1"), TestNode.LIMITS, soon()));
        pool.release(reader);
        pool.release(reader);
    }

    @Test
    void aQueryUnderWayIsInterruptedAndItsThreadClosesItsConnection() {
        CompletableFuture<Void> acquired = new CompletableFuture<>();
        CompletableFuture<Reader.Rows> query = CompletableFuture.supplyAsync(() -> {
            Reader reader = pool.acquire(Use.QUERY, soon());
            acquired.complete(null);
            try {
                return reader.query(TestNode.sql(ENDLESS), TestNode.LIMITS, soon());
            } finally {
                pool.release(reader);
            }
        });
        acquired.join();
        pool.suspend().join();
        NotDoneException e = assertInstanceOf(
                NotDoneException.class,
                assertThrows(CompletionException.class, query::join).getCause());
        assertEquals(ErrorCode.NOT_READY, e.code());
    }

    @Test
    void aSuspendedPoolTakesNoReaderAndAResumedOneReadsTheNewFile() throws IOException {
        CompletableFuture<Void> suspended = pool.suspend();
        assertSame(suspended, pool.suspend());
        suspended.join();
        assertNotReady(() -> pool.acquire(Use.QUERY, soon()));
        node.replica().close();
        Files.delete(node.path);
        try (TestNode other = new TestNode(directory.resolve("other.db"))) {
            other.must("CREATE TABLE t (x)", "INSERT INTO t VALUES ('new')");
            other.replica().checkpoint();
        }
        Files.move(directory.resolve("other.db"), node.path);
        assertNotReady(() -> pool.acquire(Use.QUERY, soon()));
        node.restart();
        pool.resume();
        assertEquals("[{x=new}]", query("SELECT x FROM t").rows().toString());
        List<Reader> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(pool.acquire(Use.QUERY, soon()));
        }
        assertThrows(NotDoneException.class, () -> pool.acquire(Use.QUERY, System.nanoTime()), "three and no more");
        all.forEach(pool::release);
    }

    @Test
    void anOwnerWhoComesBackLateDoesNotDisturbTheResumedPool() {
        Reader reader = pool.acquire(Use.QUERY, soon());
        ReadCursor stream = reader.open(TestNode.sql(ROWS), ReadLimits.NONE, soon());
        pool.suspend().join();
        pool.resume();
        Reader first = pool.acquire(Use.QUERY, soon());
        Reader second = pool.acquire(Use.QUERY, soon());
        Reader third = pool.acquire(Use.QUERY, soon());
        assertNotReady(stream::next);
        pool.release(reader);
        assertThrows(NotDoneException.class, () -> pool.acquire(Use.QUERY, System.nanoTime()), "no fourth connection");
        assertEquals(
                1,
                first.query(TestNode.sql("SELECT x FROM t"), TestNode.LIMITS, soon())
                        .rows()
                        .size());
        List.of(first, second, third).forEach(pool::release);
    }

    @Test
    void aStreamReadToItsEndBeforeEndsAsUsual() {
        Reader reader = pool.acquire(Use.QUERY, soon());
        ReadCursor stream = reader.open(TestNode.sql("SELECT x FROM t"), ReadLimits.NONE, soon());
        assertNotNull(stream.next());
        pool.suspend().join();
        assertNull(stream.next());
        stream.close();
        pool.release(reader);
    }

    @Test
    void aSuspendedPoolCanBeClosed() {
        pool.suspend().join();
        pool.close();
        assertTrue(pool.awaitReleased(0));
        assertThrows(ClosedException.class, () -> pool.acquire(Use.QUERY, soon()));
    }

    /** Pulled, left and released at every moment: neither a crash nor a wrong error, nor a connection that stays. */
    @Test
    void suspendingAndResumingUnderLoadLeavesNoConnectionBehind() {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong rows = new AtomicLong();
        List<CompletableFuture<Void>> users = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            boolean stream = i % 2 == 0;
            users.add(CompletableFuture.runAsync(
                    () -> {
                        while (!stop.get()) {
                            try {
                                Reader reader = pool.acquire(Use.QUERY, soon());
                                try {
                                    if (stream) {
                                        ReadCursor cursor = reader.open(TestNode.sql(ROWS), ReadLimits.NONE, soon());
                                        while (cursor.next() != null && !stop.get()) {
                                            rows.incrementAndGet();
                                        }
                                    } else {
                                        rows.addAndGet(
                                                reader.query(TestNode.sql("SELECT x FROM t"), TestNode.LIMITS, soon())
                                                        .rows()
                                                        .size());
                                    }
                                } finally {
                                    pool.release(reader);
                                }
                            } catch (NotDoneException e) {
                                assertEquals(ErrorCode.NOT_READY, e.code());
                                Thread.onSpinWait();
                            }
                        }
                    },
                    work -> {
                        Thread thread = new Thread(work, "user");
                        thread.setDaemon(true);
                        thread.start();
                    }));
        }
        for (int i = 0; i < 100; i++) {
            long before = rows.get();
            while (rows.get() < before + 10) {
                Thread.onSpinWait();
            }
            pool.suspend().join();
            node.restart();
            pool.resume();
        }
        stop.set(true);
        users.forEach(CompletableFuture::join);
    }
}
