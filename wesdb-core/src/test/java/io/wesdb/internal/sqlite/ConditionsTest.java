package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;
import static io.wesdb.internal.sqlite.TestNode.sql;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.SqlException;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Condition;
import io.wesdb.internal.log.Condition.NothingSince;
import io.wesdb.internal.log.Condition.QueryGives;
import io.wesdb.internal.log.RowsHash;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A command whose conditions do not hold when its turn comes changes nothing, on any node (I3). */
class ConditionsTest {
    private static final Command TABLE = command("CREATE TABLE t (id INTEGER PRIMARY KEY, x UNIQUE, v)");
    private static final Command ROW = command("INSERT INTO t VALUES (1, 'a', 0)");

    @TempDir
    Path directory;

    private static Command when(Condition condition, String... statements) {
        return new Command(null, List.of(condition), command(statements).statements());
    }

    private static Condition gives(SqlStatement query, List<?>... rows) {
        return new QueryGives(query, RowsHash.of(Arrays.asList(rows)));
    }

    private static Condition gives(String query, Object... row) {
        return gives(sql(query), Arrays.asList(row));
    }

    private static Refused refused(Kind kind, CommandOutcome outcome) {
        Refused refused = assertInstanceOf(Refused.class, outcome);
        assertEquals(kind, refused.kind(), refused.message());
        assertEquals(-1, refused.statementIndex());
        return refused;
    }

    private static Object value(CommandOutcome outcome) {
        return assertInstanceOf(Done.class, outcome)
                .results()
                .get(0)
                .rows()
                .get(0)
                .get(0);
    }

    @Test
    void ofTwoThatExpectTheSameTheFirstIsDoneHoweverTheyAreGrouped() {
        Command set = when(gives("SELECT v FROM t WHERE id = 1", 0L), "UPDATE t SET v = v + 1 WHERE id = 1");
        List<CommandOutcome> outcomes =
                Groupings.check(directory, List.of(TABLE, ROW), List.of(set, set, command("SELECT v FROM t"), set));
        assertInstanceOf(Done.class, outcomes.get(0));
        refused(Kind.PRECONDITION_FAILED, outcomes.get(1));
        assertEquals(1L, value(outcomes.get(2)));
        refused(Kind.PRECONDITION_FAILED, outcomes.get(3));
    }

    @Test
    void valuesTypesNumberAndOrderOfRowsCount() {
        List<Condition> unmet = List.of(
                gives("SELECT 1", 1.0),
                gives("SELECT 1", "1"),
                gives("SELECT 1", (Object) null),
                gives("SELECT NULL", 0L),
                gives("SELECT x'61'", "a"),
                gives("SELECT 1, 2", 1L),
                gives("SELECT 1", 1L, 2L),
                gives("SELECT '', 'ab'", "a", "b"),
                gives(sql("SELECT 1 WHERE 0"), List.of(1L)),
                gives(sql("SELECT 1")),
                gives(sql("VALUES (1), (2)"), List.of(2L), List.of(1L)),
                gives(sql("VALUES (1), (2)"), List.of(1L, 2L)));
        List<Condition> met = List.of(
                gives("SELECT 1, 1.5, 'ä', x'00', NULL, -0.0", 1L, 1.5, "ä", new byte[1], null, 0.0),
                gives(sql("SELECT ?, ?", 5L, "x"), List.of(5L, "x")),
                gives(sql("SELECT 1 WHERE 0")),
                gives(sql("VALUES (1), (2)"), List.of(1L), List.of(2L)),
                gives(sql("WITH c AS (SELECT 3) SELECT * FROM c"), List.of(3L)),
                gives("SELECT datetime('now'), datetime('now') = CURRENT_TIMESTAMP", "2023-11-14 22:13:20", 1L));
        List<Command> commands = new ArrayList<>();
        unmet.forEach(each -> commands.add(when(each, "INSERT INTO t(v) VALUES (1)")));
        met.forEach(each -> commands.add(when(each, "INSERT INTO t(v) VALUES (1)")));
        List<CommandOutcome> outcomes = Groupings.check(directory, List.of(TABLE), commands);
        for (int i = 0; i < commands.size(); i++) {
            if (i < unmet.size()) {
                refused(Kind.PRECONDITION_FAILED, outcomes.get(i));
            } else {
                assertInstanceOf(Done.class, outcomes.get(i), commands.get(i).toString());
            }
        }
    }

