package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;
import static io.wesdb.internal.sqlite.TestNode.sql;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import io.wesdb.testing.ContentsOf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicaTest {
    @TempDir
    Path directory;

    private ReplicaSettings settings(String name) {
        return new ReplicaSettings(directory.resolve(name), "cluster", "lineage", true, ZoneOffset.UTC, 4096, 1 << 20);
    }

    private static Entry entry(long index, Batch... batches) {
        return new Entry(3, index, TestNode.TIME + index, 0, OutcomeDigest.NONE, List.of(batches));
    }

    private static Batch batch(long session, long sequence, Command... commands) {
        return new Batch(new SessionId(session, 0), sequence, sequence, List.of(commands));
    }

    /** A node restarted in the same process while its old applier was still in an entry applied that entry twice. */
    @Test
    void aSecondWriterOfTheFileIsNoticedBeforeAnEntryIsAppliedTwice() {
        try (Replica first = Replica.open(settings("a.db"))) {
            first.apply(List.of(entry(1, batch(1, 1, command("CREATE TABLE t (x)")))));
            try (Replica second = Replica.open(settings("a.db"))) {
                first.apply(List.of(entry(2, batch(1, 2, command("INSERT INTO t VALUES (1)")))));
                assertThrows(
                        StorageException.class,
                        () -> second.apply(List.of(entry(2, batch(1, 2, command("INSERT INTO t VALUES (1)"))))));
            }
            assertEquals(2, first.position().applied());
            first.apply(List.of(entry(
                    3,
                    batch(
                            1,
                            3,
                            command("CREATE TABLE once (x CHECK (x = 1))"),
                            command("INSERT INTO once SELECT count(*) FROM t")))));
            assertInstanceOf(
                    CommandOutcome.Done.class,
                    first.apply(List.of(entry(4, batch(1, 4, command("INSERT INTO once SELECT count(*) FROM t")))))
                            .get(0)
                            .batches()
                            .get(0)
                            .outcomes()
                            .get(0),
                    "the row is there once");
        }
    }

    /** With samples SQLite plans for the time at which it compiles, and the plan decides the order of the rows. */
    @Test
    void aStatementKnownForMonthsIsPlannedAsOnANodeThatHasJustStarted() {
        String move =
                "INSERT INTO dst(v) SELECT v FROM s WHERE ts < datetime('now', '-138 days') AND k BETWEEN 5 AND 25";
        long day = 24L * 3600 * 1000;
        List<Entry> entries = List.of(
                entry(
                        1,
                        batch(
                                1,
                                1,
                                command("CREATE TABLE s(ts TEXT, k INT, v)"),
                                command("CREATE TABLE dst(id INTEGER PRIMARY KEY, v)"),
                                command("CREATE INDEX s_ts ON s(ts)"),
                                command("CREATE INDEX s_k ON s(k)"),
                                command(
                                        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 20000)"
                                                + " INSERT INTO s SELECT datetime('now', '-' || ((n * 7919 % 20000) * 10) || ' minutes'), (n * 31) % 400, n FROM c"),
                                command("ANALYZE"))),
                entry(2, batch(1, 2, command(move))),
                new Entry(3, 3, TestNode.TIME + 108 * day, 0, OutcomeDigest.NONE, List.of(batch(1, 3, command(move)))));
        try (Replica running = Replica.open(settings("running.db"))) {
            entries.forEach(entry -> running.apply(List.of(entry)));
        }
        for (Entry entry : entries) {
            try (Replica restarted = Replica.open(settings("restarted.db"))) {
                restarted.apply(List.of(entry));
            }
        }
        assertEquals(
                ContentsOf.file(directory.resolve("running.db")), ContentsOf.file(directory.resolve("restarted.db")));
    }

    @Test
    void aStoppedReplicaBeginsNoFurtherEntryAndOpensAgainAtABoundary() {
        try (Replica replica = Replica.open(settings("a.db"))) {
            replica.apply(List.of(entry(1, batch(1, 1, command("CREATE TABLE t (x)")))));
            replica.stop();
            assertEquals(List.of(), replica.apply(List.of(entry(2, batch(1, 2, command("INSERT INTO t VALUES (1)"))))));
        }
        try (Replica replica = Replica.open(settings("a.db"))) {
            assertEquals(1, replica.position().applied());
        }
    }

    @Test
    void thePositionSurvivesAndSoDoesWhatItSays() {
        try (Replica replica = Replica.open(settings("a.db"))) {
            assertEquals(ReplicaPosition.START, replica.position());
            replica.apply(List.of(
                    entry(1, batch(1, 1, command("CREATE TABLE t (x)"))),
                    entry(2, batch(1, 2, command("INSERT INTO t VALUES (1)")))));
            assertEquals(2, replica.checkpoint());
            assertEquals(2, replica.durable());
            replica.close();
            replica.close();
        }
        try (Replica replica = Replica.open(settings("a.db"))) {
            assertEquals(
                    new ReplicaPosition(
                            2, 3, TestNode.TIME + 2, 0, replica.position().digest()),
                    replica.position());
            assertEquals(2, replica.durable());
            assertThrows(IllegalArgumentException.class, () -> replica.apply(List.of(entry(2))));
            assertThrows(IllegalArgumentException.class, () -> replica.apply(List.of(entry(4))));
            replica.apply(List.of(entry(3)));
            assertEquals(3, replica.position().applied());
        }
    }

    @Test
    void aBatchIsExecutedOnceHoweverOftenItComes() {
        Batch first = batch(1, 1, command("CREATE TABLE t (x)"), command("INSERT INTO t VALUES (1)"));
        Batch second = batch(1, 2, command("INSERT INTO t VALUES (2)"));
        Batch other = batch(2, 1, command("INSERT INTO t VALUES (3)"));
        try (Replica replica = Replica.open(settings("a.db"))) {
            replica.apply(List.of(entry(1, first)));
            List<BatchOutcome> outcomes = replica.apply(List.of(entry(2, first, second, second, other)))
                    .get(0)
                    .batches();
            assertEquals(
                    List.of(true, false, true, false),
                    outcomes.stream().map(BatchOutcome::duplicate).toList());
            assertEquals(List.of(), outcomes.get(0).outcomes());
        }
        try (Replica replica = Replica.open(settings("a.db"))) {
            EntryOutcome outcome =
                    replica.apply(List.of(entry(3, second, other, first))).get(0);
            assertTrue(outcome.batches().stream().allMatch(BatchOutcome::duplicate));
        }
        assertEquals(
                3,
                ContentsOf.file(directory.resolve("a.db")).stream()
                        .filter(row -> row.matches("\\|[0-9]\\|[0-9]"))
                        .count());
    }

    @Test
    void theOldestOfTooManySessionsIsForgottenAndNoOther() {
        try (Replica replica = Replica.open(settings("a.db"))) {
            replica.apply(List.of(entry(1, batch(1, 5, command("CREATE TABLE t (x)")))));
            List<Batch> batches = new ArrayList<>();
            for (int i = 2; i <= StateTables.MAX_SESSIONS + 1; i++) {
                batches.add(batch(i, 5, command("SELECT 1")));
            }
            replica.apply(List.of(entry(2, batches.toArray(Batch[]::new))));
            List<BatchOutcome> outcomes = replica.apply(
                            List.of(entry(3, batch(1, 5, command("SELECT 1")), batch(2, 5, command("SELECT 1")))))
                    .get(0)
                    .batches();
            assertFalse(outcomes.get(0).duplicate());
            assertTrue(outcomes.get(1).duplicate());
        }
    }

    @Test
    void anotherClustersFileIsRefused() {
        Replica.open(settings("a.db")).close();
        ReplicaSettings other = new ReplicaSettings(
                directory.resolve("a.db"), "another", "lineage", true, ZoneOffset.UTC, 4096, 1 << 20);
        StorageException e = assertThrows(StorageException.class, () -> Replica.open(other));
        assertTrue(e.getMessage().contains("another"));
    }

    @Test
    void aFileThatIsNotOursIsRefusedAndLeftAlone() throws Exception {
        Files.writeString(
                directory.resolve("text.db"), "this is no database, and long enough to be seen as none".repeat(50));
        assertThrows(StorageException.class, () -> Replica.open(settings("text.db")));
        assertThrows(StorageException.class, () -> Replica.open(settings("missing/a.db")));
        assertThrows(StorageException.class, () -> Replica.open(settings("")));
        Path foreign = directory.resolve("foreign.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + foreign)) {
            connection.createStatement().execute("CREATE TABLE mine (x)");
        }
        assertThrows(StorageException.class, () -> Replica.open(settings("foreign.db")));
        assertEquals(
                List.of("|table|mine|mine|CREATE TABLE mine (x)"),
                ContentsOf.file(foreign).stream()
                        .filter(row -> row.contains("CREATE"))
                        .toList());
    }

    @Test
    void aFormatOfTheFutureIsRefused() throws SQLException {
        Replica.open(settings("a.db")).close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("a.db"))) {
            connection.createStatement().execute("UPDATE wesdb_meta SET format = 99");
        }
        StorageException e = assertThrows(StorageException.class, () -> Replica.open(settings("a.db")));
        assertTrue(e.getMessage().contains("99"));
    }

    @Test
    void aFaultIsNeverAnOutcome() throws Exception {
        try (TestNode node = new TestNode(directory.resolve("a.db"));
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + node.path)) {
            node.must("CREATE TABLE t (x)");
            node.replica().close();
            Replica replica = Replica.open(node.settings);
            other.createStatement().execute("PRAGMA busy_timeout=0");
            other.createStatement().execute("BEGIN IMMEDIATE");
            Entry entry = new Entry(
                    1,
                    2,
                    TestNode.TIME,
                    0,
                    OutcomeDigest.NONE,
                    List.of(batch(9, 1, command("INSERT INTO t VALUES (1)"))));
            assertThrows(StorageException.class, () -> replica.apply(List.of(entry)));
            assertThrows(StorageException.class, () -> replica.apply(List.of(entry)));
            assertEquals(1, replica.position().applied());
            replica.close();
            other.createStatement().execute("ROLLBACK");
            try (Replica again = Replica.open(node.settings)) {
                assertEquals(2, again.apply(List.of(entry)).get(0).index());
            }
        }
    }

    @Test
    void wrongParametersAreAnOutcome() {
        try (TestNode node = new TestNode(directory.resolve("a.db"))) {
            assertInstanceOf(
                    Refused.class, node.apply(command(sql("SELECT ?, ?", 1L))).get(0));
            assertInstanceOf(
                    Refused.class, node.apply(command(sql("SELECT 1", 1L))).get(0));
            Done done = assertInstanceOf(
                    Done.class,
                    node.apply(command(sql("SELECT ?, ?, ?, ?, ?, ?", 1L, 1.5, "t", new byte[] {1}, null, new byte[0])))
                            .get(0));
            Object[] values = new Object[6];
            for (int i = 0; i < values.length; i++) {
                values[i] = done.results().get(0).rows().get(0).get(i);
            }
            assertEquals(1L, values[0]);
            assertEquals(1.5, values[1]);
            assertEquals("t", values[2]);
            assertEquals(1, ((byte[]) values[3]).length);
            assertEquals(null, values[4]);
            assertEquals(0, ((byte[]) values[5]).length);
        }
    }

    /** The commands of an entry that must be isolated, of three batches. */
    private static Entry isolated() {
        return new Entry(
                1,
                3,
                TestNode.TIME,
                0,
                OutcomeDigest.NONE,
                List.of(
                        batch(1, 10, command("INSERT INTO t(r) VALUES (random())"), command("UPDATE n SET v = v + 1")),
                        batch(
                                2,
                                1,
                                command(
                                        "INSERT INTO t(r) VALUES (random())",
                                        "INSERT OR ROLLBACK INTO t(id) VALUES (1)"),
                                command("UPDATE n SET v = v + 1"),
                                command("INSERT INTO t(r) VALUES (random())")),
                        batch(1, 10, command("UPDATE n SET v = 100")),
                        batch(3, 1, command("UPDATE n SET v = v + 1"))));
    }

    private static void prepare(Replica replica) {
        replica.apply(List.of(
                entry(1, batch(1, 1, command("CREATE TABLE t (id INTEGER PRIMARY KEY, r)", "CREATE TABLE n (v)"))),
                entry(2, batch(1, 2, command("INSERT INTO t(id) VALUES (1)", "INSERT INTO n VALUES (0)")))));
    }

    @Test
    void anIsolatedEntryCutShortAnywhereIsFinishedAfterwardsAndNothingTwice() throws Exception {
        Path whole = directory.resolve("whole.db");
        try (Replica replica = Replica.open(settings("whole.db"))) {
            prepare(replica);
            replica.apply(List.of(isolated()));
        }
        List<String> expected = ContentsOf.file(whole);
        assertTrue(expected.contains("|1|3"), expected.toString());

        int crashes = 0;
        for (int commits = 0; ; commits++) {
            Path crashed = directory.resolve("crashed" + commits + ".db");
            if (!copyAfterCommits(commits, crashed)) {
                break;
            }
            crashes++;
            ReplicaSettings settings = settings(crashed.getFileName().toString());
            VisibleIndex visible = new VisibleIndex();
            try (Replica replica = Replica.open(settings, visible)) {
                assertEquals(
                        commits == 0 || commits > 6 ? replica.position().applied() : VisibleIndex.MOVING,
                        visible.settled(),
                        "after " + commits);
                if (replica.position().applied() == 2) {
                    EntryOutcome outcome = replica.apply(List.of(isolated())).get(0);
                    assertEquals(4, outcome.batches().size());
                    assertTrue(outcome.batches().get(2).duplicate());
                }
                assertEquals(3, visible.settled());
                assertEquals(3, replica.position().applied());
            }
            assertEquals(expected, ContentsOf.file(crashed), "after " + commits + " commits");
        }
        assertTrue(crashes >= 7, "crashes " + crashes);
    }

    /** Copies file and WAL as they are once that many transactions of the isolated entry have been committed. */
    private boolean copyAfterCommits(int commits, Path to) throws IOException {
        Path from = directory.resolve("running" + commits + ".db");
        boolean[] copied = {false};
        try (Replica replica = Replica.open(settings(from.getFileName().toString()))) {
            prepare(replica);
            int[] seen = {0};
            if (commits == 0) {
                copy(from, to);
                return true;
            }
            replica.onCommit(() -> {
                if (++seen[0] == commits) {
                    copied[0] = true;
                    copy(from, to);
                }
            });
            replica.apply(List.of(isolated()));
        }
        return copied[0];
    }

    private static void copy(Path from, Path to) {
        try {
            for (String suffix : List.of("", "-wal")) {
                Files.copy(Path.of(from + suffix), Path.of(to + suffix), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
