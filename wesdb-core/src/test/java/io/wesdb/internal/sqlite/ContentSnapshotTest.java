package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.SqlException;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node's whole content at exactly the index that the log names (I10). */
@Timeout(120)
class ContentSnapshotTest {
    private static final long NEVER = TimeUnit.HOURS.toNanos(1);

    @TempDir
    Path directory;

    /** Keeps the snapshots it is given. */
    private static final class Snapshots implements Replica.Observer, AutoCloseable {
        final List<ContentSnapshot> taken = new ArrayList<>();

        @Override
        public void outcomesDiffer(long index, long own, long leaders) {
            throw new AssertionError("not asked for");
        }

        @Override
        public void statisticsChanged() {}

        @Override
        public void contentSnapshot(ContentSnapshot snapshot) {
            taken.add(snapshot);
        }

        @Override
        public void close() {
            taken.forEach(ContentSnapshot::close);
        }
    }

    private static ContentHash hash(ContentSnapshot snapshot) {
        Clock clock = Clock.system();
        return snapshot.hash(() -> false, clock, clock.nanos() + NEVER);
    }

    private static ContentHash hash(TestNode node) {
        try (Snapshots snapshots = new Snapshots()) {
            node.replica().observe(snapshots);
            assertInstanceOf(Done.class, node.apply(VerifyCommand.command()).get(0));
            assertEquals(1, snapshots.taken.size());
            assertEquals(
                    node.replica().position().applied(), snapshots.taken.get(0).index());
            return hash(snapshots.taken.get(0));
        }
    }