    /** What a write may not ask, since it differs from node to node, may not decide about a write. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT sqlite_version()",
                "SELECT random()",
                "SELECT hex(randomblob(4))",
                "SELECT r FROM chance",
                "SELECT * FROM wesdb_meta",
                "SELECT * FROM pragma_compile_options",
                "SELECT * FROM dbstat",
                "PRAGMA user_version",
                "EXPLAIN SELECT 1",
                "DELETE FROM t RETURNING 1",
                "WITH c AS (SELECT 1) INSERT INTO t(v) SELECT * FROM c",
                "BEGIN",
                "VACUUM",
                "SELECT 1; SELECT 2",
                "SELECT padl('x', 9)",
                "SELECT optimize(f) FROM f",
                "SELECT * FROM nowhere",
                "SELECT ?",
                "SELEKT"
            })
    void whatIsNoQueryThatAWriteMayAskRefusesTheCommand(String query) {
        List<CommandOutcome> outcomes = Groupings.check(
                directory,
                List.of(
                        TABLE,
                        ROW,
                        command("CREATE VIEW chance AS SELECT random() AS r"),
                        command("CREATE VIRTUAL TABLE f USING fts4(x)")),
                List.of(when(gives(query, 1L), "UPDATE t SET v = 9"), command("SELECT v FROM t")));
        refused(Kind.SQL_ERROR, outcomes.get(0));
        assertEquals(0L, value(outcomes.get(1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT sqlite_version()",
                "PRAGMA user_version",
                "DELETE FROM t",
                "SELECT 1; SELECT 2",
                "EXPLAIN SELECT 1"
            })
    void whatTheTextTellsIsRefusedBeforeItIsLogged(String query) {
        assertThrows(SqlException.class, () -> StatementRules.checkCondition(query));
    }

    @Test
    void aConditionIsJudgedBeforeTheCommandsOwnStatementsAndLeavesNothingBehind() {
        List<CommandOutcome> outcomes = Groupings.check(
                directory,
                List.of(TABLE, ROW),
                List.of(
                        when(
                                gives("SELECT count(*) FROM t", 2L),
                                "INSERT INTO t(v) VALUES (1)",
                                "INSERT INTO t(v) VALUES (2)"),
                        when(
                                gives("SELECT last_insert_rowid(), changes()", 0L, 0L),
                                "INSERT INTO t VALUES (50, 'x', 1)"),
                        command("SELECT last_insert_rowid()"),
                        when(gives("SELECT count(*) FROM t", 3L), "DELETE FROM t"),
                        command("VACUUM"),
                        when(
                                gives("SELECT count(*) FROM t", 2L),
                                "INSERT INTO t(v) VALUES (1)",
                                "INSERT OR ROLLBACK INTO t(x) VALUES ('a')"),
                        when(gives("SELECT count(*) FROM t", 2L), "SELECT count(*) FROM t")));
        refused(Kind.PRECONDITION_FAILED, outcomes.get(0));
        assertInstanceOf(Done.class, outcomes.get(1));
        assertEquals(0L, value(outcomes.get(2)));
        refused(Kind.PRECONDITION_FAILED, outcomes.get(3));
        assertInstanceOf(Done.class, outcomes.get(4));
        assertEquals(
                Kind.CONSTRAINT,
                assertInstanceOf(Refused.class, outcomes.get(5)).kind());
        assertEquals(2L, value(outcomes.get(6)));
    }

    @Test
    void anIndexHoldsUntilAUsersCommandIsExecuted() {
        try (TestNode node = new TestNode(directory.resolve("n.db"))) {
            node.apply(TABLE); // 1
            node.apply(ROW); // 2
            node.run("SELEKT"); // 3
            node.apply(VerifyCommand.command(), OptimizeCommand.command()); // 4
            node.apply(command("SELECT 1").withKey("k")); // 5
            node.apply(command("SELECT 1").withKey("k")); // 6, a replay
            node.restart();
            refused(
                    Kind.PRECONDITION_FAILED,
                    node.apply(when(new NothingSince(4), "DELETE FROM t")).get(0)); // 7
            refused(
                    Kind.PRECONDITION_FAILED,
                    node.apply(when(new NothingSince(99), "DELETE FROM t")).get(0)); // 8
            List<CommandOutcome> both = node.apply(
                    when(new NothingSince(5), "UPDATE t SET v = v + 1"),
                    when(new NothingSince(5), "UPDATE t SET v = v + 1"),
                    when(new NothingSince(9), "UPDATE t SET v = v + 1")); // 9
            assertInstanceOf(Done.class, both.get(0));
            refused(Kind.PRECONDITION_FAILED, both.get(1));
            refused(Kind.PRECONDITION_FAILED, both.get(2));
            assertInstanceOf(
                    Done.class,
                    node.apply(when(new NothingSince(9), "UPDATE t SET v = v + 1"))
                            .get(0));
            assertEquals(2L, node.value("SELECT v FROM t"));
        }
    }

    /** What a reader can see under the index of an entry that is applied in parts is not all of it. */
    @Test
    void anIndexUnderWhichAnEntryCouldBeReadHalfDoneIsNotEnough() {
        try (TestNode node = new TestNode(directory.resolve("n.db"))) {
            node.apply(TABLE); // 1
            node.apply(ROW); // 2
            node.must("CREATE TABLE bad(x)"); // 3
            node.must("CREATE TRIGGER g BEFORE INSERT ON bad BEGIN SELECT RAISE(ROLLBACK, 'no'); END"); // 4
            List<Long> read = new ArrayList<>();
            try (ReaderPool pool = node.readers(1)) {
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
                node.replica().onCommit(() -> {
                    Reader reader = pool.acquire(ReaderPool.Use.QUERY, deadline);
                    Reader.Rows rows = reader.query(sql("SELECT v FROM t"), TestNode.LIMITS, deadline);
                    read.add(rows.rows().get(0).get(0) instanceof Long v && v == 0 ? rows.index() : -1);
                    pool.release(reader);
                });
                node.apply(command("INSERT INTO bad VALUES (1)"), command("UPDATE t SET v = v + 1")); // 5
                node.replica().onCommit(() -> {});
            }
            assertEquals(5, read.get(0), "the index under which the row was seen as it was before");
            node.restart();
            Command set = when(new NothingSince(5), "UPDATE t SET v = v + 1");
            refused(Kind.PRECONDITION_FAILED, node.apply(set).get(0)); // 6
            assertInstanceOf(
                    Done.class,
                    node.apply(when(new NothingSince(6), "UPDATE t SET v = v + 1"))
                            .get(0));
            assertEquals(2L, node.value("SELECT v FROM t"));
        }
    }

