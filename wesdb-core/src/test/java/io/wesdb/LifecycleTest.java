package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starting, stopping, restarting and losing nodes. */
class LifecycleTest {
    @TempDir
    Path directory;

    /** Netty's own timer for ended groups lives for a second; everything else must be gone. */
    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.isAlive() && !thread.getName().startsWith("globalEventExecutor"))
                .map(Thread::getName)
                .collect(Collectors.toSet());
    }

    private static void assertNoThreadIsLeft(Set<String> before) {
        Awaitility.await("threads to end").atMost(20, TimeUnit.SECONDS).untilAsserted(() -> {
            Set<String> left = threads();
            left.removeAll(before);
            left.removeIf(name -> name.startsWith("awaitility") || name.startsWith("ForkJoinPool"));
            assertEquals(Set.of(), left);
        });
    }

    @Test
    void closingLeavesNoThreadAndASecondCloseDoesNothing() {
        Set<String> before = threads();
        WesDb db = WesDb.builder()
                .dbPath(directory.resolve("one.db"))
                .http("127.0.0.1", 0)
                .start();
        db.execute("CREATE TABLE t(x)");
        db.query("SELECT * FROM t");
        db.close();
        db.close();
        assertNoThreadIsLeft(before);
        assertThrows(ClosedException.class, () -> db.execute("DELETE FROM t"));
        assertThrows(ClosedException.class, () -> db.query("SELECT 1"));
    }

    @Test
    void closingEndsTheReadsThatWaitForAnIndex() throws Exception {
        WesDb db = WesDb.builder().dbPath(directory.resolve("one.db")).start();
        ReadOptions ahead = ReadOptions.atLeast(1_000_000).withTimeout(Duration.ofMinutes(10));
        CompletableFuture<QueryResult> waiting = db.queryAsync(ahead, Statement.of("SELECT 1"));
        CompletableFuture<QueryResult> blocked =
                CompletableFuture.supplyAsync(() -> db.query(ahead, Statement.of("SELECT 1")));
        db.close();
        for (CompletableFuture<QueryResult> read : List.of(waiting, blocked)) {
            ExecutionException e = assertThrows(ExecutionException.class, () -> read.get(20, TimeUnit.SECONDS));
            assertEquals(ClosedException.class, e.getCause().getClass());
        }
    }

    @Test
    void aSingleNodeKeepsItsDataAndItsIdOverARestart() {
        Path file = directory.resolve("one.db");
        String id;
        try (WesDb db = WesDb.builder().dbPath(file).start()) {
            db.executeScript("CREATE TABLE t(x); INSERT INTO t VALUES (42)");
            id = db.status().node();
        }
        try (WesDb db = WesDb.builder().dbPath(file).start()) {
            assertEquals(42, db.query("SELECT x FROM t").single().getLong(0));
            assertEquals(id, db.status().node());
            assertEquals(1, db.execute("INSERT INTO t VALUES (43)").rowsAffected());
        }
    }

    @Test
    void everyWriteTakenBeforeClosingIsStillDone() throws Exception {
        Path file = directory.resolve("one.db");
        int writes = 0;
        for (int round = 0; round < 5; round++) {
            List<CompletableFuture<WriteResult>> taken = new ArrayList<>();
            try (WesDb db = WesDb.builder()
                    .dbPath(file)
                    .requestTimeout(Duration.ofSeconds(60))
                    .closeTimeout(Duration.ofSeconds(60))
                    .start()) {
                db.execute("CREATE TABLE IF NOT EXISTS t(x)");
                for (int i = 0; i < 200; i++) {
                    taken.add(db.executeAsync("INSERT INTO t VALUES (?)", writes++));
                }
            }
            for (CompletableFuture<WriteResult> write : taken) {
                assertEquals(1, write.get(5, TimeUnit.SECONDS).rowsAffected());
            }
        }
        try (WesDb db = WesDb.builder().dbPath(file).start()) {
            assertEquals(
                    writes, db.query("SELECT count(DISTINCT x) FROM t").single().getLong(0));
        }
    }

    @Test
    void closingUnderLoadEndsInTimeAndEndsEveryWrite() throws Exception {
        Set<String> before = threads();
        try (TestCluster cluster = new TestCluster(directory)
                .with(builder -> builder.closeTimeout(Duration.ofSeconds(5)))
                .start(2)) {
            for (boolean leads : new boolean[] {false, true}) {
                String name = leads ? cluster.leader() : cluster.follower();
                WesDb node = cluster.node(name);
                node.execute("CREATE TABLE IF NOT EXISTS t(x)");
                List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
                for (int i = 0; i < 5_000; i++) {
                    writes.add(node.executeAsync("INSERT INTO t VALUES (?)", i));
                }
                long begun = System.nanoTime();
                cluster.stop(name);
                long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
                assertTrue(millis < 15_000, "closing took " + millis + " ms");
                for (CompletableFuture<WriteResult> write : writes) {
                    assertEnded(write);
                }
                cluster.start(name);
            }
        }
        assertNoThreadIsLeft(before);
    }

    private static void assertEnded(CompletableFuture<WriteResult> write) throws Exception {
        try {
            write.get(5, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            boolean known = e.getCause() instanceof ClosedException
                    || e.getCause() instanceof OutcomeUnknownException
                    || e.getCause() instanceof NotDoneException;
            assertTrue(known, String.valueOf(e.getCause()));
        }
    }

    @Test
    void whenTheLeaderLeavesTheOthersGoOnAndItComesBackWithoutHelp() {
        try (TestCluster cluster = new TestCluster(directory).start(3)) {
            String first = cluster.leader();
            cluster.node(first).execute("CREATE TABLE t(x INTEGER PRIMARY KEY, r DEFAULT (random()))");
            cluster.stop(first);
            WesDb other = cluster.nodes().values().iterator().next();
            for (int i = 0; i < 100; i++) {
                other.execute(
                        List.of(Statement.of("INSERT INTO t(x) VALUES (?)", i)),
                        WriteOptions.defaults().withTimeout(Duration.ofSeconds(30)));
            }
            WesDb back = cluster.start(first);
            List<Row> expected = other.query("SELECT * FROM t").rows();
            assertEquals(100, expected.size());
            assertEquals(expected, back.query("SELECT * FROM t").rows(), "it serves only once it has caught up");
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void writersSeeNoLossWhileLeadersLeaveOneAfterAnother() throws Exception {
        try (TestCluster cluster = new TestCluster(directory)
                .with(builder -> builder.requestTimeout(Duration.ofSeconds(60)))
                .start(3)) {
            cluster.node("a").execute("CREATE TABLE t(x INTEGER)");
            WesDb steady = cluster.node(cluster.follower());
            String steadyName = steady.status().node();
            AtomicBoolean stop = new AtomicBoolean();
            AtomicLong done = new AtomicLong();
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            for (int w = 0; w < 8; w++) {
                writers.add(CompletableFuture.runAsync(() -> {
                    while (!stop.get()) {
                        steady.execute("INSERT INTO t VALUES (?)", done.incrementAndGet());
                    }
                }));
            }
            for (int i = 0; i < 4; i++) {
                String leader = cluster.leader();
                long before = done.get();
                if (!leader.equals(steadyName)) {
                    cluster.stop(leader);
                    cluster.leader();
                    cluster.start(leader);
                }
                Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> done.get() > before + 100);
            }
            stop.set(true);
            for (CompletableFuture<Void> writer : writers) {
                writer.get(60, TimeUnit.SECONDS);
            }
            for (WesDb node : cluster.nodes().values()) {
                Row found = node.query(ReadOptions.linearizable(), "SELECT count(*), count(DISTINCT x) FROM t")
                        .single();
                assertEquals(done.get(), found.getLong(0), "every acknowledged write once");
                assertEquals(done.get(), found.getLong(1));
            }
        }
    }
}