    private static final String[] SCHEMA = {
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x, g AS (date(x)) VIRTUAL, s AS (upper(x)) STORED)",
        "CREATE TABLE free (x, y)",
        "CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID",
        "CREATE TABLE taken (rowid, oid, _rowid_)",
        "CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, x)",
        "CREATE INDEX free_x ON free(x, y)",
        "CREATE INDEX t_date ON t(date(x))",
        "INSERT INTO t(x) VALUES ('2020-01-01'), ('one'), (2), (2.0), (NULL), (x'00ff')",
        "INSERT INTO free VALUES (1, 'a'), (2, 'b'), (3, 'c')",
        "INSERT INTO w VALUES ('a', 1), ('b', 2)",
        "INSERT INTO taken VALUES (1, 2, 3)",
        "INSERT INTO counted(x) VALUES (1), (2)"
    };

    private TestNode node(String name) {
        TestNode node = new TestNode(directory.resolve(name));
        node.must(SCHEMA);
        return node;
    }

    private static void behindTheBack(Path path, String... statements) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void equalNodesHaveEqualHashesWhateverWayTheyTook() {
        try (TestNode a = node("a.db");
                TestNode b = node("b.db")) {
            b.restart();
            a.must("UPDATE free SET y = random() WHERE x = 2");
            b.must("UPDATE free SET y = random() WHERE x = 2");
            b.replica().checkpoint();
            ContentHash expected = hash(a);
            assertEquals(expected, hash(b));
            assertEquals(
                    new TreeSet<>(List.of(
                            "counted",
                            "free",
                            "sqlite_schema",
                            "sqlite_sequence",
                            "t",
                            "taken",
                            "w",
                            "wesdb_keys",
                            "wesdb_meta",
                            "wesdb_reset",
                            "wesdb_sessions")),
                    expected.tables().keySet());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "t|UPDATE t SET x = '2020-01-02' WHERE id = 1",
                "t|DELETE FROM t WHERE id = 2",
                "t|UPDATE t SET x = '2' WHERE id = 3",
                "t|UPDATE t SET x = 2.0 WHERE id = 3",
                "t|UPDATE t SET x = '' WHERE id = 5",
                "t|UPDATE t SET x = x'00fe' WHERE id = 6",
                "t|UPDATE t SET x = CAST(x AS TEXT) WHERE id = 6",
                "free|UPDATE free SET rowid = 77 WHERE x = 3",
                "free|UPDATE free SET x = y, y = x WHERE x = 3",
                "free|UPDATE free SET x = 3 - x WHERE x < 3",
                "free|INSERT INTO free VALUES (3, 'c')",
                "free|DELETE FROM free",
                "w|UPDATE w SET v = 3 - v",
                "w|UPDATE w SET v = 1.0 WHERE v = 1",
                "taken|UPDATE taken SET oid = 3, _rowid_ = 2",
                "sqlite_sequence|UPDATE sqlite_sequence SET seq = 9",
                "wesdb_sessions|INSERT INTO wesdb_sessions VALUES (9, 9, 9, 9)",
                "wesdb_keys|INSERT INTO wesdb_keys VALUES (9, 'k', 9, 9, 9, 9, 9, x'00')",
                "sqlite_schema|DROP INDEX free_x",
                "sqlite_schema|CREATE TABLE another (x)",
                "sqlite_schema|PRAGMA user_version = 5",
                "taken|DROP TABLE taken",
            })
    void whatWasChangedBehindTheDatabasesBackShowsInItsTable(String change) {
        String table = change.substring(0, change.indexOf('|'));
        String statement = change.substring(change.indexOf('|') + 1);
        try (TestNode healthy = node("healthy.db");
                TestNode open = node("open.db");
                TestNode closed = node("closed.db")) {
            behindTheBack(open.path, statement);
            closed.replica().close();
            behindTheBack(closed.path, statement);
            closed.restart();
            ContentHash expected = hash(healthy);
            for (TestNode node : List.of(open, closed)) {
                ContentHash found = hash(node);
                assertNotEquals(expected.tables().get(table), found.tables().get(table), change);
                assertNotEquals(expected.total(), found.total());
                TreeMap<String, Long> others = new TreeMap<>(expected.tables());
                others.entrySet().removeAll(found.tables().entrySet());
                others.remove(ContentHash.SCHEMA);
                others.remove(table);
                assertEquals(new TreeMap<>(), others, change);
            }
        }
    }

    /** Versions of wesdb are compared with each other while a cluster is upgraded. */
    @Test
    void theHashIsTheSameInEveryVersion() {
        try (TestNode node = node("a.db")) {
            SortedMap<String, Long> tables = hash(node).tables();
            assertEquals(5197791380231397259L, tables.get("t"));
            assertEquals(2403759662334247160L, tables.get("w"));
            assertEquals(6434020131455661230L, tables.get(ContentHash.SCHEMA));
        }
    }

    @Test
    void virtualTablesAreEqualOnNodesThatTookDifferentPaths() {
        List<Command> commands = new ArrayList<>(List.of(
                command("CREATE VIRTUAL TABLE docs USING fts5(title, body)"),
                command("CREATE VIRTUAL TABLE bare USING fts5(x, content='')"),
                command("CREATE TABLE source (id INTEGER PRIMARY KEY, x)"),
                command("CREATE VIRTUAL TABLE outer USING fts5(x, content='source', content_rowid='id')"),
                command("CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1, +label)"),
                command("CREATE VIRTUAL TABLE old USING fts4(x)"),
                command("INSERT INTO outer(rowid, x) VALUES (5, 'nowhere')")));
        for (int i = 0; i < 40; i++) {
            commands.add(
                    command("INSERT INTO docs VALUES ('t" + i + "', hex(randomblob(20)) || ' and " + i % 7 + "')"));
            commands.add(command("INSERT INTO bare(rowid, x) VALUES (" + i + ", 'b" + i + "')"));
            commands.add(command("INSERT INTO boxes VALUES (" + i + ", " + i + ", " + (i + 2) + ", 'l" + i + "')"));
            commands.add(command("INSERT INTO old VALUES ('o" + i + "')"));
            commands.add(command("DELETE FROM docs WHERE docs MATCH '" + i % 7 + "' AND rowid % 5 = 0"));
        }
        commands.add(command("INSERT INTO docs(docs) VALUES ('optimize')"));
        ContentHash running;
        try (TestNode node = new TestNode(directory.resolve("running.db"))) {
            commands.forEach(node::apply);
            running = hash(node);
            Object rowid = node.value("SELECT min(rowid) FROM docs");
            behindTheBack(node.path, "UPDATE docs SET title = 'other' WHERE rowid = " + rowid);
            behindTheBack(node.path, "UPDATE boxes SET x1 = x1 + 1 WHERE id = 7");
            ContentHash changed = hash(node);
            assertNotEquals(running.tables().get("docs"), changed.tables().get("docs"));
            assertNotEquals(running.tables().get("boxes"), changed.tables().get("boxes"));
            assertEquals(running.tables().get("old"), changed.tables().get("old"));
        }
        assertTrue(running.tables().keySet().containsAll(List.of("docs", "bare", "outer", "boxes", "old")));
        assertFalse(running.tables().containsKey("docs_data"), "shadow tables are read through their table");
        try (TestNode node = new TestNode(directory.resolve("restarted.db"))) {
            for (Command command : commands) {
                node.apply(command);
                node.restart();
            }
            assertEquals(running, hash(node));
        }
    }

    private static Entry entry(long index, Batch... batches) {
        return new Entry(1, index, TestNode.TIME, 0, OutcomeDigest.NONE, List.of(batches));
    }

    private static Batch batch(long sequence, Command... commands) {
        return new Batch(new SessionId(5, 5), sequence, 7919 * sequence, List.of(commands));
    }

    @Test
    void whatIsAppliedAfterTheCommandsEntryDoesNotReachTheHash() {
        try (TestNode a = node("a.db");
                TestNode b = node("b.db");
                Snapshots first = new Snapshots();
                Snapshots second = new Snapshots()) {
            a.replica().observe(first);
            b.replica().observe(second);
            Entry verify = entry(
                    2,
                    batch(2, command("INSERT INTO free VALUES (4, 'before')")),
                    batch(3, VerifyCommand.command(), command("INSERT INTO free VALUES (5, 'in the same entry')")));
            Entry after = entry(3, batch(4, command("UPDATE free SET y = 'after'"), command("DROP TABLE taken")));
            a.replica().apply(List.of(verify, after));
            b.replica().apply(List.of(verify));
            ContentHash expected = hash(second.taken.get(0));
            b.replica().apply(List.of(after));
            a.replica().checkpoint();
            assertEquals(2, expected.index());
            assertEquals(expected, hash(first.taken.get(0)));
            assertEquals(expected, hash(first.taken.get(0)), "and again");
            assertNotEquals(expected.tables().get("free"), hash(a).tables().get("free"));
        }
    }

    @Test
    void aBatchThatIsSkippedTakesNoSnapshot() {
        try (TestNode node = node("a.db");
                Snapshots snapshots = new Snapshots()) {
            node.replica().observe(snapshots);
            Batch verify = batch(2, command("SELECT 1"), VerifyCommand.command());
            node.replica().apply(List.of(entry(2, verify, verify), entry(3, verify)));
            assertEquals(1, snapshots.taken.size());
            node.replica().apply(List.of(entry(4, batch(9, command("VACUUM"), VerifyCommand.command()))));
            assertEquals(2, snapshots.taken.size(), "isolated entries too");
            assertEquals(4, snapshots.taken.get(1).index());
        }
    }

    @Test
    void nobodyElseCanGiveTheCommand() {
        assertThrows(SqlException.class, () -> StatementRules.checkWrite(VerifyCommand.SQL));
        assertThrows(SqlException.class, () -> StatementRules.checkRead(VerifyCommand.SQL));
        assertThrows(SqlException.class, () -> StatementRules.checkWrite("wesdb  verify content;"));
        assertThrows(SqlException.class, () -> StatementRules.checkRead("EXPLAIN " + VerifyCommand.SQL));
        try (TestNode node = node("a.db");
                Snapshots snapshots = new Snapshots()) {
            node.replica().observe(snapshots);
            for (Command command : List.of(
                    command(VerifyCommand.SQL, VerifyCommand.SQL),
                    command(VerifyCommand.SQL + " "),
                    command(TestNode.sql(VerifyCommand.SQL, 1L)))) {
                assertInstanceOf(Refused.class, node.apply(command).get(0));
            }
            assertEquals(List.of(), snapshots.taken);
        }
    }

    @Test
    void aSnapshotThatCannotBeOpenedDoesNotStopApplying() throws IOException {
        try (TestNode node = node("a.db");
                Snapshots snapshots = new Snapshots()) {
            node.replica().observe(snapshots);
            Path hidden = directory.resolve("hidden.db");
            Files.move(node.path, hidden);
            node.apply(VerifyCommand.command());
            Files.move(hidden, node.path);
            assertEquals(List.of(), snapshots.taken);
            assertInstanceOf(Done.class, node.run("INSERT INTO free VALUES (9, 9)"));
        }
    }

    private static void fill(TestNode node) {
        node.must("CREATE TABLE big (x)");
        node.must("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 20000)"
                + " INSERT INTO big SELECT hex(randomblob(50)) FROM n");
    }

    @Test
    void aHashEndsWhenItIsCancelledOrLateOrClosed() {
        try (TestNode node = node("a.db");
                Snapshots snapshots = new Snapshots()) {
            fill(node);
            node.replica().observe(snapshots);
            node.apply(VerifyCommand.command());
            ContentSnapshot snapshot = snapshots.taken.get(0);
            Clock clock = Clock.system();
            int[] asked = {0};
            HashAbortedException cancelled = assertThrows(
                    HashAbortedException.class,
                    () -> snapshot.hash(() -> ++asked[0] == 15, clock, clock.nanos() + NEVER));
            assertEquals(HashAbortedException.Reason.CANCELLED, cancelled.reason());
            assertEquals(15, asked[0], "asked in the middle of a table too");
            HashAbortedException late =
                    assertThrows(HashAbortedException.class, () -> snapshot.hash(() -> false, clock, clock.nanos()));
            assertEquals(HashAbortedException.Reason.LATE, late.reason());
            ContentHash whole = hash(snapshot);
            assertEquals(whole, hash(snapshot), "an aborted hash leaves nothing behind");

            CountDownLatch reading = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            CompletableFuture<ContentHash> hashing = CompletableFuture.supplyAsync(() -> snapshot.hash(
                    () -> {
                        reading.countDown();
                        await(goOn);
                        return false;
                    },
                    clock,
                    clock.nanos() + NEVER));
            await(reading);
            snapshot.close();
            assertFalse(snapshot.closed().isDone(), "not under the running statement");
            goOn.countDown();
            assertInstanceOf(
                    HashAbortedException.class,
                    assertThrows(java.util.concurrent.CompletionException.class, hashing::join)
                            .getCause());
            snapshot.closed().join();
            snapshot.close();
            assertThrows(HashAbortedException.class, () -> hash(snapshot));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anOpenSnapshotHoldsBackCheckpointsAndAClosedOneDoesNot() {
        try (TestNode node = node("a.db");
                Snapshots snapshots = new Snapshots()) {
            node.replica().observe(snapshots);
            node.apply(VerifyCommand.command());
            node.must("INSERT INTO free VALUES (6, 6)");
            assertTrue(node.replica().checkpoint() < 3);
            snapshots.close();
            assertEquals(3, node.replica().checkpoint());
        }
    }

    @Test
    void damageMetWhileReadingIsToldAsDamage() throws IOException {
        try (TestNode node = node("a.db")) {
            fill(node);
            node.replica().checkpoint();
            node.replica().close();
            try (RandomAccessFile file = new RandomAccessFile(node.path.toFile(), "rw")) {
                for (long page = 200; page < 210; page++) {
                    file.seek(page * 4096);
                    file.write(new byte[4096]);
                }
            }
            node.restart();
            StorageException e = assertThrows(StorageException.class, () -> hash(node));
            assertEquals(StorageException.Kind.DAMAGED, e.kind());
        }
    }

    @Test
    void aTableOfTheGreatestWidthIsHashedWithItsRowIds() {
        String columns = IntStream.range(0, 2000).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
        try (TestNode node = new TestNode(directory.resolve("a.db"))) {
            node.must("CREATE TABLE wide (" + columns + ")", "INSERT INTO wide(c0, c1999) VALUES (1, 2), (3, 4)");
            SortedMap<String, Long> before = hash(node).tables();
            behindTheBack(node.path, "UPDATE wide SET c1999 = 6 - c1999");
            Long swapped = hash(node).tables().get("wide");
            assertNotEquals(before.get("wide"), swapped);
            behindTheBack(node.path, "UPDATE wide SET rowid = 9 WHERE c0 = 1");
            assertNotEquals(swapped, hash(node).tables().get("wide"));
        }
    }
}