    /** Its condition would not be judged alike after a crash in between, nor on a connection that was used. */
    @Test
    void vacuumTakesNoCondition() {
        List<Command> commands = List.of(
                when(gives("SELECT last_insert_rowid()", 0L), "VACUUM"),
                when(gives("SELECT 1", 1L), "VACUUM").withKey("k"),
                when(new NothingSince(2), "VACUUM"),
                command("VACUUM"));
        List<CommandOutcome> outcomes = Groupings.check(directory, List.of(TABLE, ROW), commands);
        for (CommandOutcome outcome : outcomes.subList(0, 3)) {
            assertEquals(
                    Kind.SQL_ERROR, assertInstanceOf(Refused.class, outcome).kind());
        }
        assertInstanceOf(Done.class, outcomes.get(3));
    }

    /** Every node stands still while a condition is looked at; this one would never end. */
    @Test
    void theFirstRowTooManyDecides() {
        String endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c";
        List<Command> commands = List.of(
                when(gives(sql(endless)), "DELETE FROM t"),
                when(gives(sql(endless), List.of(1L), List.of(2L)), "DELETE FROM t"),
                when(gives(sql(endless + " LIMIT 2"), List.of(1L), List.of(2L)), "DELETE FROM t"));
        List<CommandOutcome> outcomes = Groupings.check(directory, List.of(TABLE, ROW), commands);
        refused(Kind.PRECONDITION_FAILED, outcomes.get(0));
        refused(Kind.PRECONDITION_FAILED, outcomes.get(1));
        assertInstanceOf(Done.class, outcomes.get(2));
    }

    /** A text of this length is not kept, so its statement must be given up. */
    @Test
    void whatIsRefusedByItsCompiledFormLeavesNoStatementOpen() {
        try (TestNode node = new TestNode(directory.resolve("n.db"))) {
            node.apply(TABLE);
            node.apply(ROW);
            int before = node.openStatements();
            for (int i = 0; i < 20; i++) {
                String pad = " /* " + "x".repeat(17_000) + i + " */";
                refused(
                        Kind.SQL_ERROR,
                        node.apply(when(gives("SELECT random()" + pad, 0L), "DELETE FROM t"))
                                .get(0));
                assertInstanceOf(Refused.class, node.run("INSERT INTO t(v) SELECT sqlite_version()" + pad));
            }
            assertTrue(node.openStatements() <= before + 1, node.openStatements() + " of " + before);
        }
    }

    /** Also where an entry is begun in one transaction, taken back, and applied command by command. */
    @Test
    void anEntryThatIsAppliedAnewCountsOnce() {
        try (TestNode node = new TestNode(directory.resolve("n.db"))) {
            node.apply(TABLE); // 1
            node.apply(ROW); // 2
            List<CommandOutcome> outcomes = node.apply(
                    when(new NothingSince(2), "UPDATE t SET v = v + 1"),
                    command("INSERT OR ROLLBACK INTO t VALUES (2, 'a', 0)"),
                    when(new NothingSince(2), "UPDATE t SET v = v + 1"));
            assertInstanceOf(Done.class, outcomes.get(0));
            refused(Kind.PRECONDITION_FAILED, outcomes.get(2));
            assertEquals(1L, node.value("SELECT v FROM t"));
        }
    }
}
