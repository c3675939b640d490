package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;
import static io.wesdb.internal.sqlite.TestNode.sql;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.Row;
import io.wesdb.StatementResult;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Condition;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import io.wesdb.internal.sqlite.CommandOutcome.Replayed;
import io.wesdb.testing.ContentsOf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command with a key is executed once, and whoever repeats it gets its first outcome (I5). */
class IdempotencyKeysTest {
    private static final Command TABLE = command("CREATE TABLE t (id INTEGER PRIMARY KEY, x UNIQUE, r)");
    private static final Command DEFERRED =
            command("CREATE TABLE d (id INTEGER PRIMARY KEY, t REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
    private static final Command COUNT = command("SELECT count(*) FROM t");

    @TempDir
    Path directory;

    private static Command keyed(String key, String... statements) {
        return command(statements).withKey(key);
    }

    private static Done done(CommandOutcome outcome) {
        return assertInstanceOf(Done.class, outcome);
    }

    private static void assertRefused(Kind kind, CommandOutcome outcome) {
        assertEquals(kind, assertInstanceOf(Refused.class, outcome).kind(), outcome.toString());
    }

    private static Replayed replayed(CommandOutcome outcome) {
        return assertInstanceOf(Replayed.class, outcome);
    }

    private static void assertRows(Object expected, CommandOutcome outcome) {
        assertEquals(expected, done(outcome).results().get(0).rows().get(0).get(0), outcome.toString());
    }

    @Test
    void aRepeatedCommandIsAnsweredAsTheFirstTimeRowsIncluded() {
        Command insert = keyed(
                "k",
                "INSERT INTO t(x, r) VALUES ('a', random()) RETURNING *",
                "INSERT INTO t(x) VALUES (x'00ff'), (1.5)");
        List<CommandOutcome> outcomes = Groupings.check(
                directory,
                List.of(TABLE),
                List.of(insert, command("INSERT INTO t(x) VALUES ('b')"), insert, insert, COUNT));
        assertEquals(new Replayed(0, done(outcomes.get(0)), false), outcomes.get(2));
        assertEquals(outcomes.get(2), outcomes.get(3));
        assertRows(4L, outcomes.get(4));
    }

    @Test
    void everyKindOfValueComesBackAsItWas() {
        Command select =
                keyed("k", "SELECT 1, -9223372036854775808, 2.5, 9e999, 'ä€𝄞', x'0100ff', x'', '', NULL, 1 WHERE 1");
        List<CommandOutcome> outcomes = Groupings.check(directory, List.of(), List.of(select, select));
        assertEquals(new Replayed(0, done(outcomes.get(0)), false), outcomes.get(1));
    }

    @Test
    void aReplayTellsTheIndexOfTheFirstTimeAlsoAfterRestarts() {
        try (TestNode node = new TestNode(directory.resolve("n.db"))) {
            node.apply(TABLE);
            Command insert = keyed("k", "INSERT INTO t(x) VALUES ('a')");
            node.apply(insert);
            node.must("DELETE FROM t");
            node.restart();
            assertEquals(2, replayed(node.apply(insert).get(0)).index());
            assertEquals(0L, node.value("SELECT count(*) FROM t"));
        }
    }

    @Test
    void theSameKeyWithAnotherBodyChangesNothing() {
        Command first = new Command(List.of(sql("INSERT INTO t(x) VALUES (?)", 1L))).withKey("k");
        List<Command> others = List.of(
                new Command(List.of(sql("INSERT INTO t(x) VALUES (?)", 2L))).withKey("k"),
                new Command(List.of(sql("INSERT INTO t(x) VALUES (?)", 1.0))).withKey("k"),
                new Command(List.of(sql("INSERT INTO  t(x) VALUES (?)", 1L))).withKey("k"),
                new Command(List.of(sql("INSERT INTO t(x) VALUES (?)", 1L), sql("SELECT 1"))).withKey("k"),
                new Command(null, List.of(new Condition.NothingSince(99)), first.statements()).withKey("k"));
        List<Command> all = new ArrayList<>(List.of(first));
        all.addAll(others);
        all.addAll(List.of(COUNT, first));
        List<CommandOutcome> outcomes = Groupings.check(directory, List.of(TABLE), all);
        for (int i = 0; i < others.size(); i++) {
            assertRefused(Kind.KEY_REUSED, outcomes.get(1 + i));
        }
        assertRows(1L, outcomes.get(others.size() + 1));
        assertEquals(new Replayed(0, done(outcomes.get(0)), false), outcomes.get(others.size() + 2));
    }

    /** Whoever was told of a refusal may rely on it, though a first sending of the same may arrive only now. */
    @Test
    void aRefusalIsRememberedThoughItsCauseIsGone() {
        Command insert = keyed("k", "INSERT INTO t(x) VALUES ('b')", "INSERT INTO t(x) VALUES ('a')");
        List<CommandOutcome> outcomes = Groupings.check(
                directory,
                List.of(TABLE, command("INSERT INTO t(x) VALUES ('a')")),
                List.of(
                        insert,
                        command("DELETE FROM t"),
                        insert,
                        COUNT,
                        keyed("other key", "INSERT INTO t(x) VALUES ('b')", "INSERT INTO t(x) VALUES ('a')"),
                        keyed("s", "SELECT nothing FROM nowhere"),
                        keyed("s", "SELECT nothing FROM nowhere"),
                        keyed(
                                "r",
                                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 99)"
                                        + " SELECT zeroblob(100000) FROM c"),
                        keyed(
                                "r",
                                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 99)"
                                        + " SELECT zeroblob(100000) FROM c")));
        Refused first = assertInstanceOf(Refused.class, outcomes.get(0));
        Refused again =
                assertInstanceOf(Refused.class, replayed(outcomes.get(2)).first());
        assertEquals(
                List.of(Kind.CONSTRAINT, 2067, 1), List.of(again.kind(), again.sqliteCode(), again.statementIndex()));
        assertEquals(first.sqliteCode(), again.sqliteCode());
        assertRows(0L, outcomes.get(3));
        done(outcomes.get(4));
        assertRefused(Kind.SQL_ERROR, replayed(outcomes.get(6)).first());
        assertRefused(Kind.TOO_LARGE, replayed(outcomes.get(8)).first());
    }

    @Test
    void commandsThatAreAppliedAloneAreExecutedOnceToo() {
        Command rollback =
                keyed("or rollback", "INSERT INTO t(x) VALUES ('b')", "INSERT OR ROLLBACK INTO t(x) VALUES ('a')");
        Command vacuum = keyed("vacuum", "VACUUM");
        Command insert = keyed("insert", "INSERT INTO t(x, r) VALUES ('c', random()) RETURNING r");
        List<CommandOutcome> outcomes = Groupings.check(
                directory,
                List.of(TABLE, command("INSERT INTO t(x) VALUES ('a')")),
                List.of(insert, rollback, insert, vacuum, rollback, vacuum, insert, COUNT));
        assertRefused(Kind.CONSTRAINT, outcomes.get(1));
        assertRefused(Kind.CONSTRAINT, replayed(outcomes.get(4)).first());
        done(replayed(outcomes.get(5)).first());
        assertEquals(new Replayed(0, done(outcomes.get(0)), false), outcomes.get(6));
        assertRows(2L, outcomes.get(7));
    }

    @Test
    void aForeignKeyThatFailsAtTheEndIsRememberedAsThat() {
        Command orphan = keyed("orphan", "INSERT INTO d(t) VALUES (7)");
        Command child = keyed("child", "INSERT INTO d(t) VALUES (1) RETURNING id");
        List<CommandOutcome> outcomes = Groupings.check(
                directory,
                List.of(TABLE, DEFERRED, command("INSERT INTO t(id) VALUES (1)")),
                List.of(orphan, child, child, command("INSERT INTO t(id) VALUES (7)"), orphan));
        assertRefused(Kind.CONSTRAINT, outcomes.get(0));
        assertEquals(new Replayed(0, done(outcomes.get(1)), false), outcomes.get(2));
        assertRefused(Kind.CONSTRAINT, replayed(outcomes.get(4)).first());
    }

    @Test
    void keysDoNotShowInWhatACommandSeesOfItsConnection() {
        String state = "SELECT last_insert_rowid(), changes(), total_changes()";
        List<CommandOutcome> outcomes = Groupings.check(
                directory,
                List.of(TABLE),
                List.of(
                        keyed("a", "INSERT INTO t(id) VALUES (77)", state),
                        command(state),
                        keyed("b", state),
                        keyed("a", "INSERT INTO t(id) VALUES (77)", state),
                        command("INSERT INTO t(x) VALUES ('n')", state)));
        Row row = done(outcomes.get(0)).results().get(1).rows().get(0);
        assertEquals(List.of(77L, 1L, 1L), List.of(row.getLong(0), row.getLong(1), row.getLong(2)));
        assertRows(0L, outcomes.get(1));
    }

    /** A crash after any COMMIT: what was done before is not done again, under its key neither. */
    @Test
    void aCrashWithinAnEntryLosesNoKeyAndExecutesNothingTwice() throws IOException {
        List<Command> commands = List.of(
                keyed("1", "INSERT INTO t(x, r) VALUES (1, random()) RETURNING *"),
                keyed("2", "INSERT INTO t(x) VALUES (2), (1)"),
                keyed("1", "INSERT INTO t(x, r) VALUES (1, random()) RETURNING *"),
                keyed("3", "INSERT INTO t(x, r) VALUES (3, random())"),
                keyed("3", "INSERT INTO t(x, r) VALUES (4, random())"),
                keyed("4", "INSERT INTO d(t) VALUES (99)"));
        List<String> expected = null;
        long digest = 0;
        int commits = 0;
        for (int crashAfter = 0; crashAfter == 0 || crashAfter <= commits; crashAfter++) {
            Path from = directory.resolve("from" + crashAfter + ".db");
            Path to = directory.resolve("to" + crashAfter + ".db");
            int[] seen = {0};
            int when = crashAfter;
            Entry entry;
            try (TestNode node = new TestNode(from)) {
                node.apply(TABLE);
                node.apply(DEFERRED);
                entry = node.entry(commands);
                node.replica().onCommit(() -> {
                    if (++seen[0] == when) {
                        copy(from, to);
                    }
                });
                node.replica().apply(List.of(entry));
                commits = seen[0];
                if (crashAfter == 0) {
                    expected = ownContents(from);
                    digest = node.replica().position().digest();
                    assertEquals(List.of("1", "2", "3", "4"), column(from, "SELECT key FROM wesdb_keys ORDER BY id"));
                    continue;
                }
            }
            try (Replica replica = Replica.open(new TestNodeSettings(to).settings())) {
                if (replica.position().applied() < entry.index()) {
                    replica.apply(List.of(entry));
                }
                assertEquals(digest, replica.position().digest(), "crash after " + crashAfter);
            }
            assertEquals(expected, ownContents(to), "crash after " + crashAfter);
        }
        assertTrue(commits > commands.size(), "each in a transaction of its own: " + commits);
    }

    private record TestNodeSettings(Path path) {
        ReplicaSettings settings() {
            return new ReplicaSettings(path, "cluster", "lineage", true, ZoneOffset.UTC, 4096, 1 << 20);
        }
    }

    private static List<String> ownContents(Path path) {
        List<String> contents = new ArrayList<>(ContentsOf.file(path));
        contents.addAll(
                column(path, "SELECT id || key || body_high || entry || hex(outcome) FROM wesdb_keys ORDER BY id"));
        contents.addAll(
                column(
                        path,
                        "SELECT unchanged_since || ' ' || key_next || ' ' || key_count || ' ' || key_bytes || ' ' || key_rows_from FROM wesdb_meta"));
        return contents;
    }

    private static List<String> column(Path path, String select) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(select)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
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

    @Test
    void moreRowsThanAreRememberedAreLeftOutAndThatIsSaid() {
        KeyBounds small = new KeyBounds(1_000_000, 100, 1 << 20, 200);
        try (TestNode node = new TestNode(directory.resolve("n.db"), small)) {
            node.apply(TABLE);
            Command insert = new Command(List.of(
                            sql("INSERT INTO t(x) VALUES (?) RETURNING x", "x".repeat(300)),
                            sql("INSERT INTO t(x) VALUES (?), (?)", 1L, 2L)))
                    .withKey("k");
            done(node.apply(insert).get(0));
            node.restart();
            Replayed again = replayed(node.apply(insert).get(0));
            assertTrue(again.rowsOmitted());
            List<StatementResult> results = done(again.first()).results();
            assertEquals(
                    List.of(1L, 2L),
                    results.stream().map(StatementResult::rowsAffected).toList());
            assertEquals(3, results.get(1).lastInsertRowId().getAsLong());
            assertEquals(List.of(), results.get(0).columns());
            // Counts are remembered whatever their number.
            Command many = new Command(Collections.nCopies(500, sql("DELETE FROM t WHERE id = -1"))).withKey("m");
            node.apply(many);
            assertFalse(replayed(node.apply(many).get(0)).rowsOmitted());
        }
    }

    @Test
    void keysAreForgottenOldestFirstByNumberBytesAndTheEntriesTime() {
        KeyBounds small = new KeyBounds(1_000, 5, 2_000, 1_000);
        try (TestNode node = new TestNode(directory.resolve("n.db"), small)) {
            node.apply(TABLE);
            for (int i = 0; i < 7; i++) {
                node.apply(keyed("n" + i, "INSERT INTO t(x) VALUES (" + i + ")"));
            }
            assertEquals(List.of("n2", "n3", "n4", "n5", "n6"), keys(node));
            assertRefused(
                    Kind.CONSTRAINT,
                    node.apply(keyed("n0", "INSERT INTO t(x) VALUES (0)")).get(0));

            node.apply(keyed("large", "SELECT zeroblob(900)"));
            node.apply(keyed("larger", "SELECT zeroblob(950)"));
            // Both with their rows would be beyond 2,000 bytes: the older one's are forgotten, and no key is.
            assertEquals(List.of("n5", "n6", "n0", "large", "larger"), keys(node));
            node.restart();
            assertTrue(
                    replayed(node.apply(keyed("large", "SELECT zeroblob(900)")).get(0))
                            .rowsOmitted());
            assertFalse(
                    replayed(node.apply(keyed("larger", "SELECT zeroblob(950)")).get(0))
                            .rowsOmitted());

            node.time += 999;
            replayed(node.apply(keyed("larger", "SELECT zeroblob(950)")).get(0));
            node.apply(keyed("late", "SELECT 1"));
            node.time += 1;
            done(node.apply(keyed("larger", "SELECT zeroblob(950)")).get(0));
            assertEquals("larger", keys(node).get(keys(node).size() - 1));
            node.time += 1_000_000;
            node.apply(keyed("last", "SELECT 1"));
            assertEquals(List.of("last"), keys(node));
            assertEquals(
                    List.of("1 "
                            + (100
                                    + 4
                                    + column(node.path, "SELECT length(outcome) FROM wesdb_keys").stream()
                                            .mapToInt(Integer::parseInt)
                                            .sum())),
                    column(node.path, "SELECT key_count || ' ' || key_bytes FROM wesdb_meta"));
        }
    }

    @Test
    void keysThatAreTooLargeByThemselvesAreForgottenOldestFirst() {
        KeyBounds small = new KeyBounds(1_000, 100, 500, 1_000);
        try (TestNode node = new TestNode(directory.resolve("n.db"), small)) {
            node.apply(TABLE);
            for (int i = 0; i < 9; i++) {
                node.apply(keyed("n" + i, "INSERT INTO t(x) VALUES (" + i + ")"));
            }
            assertEquals(List.of("n5", "n6", "n7", "n8"), keys(node));
        }
    }

    /** Or a client's large results would undo what others were promised. */
    @Test
    void largeResultsPushNoKeysOut() {
        KeyBounds small = new KeyBounds(Long.MAX_VALUE, 10_000, 1 << 20, 1 << 16);
        try (TestNode node = new TestNode(directory.resolve("n.db"), small)) {
            node.apply(TABLE);
            Command first = keyed("first", "INSERT INTO t(x) VALUES (1) RETURNING x");
            node.apply(first);
            for (int i = 0; i < 200; i++) {
                node.apply(keyed("n" + i, "SELECT zeroblob(60000)"));
            }
            assertRows(1L, replayed(node.apply(first).get(0)).first());
            assertTrue(
                    replayed(node.apply(keyed("n0", "SELECT zeroblob(60000)")).get(0))
                            .rowsOmitted());
            assertEquals(
                    column(node.path, "SELECT sum(bytes) FROM wesdb_keys"),
                    column(node.path, "SELECT key_bytes FROM wesdb_meta WHERE key_bytes <= " + (1 << 20)));
        }
    }

    private static List<String> keys(TestNode node) {
        return column(node.path, "SELECT key FROM wesdb_keys ORDER BY id");
    }

    /** What is forgotten, and so what every later command comes to, follows from the log alone. */
    @Test
    void nodesThatWereRestartedForgetTheSameKeys() {
        KeyBounds small = new KeyBounds(50, 7, 3_000, 500);
        Random random = new Random(11);
        try (TestNode running = new TestNode(directory.resolve("a.db"), small);
                TestNode restarted = new TestNode(directory.resolve("b.db"), small)) {
            running.apply(TABLE);
            restarted.apply(TABLE);
            for (int i = 0; i < 200; i++) {
                int key = random.nextInt(12);
                Command command = keyed("k" + key, "SELECT zeroblob(" + random.nextInt(4) * 150 + ")");
                List<Command> commands =
                        random.nextInt(5) == 0 ? List.of(command, command("VACUUM")) : List.of(command, command);
                long time = running.time + random.nextInt(10);
                running.time = time;
                restarted.time = time;
                assertEquals(running.apply(commands), restarted.apply(commands), "step " + i);
                restarted.restart();
            }
            assertEquals(running.replica().position(), restarted.replica().position());
            assertEquals(ownContents(running.path), ownContents(restarted.path));
        }
    }

    @Test
    void manyKeysGoingByLeaveTheFileBounded() {
        KeyBounds bounds = new KeyBounds(Long.MAX_VALUE, 10_000, 64L << 20, 1 << 16);
        try (TestNode node = new TestNode(directory.resolve("n.db"), bounds)) {
            node.apply(TABLE);
            long pagesWhenFull = 0;
            for (int i = 0; i < 100; i++) {
                List<Command> commands = new ArrayList<>();
                for (int k = 0; k < 1_000; k++) {
                    commands.add(keyed("key-" + i + "-" + k, "UPDATE t SET x = 1 WHERE id = 1"));
                }
                node.apply(commands);
                if (i == 19) {
                    pagesWhenFull = pages(node);
                }
            }
            assertEquals(List.of("10000"), column(node.path, "SELECT count(*) FROM wesdb_keys"));
            assertEquals(List.of("10000"), column(node.path, "SELECT key_count FROM wesdb_meta"));
            assertEquals(
                    column(node.path, "SELECT sum(bytes) FROM wesdb_keys"),
                    column(node.path, "SELECT key_bytes FROM wesdb_meta"));
            assertTrue(pages(node) <= pagesWhenFull * 1.2, pagesWhenFull + " pages became " + pages(node));
            replayed(node.apply(keyed("key-99-0", "UPDATE t SET x = 1 WHERE id = 1"))
                    .get(0));
        }
    }

    private static long pages(TestNode node) {
        return Long.parseLong(column(node.path, "PRAGMA page_count").get(0));
    }

    @Test
    void aReplayIsFoldedIntoTheDigest() {
        Done one = new Done(List.of());
        assertNotEquals(OutcomeFold.outcome(0, one), OutcomeFold.outcome(0, new Replayed(1, one, false)));
        assertNotEquals(
                OutcomeFold.outcome(0, new Replayed(2, one, false)),
                OutcomeFold.outcome(0, new Replayed(1, one, false)));
        assertNotEquals(
                OutcomeFold.outcome(0, new Replayed(1, one, true)),
                OutcomeFold.outcome(0, new Replayed(1, one, false)));
    }

    @Test
    void anOutcomeThatWasGarbledIsDamageOfThisNode() throws SQLException {
        Path path = directory.resolve("n.db");
        try (TestNode node = new TestNode(path)) {
            node.apply(TABLE);
            node.apply(keyed("k", "SELECT 1"));
            try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path);
                    Statement statement = connection.createStatement()) {
                statement.executeUpdate("UPDATE wesdb_keys SET outcome = x'63'");
            }
            StorageException fault = assertThrows(StorageException.class, () -> node.apply(keyed("k", "SELECT 1")));
            assertEquals(StorageException.Kind.DAMAGED, fault.kind());
        }
    }
}
