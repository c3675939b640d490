package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A session never goes back and always sees its own writes, on whichever node it goes on. */
@Timeout(120)
class SessionTest {
    private static final ReadOptions PATIENT = ReadOptions.local().withTimeout(Duration.ofSeconds(30));

    @TempDir
    Path directory;

    /** Its own counter, which it alone raises, and everybody's, which may only grow. */
    private static final class Hopper {
        private final long id;
        private final Random random;
        private long index;
        private long own;
        /** Writes of which it was not told whether they happened, as can be when a node closes under them. */
        private long unknown;

        private long common;

        /** @param index from which on there is something to hop over: a session that has seen nothing may see less */
        Hopper(long id, long index) {
            this.id = id;
            this.index = index;
            this.random = new Random(id);
        }

        void step(WesDb node) {
            Session session = node.session(index);
            try {
                step(session);
            } finally {
                assertTrue(session.index() >= index);
                index = session.index(); // of a write, even if the read after it fails
            }
        }

        private void step(Session session) {
            if (random.nextInt(3) == 0) {
                List<Statement> raise = List.of(
                        Statement.of("UPDATE counter SET n = n + 1 WHERE id = ?", id),
                        Statement.of("UPDATE counter SET n = n + 1 WHERE id = 0"));
                try {
                    session.execute(raise, WriteOptions.defaults().withTimeout(Duration.ofSeconds(30)));
                    own++;
                } catch (OutcomeUnknownException e) {
                    unknown++;
                }
            }
            long[] read = read(session);
            assertTrue(
                    read[0] >= own && read[0] <= own + unknown,
                    "session " + id + " sees " + read[0] + " of its " + own + " writes at " + session.index());
            assertTrue(read[1] >= common, "session " + id + " went back from " + common + " to " + read[1]);
            common = read[1];
        }

        private long[] read(Session session) {
            String sql = "SELECT (SELECT n FROM counter WHERE id = ?), (SELECT n FROM counter WHERE id = 0)";
            Row row = switch (random.nextInt(4)) {
                case 0 -> session.query(PATIENT, Statement.of(sql, id)).single();
                case 1 ->
                    session.queryAsync(PATIENT, Statement.of(sql, id)).join().single();
                case 2 ->
                    session.readTransaction(PATIENT, tx -> tx.query(sql, id).single());
                default -> {
                    try (RowStream rows = session.stream(PATIENT, Statement.of(sql, id))) {
                        yield rows.iterator().next();
                    }
                }
            };
            return new long[] {row.getLong(0), row.getLong(1)};
        }
    }

    @Test
    void sessionsThatHopOverAllNodesSeeTheirOwnWritesAndNeverGoBackWhileLeadersChange() throws Exception {
        try (TestCluster cluster = new TestCluster(directory).start(3)) {
            cluster.node("a").execute("CREATE TABLE counter(id INTEGER PRIMARY KEY, n INTEGER)");
            long index = cluster.node("a")
                    .execute("INSERT INTO counter VALUES (0, 0), (1, 0), (2, 0), (3, 0), (4, 0)")
                    .index();
            List<Hopper> hoppers =
                    List.of(new Hopper(1, index), new Hopper(2, index), new Hopper(3, index), new Hopper(4, index));
            AtomicBoolean stop = new AtomicBoolean();
            AtomicLong steps = new AtomicLong();
            List<CompletableFuture<Void>> hopping = new ArrayList<>();
            for (Hopper hopper : hoppers) {
                hopping.add(CompletableFuture.runAsync(
                        () -> {
                            while (!stop.get()) {
                                List<WesDb> nodes = new ArrayList<>(cluster.present());
                                try {
                                    hopper.step(nodes.get(hopper.random.nextInt(nodes.size())));
                                    steps.incrementAndGet();
                                } catch (ClosedException e) {
                                    continue; // the node that was stopped; a write was not done then
                                } catch (CompletionException e) {
                                    assertInstanceOf(ClosedException.class, e.getCause());
                                }
                            }
                        },
                        work -> {
                            Thread thread = new Thread(work, "hopper");
                            thread.setDaemon(true);
                            thread.start();
                        }));
            }
            for (int change = 0; change < 2; change++) {
                awaitSteps(steps, 100, hopping);
                cluster.stop(cluster.leader());
                awaitSteps(steps, 100, hopping);
                cluster.start(List.of("a", "b", "c").stream()
                        .filter(name -> !cluster.nodes().containsKey(name))
                        .findFirst()
                        .orElseThrow());
            }
            awaitSteps(steps, 100, hopping);
            stop.set(true);
            hopping.forEach(CompletableFuture::join);
            long written = hoppers.stream().mapToLong(hopper -> hopper.own).sum();
            long unknown = hoppers.stream().mapToLong(hopper -> hopper.unknown).sum();
            long there = cluster.node("a")
                    .query(ReadOptions.linearizable(), "SELECT n FROM counter WHERE id = 0")
                    .single()
                    .getLong(0);
            assertTrue(there >= written && there <= written + unknown, there + " of " + written + " and " + unknown);
        }
    }

    private static void awaitSteps(AtomicLong steps, long more, List<CompletableFuture<Void>> hopping) {
        long target = steps.get() + more;
        org.awaitility.Awaitility.await()
                .atMost(60, TimeUnit.SECONDS)
                .until(() -> steps.get() >= target
                        || hopping.stream().anyMatch(CompletableFuture::isCompletedExceptionally));
    }

    @Test
    void aSessionThatHasSeenMoreThanItsNodeWaitsAndIsToldSoInTheEnd() throws Exception {
        try (TestCluster cluster = new TestCluster(directory).start(1)) {
            WesDb node = cluster.node("a");
            node.execute("CREATE TABLE t(x)");
            long ahead = node.status().applied() + 1;
            Session session = node.session(ahead);
            NotDoneException e = assertThrows(
                    NotDoneException.class,
                    () -> session.query(
                            ReadOptions.local().withTimeout(Duration.ofMillis(50)), Statement.of("SELECT 1")));
            assertEquals(ErrorCode.STALE, e.code());
            CompletableFuture<QueryResult> waiting =
                    session.queryAsync(PATIENT, Statement.of("SELECT count(*) FROM t"));
            assertEquals(ahead, node.execute("INSERT INTO t VALUES (1)").index());
            assertEquals(1, waiting.join().single().getLong(0));
            assertThrows(InvalidRequestException.class, () -> node.session(-1));
        }
    }
}
