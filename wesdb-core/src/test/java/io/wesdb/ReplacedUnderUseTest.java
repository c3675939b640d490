package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.testing.BehindTheBack;
import io.wesdb.testing.ContentsOf;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node's file is replaced while its callers use it: every call ends, with a clear error, and the node heals (I10). */
class ReplacedUnderUseTest {
    private static final String ENDLESS =
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";

    /** Whoever waited for a reader's or a writer's own deadline would be seen to. */
    private static final Duration LONG = Duration.ofMinutes(10);

    @TempDir
    Path directory;

    private TestCluster cluster;

    @BeforeEach
    void open() throws IOException {
        cluster = new TestCluster(directory)
                .with(builder -> builder.verifyInterval(Duration.ZERO).requestTimeout(Duration.ofSeconds(30)))
                .start(3);
        cluster.node(cluster.leader())
                .executeScript("CREATE TABLE t(id INTEGER PRIMARY KEY, x); CREATE TABLE w(id INTEGER PRIMARY KEY, x);"
                        + " WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 20000)"
                        + " INSERT INTO t SELECT n, n FROM c");
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what).atMost(60, TimeUnit.SECONDS).pollInterval(20, TimeUnit.MILLISECONDS);
    }

    private void tamper(String victim) {
        await("the rows").until(() -> {
            long rows = cluster.node(victim)
                    .query("SELECT count(*) FROM t")
                    .single()
                    .getLong(0);
            return rows == 20_000;
        });
        BehindTheBack.run(cluster.file(victim), "UPDATE t SET x = 'changed' WHERE id = 3");
    }

    private void awaitHealed(String victim) {
        await(victim + " to come back")
                .until(() -> cluster.node(victim).status().ready()
                        && !BehindTheBack.asides(cluster.file(victim)).isEmpty());
    }

    private String anotherThan(String name) {
        return cluster.nodes().keySet().stream()
                .filter(other -> !other.equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aStreamAndAQueryEndWithAClearErrorWhenTheFileUnderThemIsReplaced() throws Exception {
        String victim = cluster.follower();
        tamper(victim);
        WesDb node = cluster.node(victim);
        ReadOptions patient = ReadOptions.local().withTimeout(LONG);
        CompletableFuture<QueryResult> endless = node.queryAsync(patient, Statement.of(ENDLESS));
        RowStream pulled = node.stream(patient, Statement.of("SELECT id FROM t"));
        Iterator<Row> rows = pulled.iterator();
        for (int i = 1; i <= 10; i++) {
            assertEquals(i, rows.next().getLong(0));
        }
        RowStream leftOpen = node.stream(patient, Statement.of("SELECT id FROM t"));
        assertTrue(leftOpen.iterator().hasNext());

        cluster.node(anotherThan(victim)).verify(Duration.ofSeconds(30));
        awaitHealed(victim);

        WesDbException told = assertThrows(WesDbException.class, () -> {
            while (rows.hasNext()) {
                rows.next();
            }
        });
        assertEquals(ErrorCode.NOT_READY, told.code(), told.toString());
        ExecutionException failed = assertThrows(ExecutionException.class, () -> endless.get(10, TimeUnit.SECONDS));
        WesDbException cause = assertInstanceOf(WesDbException.class, failed.getCause());
        assertEquals(ErrorCode.NOT_READY, cause.code(), cause.toString());
        pulled.close();
        pulled.close();
        leftOpen.close();
        try (RowStream again = node.stream("SELECT x FROM t WHERE id = 3")) {
            assertEquals(3, again.iterator().next().getLong(0), "the new file is read");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theWritesOfAQuarantinedNodeEndAndNoneIsDoneTwice(boolean leads) throws Exception {
        String victim = leads ? cluster.leader() : cluster.follower();
        tamper(victim);
        WesDb node = cluster.node(victim);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong next = new AtomicLong();
        List<Long> done = new ArrayList<>();
        List<Long> unknown = new ArrayList<>();
        List<Long> notDone = new ArrayList<>();
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int w = 0; w < 8; w++) {
            writers.add(CompletableFuture.runAsync(() -> {
                while (!stop.get()) {
                    long id = next.incrementAndGet();
                    List<Long> ended;
                    try {
                        node.execute(
                                List.of(Statement.of("INSERT INTO w VALUES (?, 0)", id)),
                                WriteOptions.defaults().withTimeout(LONG));
                        ended = done;
                    } catch (NotDoneException e) {
                        ended = notDone;
                    } catch (OutcomeUnknownException e) {
                        ended = unknown;
                    }
                    synchronized (done) {
                        ended.add(id);
                    }
                }
            }));
        }

        cluster.node(anotherThan(victim)).verify(Duration.ofSeconds(30));
        awaitHealed(victim);
        stop.set(true);
        for (CompletableFuture<Void> writer : writers) {
            writer.get(30, TimeUnit.SECONDS);
        }

        assertFalse(notDone.isEmpty(), "what came while it was quarantined was refused");
        long last = node.execute("INSERT INTO w VALUES (-1, 0)").index();
        await("all to have it")
                .until(() -> cluster.nodes().values().stream()
                        .allMatch(each -> each.status().applied() >= last));
        for (String name : cluster.nodes().keySet()) {
            List<Long> ids = cluster.node(name).query("SELECT id FROM w WHERE id > 0").rows().stream()
                    .map(row -> row.getLong(0))
                    .toList();
            assertTrue(ids.containsAll(done), "an acknowledged write is missing on " + name);
            assertTrue(ids.stream().noneMatch(notDone::contains), "a write that was not done is there on " + name);
            assertEquals(ContentsOf.file(cluster.file(anotherThan(name))), ContentsOf.file(cluster.file(name)));
        }
    }
}
