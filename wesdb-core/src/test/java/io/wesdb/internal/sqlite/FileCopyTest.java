package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.sqlite.FileCopy.Outcome;
import io.wesdb.testing.ContentsOf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A copy of a file that is written to meanwhile. */
@Timeout(60)
class FileCopyTest {
    private static final int STEP_BYTES = 256 * 1024;
    private static final String FILL = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<250)"
            + " INSERT INTO t(b) SELECT randomblob(4000) FROM n";

    @TempDir
    Path directory;

    private TestNode node(String name, int megabytes) {
        TestNode node = new TestNode(directory.resolve(name));
        node.must("CREATE TABLE t(id INTEGER PRIMARY KEY, b)", "CREATE TABLE u(x)");
        for (int i = 0; i < megabytes; i++) {
            node.must(FILL);
        }
        return node;
    }

    @Test
    void aCopyMadeInStepsIsOfOneCommitAndTheWriterIsNotHeldUp() throws Exception {
        try (TestNode node = node("db", 4)) {
            List<String> before = node.contents();
            long index = node.replica().position().applied();
            Path target = directory.resolve("copy");
            CountDownLatch inTheMiddle = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            AtomicInteger steps = new AtomicInteger();
            CompletableFuture<FileCopy.Result> copy = CompletableFuture.supplyAsync(() ->
                    FileCopy.copy(node.path, target, 0, STEP_BYTES, (copied, total) -> {
                        if (steps.incrementAndGet() == 3) {
                            inTheMiddle.countDown();
                            await(goOn);
                        }
                        return true;
                    }));
            await(inTheMiddle);

            long longest = 0;
            for (int i = 0; i < 50; i++) {
                long start = System.nanoTime();
                node.must("UPDATE t SET b=randomblob(3000) WHERE id%50=" + i, "INSERT INTO u VALUES (" + i + ")");
                node.replica().checkpoint();
                longest = Math.max(longest, System.nanoTime() - start);
            }
            assertTrue(longest < 2_000_000_000L, "a commit took " + longest / 1_000_000 + " ms");
            assertFalse(copy.isDone());
            goOn.countDown();

            assertEquals(new FileCopy.Result(Outcome.COPIED, index), copy.get(20, TimeUnit.SECONDS));
            assertTrue(before.equals(ContentsOf.file(target)), "of the commit at which it began");
            long size = Files.size(target);
            assertEquals((size + STEP_BYTES - 1) / STEP_BYTES, steps.get(), "it was not begun anew");
        }
    }

    @Test
    void manyCommitsBetweenStepsDoNotMakeItBeginAnew() throws Exception {
        try (TestNode node = node("db", 4)) {
            List<String> before = node.contents();
            AtomicInteger steps = new AtomicInteger();
            Path target = directory.resolve("copy");
            FileCopy.copy(node.path, target, 0, STEP_BYTES, (copied, total) -> {
                node.must("DELETE FROM t WHERE id%40=" + steps.incrementAndGet(), FILL, "PRAGMA user_version=7");
                return steps.get() < 100;
            });
            assertTrue(before.equals(ContentsOf.file(target)), "of the commit at which it began");
        }
    }

    @Test
    void theCopyHasTheSamePositionAndSchemaVersion() throws Exception {
        try (TestNode node = node("db", 1)) {
            node.must("CREATE TABLE v(x)", "CREATE INDEX i ON v(x)");
            Path target = directory.resolve("copy");
            FileCopy.copy(node.path, target, 0, STEP_BYTES, (copied, total) -> true);
            assertEquals(schemaVersion(node.path), schemaVersion(target));
            try (TestNode copy = new TestNode(target)) {
                assertEquals(node.replica().position(), copy.replica().position());
            }
        }
    }

    private static int schemaVersion(Path path) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path);
                Statement statement = connection.createStatement();
                ResultSet version = statement.executeQuery("PRAGMA schema_version")) {
            return version.getInt(1);
        }
    }

    @Test
    void anAbandonedCopyEndsAtOnceAndLeavesNothing() throws Exception {
        try (TestNode node = node("db", 8)) {
            AtomicInteger steps = new AtomicInteger();
            FileCopy.Result result = FileCopy.copy(
                    node.path,
                    directory.resolve("copy"),
                    0,
                    STEP_BYTES,
                    (copied, total) -> steps.incrementAndGet() < 3);
            assertEquals(Outcome.ABANDONED, result.outcome());
            assertEquals(3, steps.get());
            assertEquals(List.of("db", "db-shm", "db-wal"), files());
            node.must(FILL); // and nothing is locked
        }
    }

    @Test
    void anObserverThatFailsAbandonsTheCopyAndIsHeardOf() throws Exception {
        try (TestNode node = node("db", 4)) {
            assertThrows(
                    IllegalStateException.class,
                    () -> FileCopy.copy(node.path, directory.resolve("copy"), 0, STEP_BYTES, (copied, total) -> {
                        throw new AssertionError("on purpose");
                    }));
            assertEquals(List.of("db", "db-shm", "db-wal"), files());
        }
    }

    @Test
    void aFileThatIsBehindIsNotCopied() throws Exception {
        try (TestNode node = node("db", 1)) {
            long index = node.replica().position().applied();
            FileCopy.Result result =
                    FileCopy.copy(node.path, directory.resolve("copy"), index + 1, STEP_BYTES, (copied, total) -> true);
            assertEquals(new FileCopy.Result(Outcome.BEHIND, index), result);
            assertEquals(List.of("db", "db-shm", "db-wal"), files());
        }
    }

    @Test
    void namesMayHaveCharactersThatMeanSomethingInAUri() {
        try (TestNode node = node("a %41 b?c#ü", 1)) {
            Path target = directory.resolve("a %41 b?c#ü-snapshot-1");
            assertEquals(
                    Outcome.COPIED,
                    FileCopy.copy(node.path, target, 0, STEP_BYTES, (copied, total) -> true)
                            .outcome());
            assertEquals(node.contents(), ContentsOf.file(target));
        }
    }

    private List<String> files() throws Exception {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
