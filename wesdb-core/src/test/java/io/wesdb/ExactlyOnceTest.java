package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.testing.ContentsOf;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On real nodes: what is repeated under its key is done once (I5), and its caller knows in the end (I6). */
class ExactlyOnceTest {
    private static final int MIN_LOG = 100;

    @TempDir
    Path directory;

    private TestCluster cluster;

    @BeforeEach
    void open() throws Exception {
        cluster = new TestCluster(directory)
                .with(builder -> builder.verifyInterval(Duration.ZERO)
                        .maxLogEntries(MIN_LOG)
                        .requestTimeout(Duration.ofSeconds(30)));
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private static WriteOptions key(String key) {
        return WriteOptions.defaults().withIdempotencyKey(key);
    }

    private static final List<Statement> INSERT =
            List.of(Statement.of("INSERT INTO t(x) VALUES (?) RETURNING id, random()", "a"));

    @Test
    void theFirstOutcomeOutlivesTheLeaderARestartAndASnapshot() {
        cluster.start(3);
        WesDb follower = cluster.node(cluster.follower());
        follower.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x UNIQUE)");
        WriteResult first = follower.execute(INSERT, key("k"));
        assertFalse(first.replayed());
        WriteResult expected = new WriteResult(first.index(), first.results(), true, false);

        String before = cluster.leader();
        cluster.stop(before);
        for (WesDb node : cluster.present()) {
            assertEquals(expected, node.execute(INSERT, key("k")));
        }
        cluster.start(before);
        assertEquals(expected, cluster.node(before).execute(INSERT, key("k")));

        WesDb leader = cluster.node(cluster.leader());
        for (int i = 0; i < 3 * MIN_LOG; i++) {
            leader.execute("UPDATE t SET x = ?", i);
        }
        Awaitility.await("the log to forget the write")
                .atMost(60, TimeUnit.SECONDS)
                .until(() -> leader.status().logFirst() > first.index());
        WesDb fresh = cluster.start("new");
        assertEquals(expected, fresh.execute(INSERT, key("k")));
        assertThrows(
                IdempotencyKeyReusedException.class,
                () -> fresh.execute(List.of(Statement.of("DELETE FROM t")), key("k")));
        assertEquals(1, fresh.query("SELECT * FROM t").size());
    }

    @Test
    void whatIsRepeatedUntilItIsKnownIsDoneOnceWhileLeadersComeAndGo() throws Exception {
        cluster.start(3);
        cluster.node("a").execute("CREATE TABLE t(k TEXT, n INTEGER)");
        AtomicBoolean stopping = new AtomicBoolean();
        AtomicInteger unknown = new AtomicInteger();
        AtomicInteger replayed = new AtomicInteger();
        ConcurrentLinkedQueue<String> acknowledged = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int c = 0; c < 6; c++) {
            int client = c;
            clients.add(CompletableFuture.runAsync(() -> {
                Random random = new Random(client);
                for (int i = 0; !stopping.get(); i++) {
                    String key = client + "-" + i;
                    if (untilKnown(key, random, unknown).replayed()) {
                        replayed.incrementAndGet();
                    }
                    acknowledged.add(key);
                }
            }));
        }
        for (int round = 0; round < 2; round++) {
            int atLeast = acknowledged.size() + 50;
            Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> acknowledged.size() >= atLeast);
            String leader = cluster.leader();
            cluster.stop(leader);
            cluster.start(leader);
        }
        Awaitility.await("a sending whose outcome was unknown and had been done")
                .atMost(60, TimeUnit.SECONDS)
                .until(() -> replayed.get() > 0);
        stopping.set(true);
        for (CompletableFuture<Void> client : clients) {
            client.get(60, TimeUnit.SECONDS);
        }
        assertTrue(unknown.get() > 0);
        for (WesDb node : cluster.present()) {
            QueryResult rows = node.query(ReadOptions.linearizable(), "SELECT k, count(*) AS n FROM t GROUP BY k");
            assertEquals(acknowledged.size(), rows.size());
            for (Row row : rows) {
                assertEquals(1, row.getLong("n"), row.getString("k"));
            }
        }
    }

    /** As a client does that has short deadlines and any node. */
    private WriteResult untilKnown(String key, Random random, AtomicInteger unknown) {
        while (true) {
            List<WesDb> nodes = cluster.present();
            try {
                return nodes.get(random.nextInt(nodes.size()))
                        .execute(
                                List.of(Statement.of("INSERT INTO t(k) VALUES (?)", key)),
                                key(key).withTimeout(Duration.ofMillis(1 + random.nextInt(30))));
            } catch (OutcomeUnknownException e) {
                unknown.incrementAndGet();
            } catch (NotDoneException | ClosedException e) {
                continue;
            }
        }
    }

    @Test
    void ofManyThatCompareAndSetAtOnceOneWins() {
        cluster.start(2);
        cluster.node("a").executeScript("CREATE TABLE t(v INTEGER); INSERT INTO t VALUES (0)");
        long index = cluster.node("a").query("SELECT 1").index();
        for (Precondition condition : List.of(
                Precondition.queryGives(Statement.of("SELECT v FROM t"), List.of(List.of(0))),
                Precondition.queryGivesRow(Statement.of("SELECT v FROM t WHERE v = ?", 1), 1),
                Precondition.expectIndex(index))) {
            List<CompletableFuture<WriteResult>> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                all.add(cluster.node(i % 2 == 0 ? "a" : "b")
                        .executeAsync(
                                List.of(Statement.of("UPDATE t SET v = v + 1")),
                                WriteOptions.defaults().withPreconditions(condition)));
            }
            int won = 0;
            for (CompletableFuture<WriteResult> one : all) {
                try {
                    one.join();
                    won++;
                } catch (CompletionException e) {
                    assertEquals(PreconditionFailedException.class, e.getCause().getClass());
                }
            }
            boolean none = condition instanceof Precondition.ExpectIndex; // two were written since
            assertEquals(none ? 0 : 1, won, condition.toString());
        }
        assertEquals(
                2,
                cluster.node("a")
                        .query(ReadOptions.linearizable(), "SELECT v FROM t")
                        .single()
                        .getLong(0));
        long now =
                cluster.node("a").query(ReadOptions.linearizable(), "SELECT 1").index();
        cluster.node("b")
                .execute(
                        List.of(Statement.of("UPDATE t SET v = 9")),
                        WriteOptions.defaults().withPreconditions(Precondition.expectIndex(now)));
    }

    @Test
    void transactionsThatContendAreDoneOneAfterTheOther() throws Exception {
        cluster.start(2);
        WesDb a = cluster.node("a");
        a.execute("CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER)");
        a.execute("INSERT INTO account VALUES (0, 100), (1, 100), (2, 100), (3, 100)");
        a.execute("CREATE TABLE seat(n INTEGER PRIMARY KEY, who)");
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        AtomicInteger runs = new AtomicInteger();
        for (int c = 0; c < 4; c++) {
            int client = c;
            WesDb node = cluster.node(c % 2 == 0 ? "a" : "b");
            clients.add(CompletableFuture.runAsync(() -> {
                Random random = new Random(client);
                for (int i = 0; i < 25; i++) {
                    transfer(node, random.nextInt(4), random.nextInt(4), random.nextInt(60), runs);
                    takeNextSeat(node, client);
                }
            }));
        }
        for (CompletableFuture<Void> client : clients) {
            client.get(120, TimeUnit.SECONDS);
        }
        QueryResult balances = a.query(ReadOptions.linearizable(), "SELECT balance FROM account");
        assertEquals(
                400, balances.rows().stream().mapToLong(row -> row.getLong(0)).sum());
        assertTrue(balances.rows().stream().allMatch(row -> row.getLong(0) >= 0), balances.toString());
        QueryResult seats = a.query("SELECT count(*), min(n), max(n) FROM seat");
        assertEquals(
                List.of(100L, 1L, 100L),
                List.of(
                        seats.single().get(0),
                        seats.single().get(1),
                        seats.single().get(2)));
        assertTrue(runs.get() >= 100, runs + " runs");
        cluster.node("b").query(ReadOptions.linearizable(), "SELECT 1");
        assertEquals(ContentsOf.file(cluster.file("a")), ContentsOf.file(cluster.file("b")));
    }

    /** Two rows are read, two others' sums decided by them: what no single lock of a row would keep. */
    private static void transfer(WesDb node, int from, int to, int amount, AtomicInteger runs) {
        node.transaction(tx -> {
            runs.incrementAndGet();
            long balance = tx.query("SELECT balance FROM account WHERE id = ?", from)
                    .single()
                    .getLong(0);
            if (balance >= amount) {
                long other = tx.query("SELECT balance FROM account WHERE id = ?", to)
                        .single()
                        .getLong(0);
                tx.execute("UPDATE account SET balance = ? WHERE id = ?", balance - amount, from);
                tx.execute("UPDATE account SET balance = ? WHERE id = ?", from == to ? balance : other + amount, to);
            }
            return null;
        });
    }

    private static void takeNextSeat(WesDb node, int who) {
        node.transaction(tx -> {
            long next = tx.query("SELECT coalesce(max(n), 0) + 1 FROM seat")
                    .single()
                    .getLong(0);
            tx.execute("INSERT INTO seat VALUES (?, ?)", next, who);
            return next;
        });
    }

    @Test
    void aTransactionIsRunAgainOnlyIfWhatItReadHasChanged() {
        cluster.start(1);
        WesDb db = cluster.node("a");
        db.executeScript("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1), (2, 2)");
        for (int changed = 1; changed <= 2; changed++) {
            int row = changed;
            AtomicInteger runs = new AtomicInteger();
            long seen = db.transaction(tx -> {
                long v = tx.query("SELECT v FROM t WHERE id = 1").single().getLong(0);
                if (runs.incrementAndGet() == 1) {
                    db.execute("UPDATE t SET v = v + 10 WHERE id = ?", row); // someone else, meanwhile
                    assertEquals(
                            v, tx.query("SELECT v FROM t WHERE id = 1").single().getLong(0), "one snapshot");
                }
                tx.execute("UPDATE t SET v = ? WHERE id = 1", v + 100);
                return v;
            });
            assertEquals(row == 1 ? 2 : 1, runs.get());
            assertEquals(
                    seen + 100,
                    db.query("SELECT v FROM t WHERE id = 1").single().getLong(0));
        }
    }

    @Test
    void aReadThatHasBecomeAnErrorMeanwhileIsAConflictLikeAnyOther() {
        cluster.start(1);
        WesDb db = cluster.node("a");
        db.executeScript("CREATE TABLE old(x); INSERT INTO old VALUES (9223372036854775807)");
        AtomicInteger runs = new AtomicInteger();
        db.transaction(tx -> {
            String table = runs.incrementAndGet() == 1 ? "old" : "fresh";
            tx.query("SELECT sum(x) FROM " + table);
            if (runs.get() == 1) {
                db.execute("ALTER TABLE old RENAME TO fresh");
            }
            tx.execute("UPDATE " + table + " SET x = 7");
            return null;
        });
        assertEquals(2, runs.get());
        assertEquals(7, db.query("SELECT x FROM fresh").single().getLong(0));
    }

    @Test
    void aTransactionThatFailsLeavesNothingAndSaysWhy() {
        cluster.start(1);
        WesDb db = cluster.node("a");
        db.executeScript("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1)");
        long index = db.query("SELECT 1").index();
        Transaction[] kept = new Transaction[1];
        assertEquals(1L, db.<Object, RuntimeException>transaction(tx -> {
            kept[0] = tx;
            return tx.query("SELECT v FROM t").single().get(0);
        }));
        assertThrows(IllegalStateException.class, () -> kept[0].execute("DELETE FROM t"));
        assertThrows(IllegalStateException.class, () -> kept[0].query("SELECT 1"));
        assertThrows(
                IOException.class,
                () -> db.transaction(tx -> {
                    tx.execute("DELETE FROM t");
                    throw new IOException("the work's own");
                }));
        assertEquals(index, db.query("SELECT 1").index(), "nothing was sent");
        assertThrows(
                ConstraintException.class,
                () -> db.transaction(tx -> {
                    tx.query("SELECT * FROM t");
                    tx.execute("DELETE FROM t");
                    tx.execute("INSERT INTO t VALUES (1, 1), (1, 2)");
                    return null;
                }));
        for (String refused : List.of("SELECT sqlite_version()", "PRAGMA user_version", "SELECT * FROM nowhere")) {
            assertThrows(SqlException.class, () -> db.transaction(tx -> tx.query(refused)), refused);
        }
        assertThrows(
                SqlException.class,
                () -> db.transaction(tx -> {
                    tx.query("SELECT random()");
                    tx.execute("DELETE FROM t");
                    return null;
                }));
        assertThrows(InvalidRequestException.class, () -> db.transaction(key("k"), tx -> null));
        InvalidRequestException afterFailure = assertThrows(
                InvalidRequestException.class,
                () -> db.transaction(tx -> {
                    assertThrows(SqlException.class, () -> tx.query("SELECT * FROM nowhere"));
                    tx.execute("DELETE FROM t"); // as if that could be relied on
                    return null;
                }));
        assertTrue(String.valueOf(afterFailure.getMessage()).contains("nowhere"));
        assertThrows(
                TooLargeException.class,
                () -> db.transaction(tx -> {
                    while (true) {
                        tx.execute("INSERT INTO t(v) VALUES (?)", "x".repeat(100_000));
                    }
                }));
        AtomicInteger runs = new AtomicInteger();
        assertThrows(
                PreconditionFailedException.class,
                () -> db.transaction(tx -> {
                    tx.query("SELECT v FROM t");
                    tx.execute("DELETE FROM t");
                    runs.incrementAndGet();
                    db.execute("UPDATE t SET v = v + 1");
                    return null;
                }));
        assertEquals(100, runs.get());
        assertEquals(101, db.query("SELECT v FROM t").single().getLong(0));
    }
}
