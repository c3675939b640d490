package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;
import static io.wesdb.internal.sqlite.TestNode.sql;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.Row;
import io.wesdb.StatementResult;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command's outcome depends neither on which others share its entry nor on what its node did before. */
class TrapsTest {
    @TempDir
    Path directory;

    private static final Command TABLE = command("CREATE TABLE t (id INTEGER PRIMARY KEY, x UNIQUE, n INTEGER)");

    private List<CommandOutcome> check(List<Command> before, Command... commands) {
        return Groupings.check(directory, before, List.of(commands));
    }

    private static StatementResult result(CommandOutcome outcome, int statement) {
        return assertInstanceOf(Done.class, outcome).results().get(statement);
    }

    private static Object value(CommandOutcome outcome, int statement, int column) {
        return result(outcome, statement).rows().get(0).get(column);
    }

    private static Refused refused(CommandOutcome outcome, Kind kind) {
        Refused refused = assertInstanceOf(Refused.class, outcome);
        assertEquals(kind, refused.kind(), refused.message());
        return refused;
    }

    @Test
    void orRollbackUndoesItsOwnCommandOnly() {
        List<CommandOutcome> outcomes = check(
                List.of(TABLE),
                command("INSERT INTO t(x) VALUES ('a')"),
                command("INSERT INTO t(x) VALUES ('b')", "INSERT OR ROLLBACK INTO t(x) VALUES ('a')"),
                command("INSERT INTO t(x) VALUES ('c')"),
                command("SELECT group_concat(x) FROM t"));
        refused(outcomes.get(1), Kind.CONSTRAINT);
        assertEquals("a,c", value(outcomes.get(3), 0, 0));
    }

    /** With samples SQLite calls the date functions while it compiles, and what held for the last statement must not. */
    @Test
    void whatHeldForDatesInTheLastStatementDoesNotHoldForTheNext() {
        check(
                List.of(
                        command("CREATE TABLE s(ts)"),
                        command("CREATE INDEX s_ts ON s(ts)"),
                        command("CREATE TABLE g(x, y GENERATED ALWAYS AS (date(x)) STORED)"),
                        command("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 500)"
                                + " INSERT INTO s SELECT datetime(n * 100000, 'unixepoch') FROM c"),
                        command("ANALYZE")),
                command("INSERT INTO g(x) VALUES ('2020-01-01')"),
                command("DELETE FROM s WHERE ts < datetime('now', '-50 years')"),
                command("SELECT count(*) FROM s"));
    }

    /** ALTER TABLE opens the TEMP database for good, and then DROP … IF EXISTS looks for what is not there in it too. */
    @Test
    void whatIsDroppedIfItExistsNeedNotExistAlsoAfterATableWasAltered() {
        List<CommandOutcome> outcomes = check(
                List.of(TABLE, command("ALTER TABLE t RENAME COLUMN n TO m")),
                command("DROP TABLE IF EXISTS missing"),
                command("DROP INDEX IF EXISTS missing"),
                command("DROP VIEW IF EXISTS missing"),
                command("DROP TRIGGER IF EXISTS missing"),
                command("CREATE TABLE IF NOT EXISTS t(x)"),
                command("CREATE INDEX IF NOT EXISTS i ON t(x)"),
                command("DROP INDEX i"),
                command("REINDEX"),
                command("ANALYZE"));
        outcomes.forEach(outcome -> assertInstanceOf(Done.class, outcome));
    }

    @Test
    void anUpsertThatUpdatesGivesNoRowIdWhateverItsTriggersInsert() {
        Command upsert = command("INSERT INTO t(x) VALUES ('a') ON CONFLICT DO UPDATE SET n = 1");
        List<CommandOutcome> outcomes = check(
                List.of(
                        TABLE,
                        command("CREATE TABLE s(id INTEGER PRIMARY KEY)"),
                        command("CREATE TRIGGER g AFTER UPDATE ON t BEGIN INSERT INTO s VALUES (NULL); END"),
                        command("CREATE TRIGGER h AFTER UPDATE OF x ON t BEGIN"
                                + " DELETE FROM t WHERE id = 77; INSERT INTO t(id) VALUES (77); END")),
                command("INSERT INTO t(x) VALUES ('a')"),
                upsert, // s gets a row 1, the rowid that was last inserted into t
                // The same with a trigger that inserts into the upsert's own table.
                command("INSERT INTO t(id, x) VALUES (77, 'y')"),
                command("INSERT INTO t(x) VALUES ('a') ON CONFLICT DO UPDATE SET x = 'c'"),
                command("INSERT INTO t(x) VALUES ('b') ON CONFLICT DO UPDATE SET n = 1"));
        assertEquals(OptionalLong.empty(), result(outcomes.get(1), 0).lastInsertRowId());
        assertEquals(OptionalLong.empty(), result(outcomes.get(3), 0).lastInsertRowId());
        assertEquals(OptionalLong.of(78), result(outcomes.get(4), 0).lastInsertRowId());
    }

    /** The second time the statements are known, but not on a node that was restarted. */
    @Test
    void aWriteSeesWhatTheCommandChangedBeforeItWhetherOrNotItIsKnown() {
        Command direct = command("UPDATE t SET n = n", "INSERT INTO t(n) SELECT changes()");
        Command triggered = command("UPDATE t SET n = n", "INSERT INTO s VALUES (1)");
        List<CommandOutcome> outcomes = check(
                List.of(
                        TABLE,
                        command("CREATE TABLE s(x)"),
                        command("CREATE TRIGGER g BEFORE INSERT ON s BEGIN INSERT INTO t(n) VALUES (changes()); END"),
                        command("INSERT INTO t(n) VALUES (0), (0)")),
                direct,
                direct,
                triggered,
                triggered,
                command("SELECT group_concat(n ORDER BY id) FROM t"));
        assertEquals("0,0,2,3,4,5", value(outcomes.get(4), 0, 0));
    }

    @Test
    void likeMayBeUsedWhereverSqliteLetsItBe() {
        List<CommandOutcome> outcomes = check(
                List.of(TABLE),
                command("CREATE INDEX i ON t(x) WHERE x LIKE 'a%'"),
                command("CREATE INDEX j ON t(x LIKE 'a%', x GLOB 'b*')"),
                command("CREATE TABLE g(x, y AS (x LIKE 'A_'), CHECK (x LIKE '%'))"),
                command("INSERT INTO g(x) VALUES ('ab')"),
                command("SELECT y FROM g"));
        assertEquals(1L, value(outcomes.get(4), 0, 0));
    }

    @Test
    void optimizeLooksAtContentOnlyHoweverItIsWritten() {
        check(
                List.of(
                        command("CREATE TABLE s(k, v)"),
                        command("CREATE INDEX s_k ON s(k)"),
                        command("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 500)"
                                + " INSERT INTO s SELECT n % 7, n FROM c")),
                command("SELECT count(*) FROM s WHERE k = 3"),
                command("PRAGMA optimize /* = ( */"),
                command("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY 1, 2"));
    }

    @Test
    void aRowidWhoseNamesAreAllTakenIsGuardedToo() {
        List<CommandOutcome> outcomes = check(
                List.of(command("CREATE TABLE r(rowid INTEGER PRIMARY KEY, _rowid_, oid)")),
                command("INSERT INTO r(rowid) VALUES (9223372036854775807)"),
                command("INSERT INTO r(_rowid_) VALUES (1)"));
        refused(outcomes.get(1), Kind.SQL_ERROR);
    }

    @Test
    void orFailLeavesNothingOfItsCommand() {
        List<CommandOutcome> outcomes = check(
                List.of(TABLE),
                command("INSERT INTO t(x) VALUES ('a')"),
                command("INSERT OR FAIL INTO t(x) VALUES ('b'), ('a'), ('c')"),
                command("SELECT group_concat(x) FROM t"));
        assertEquals(2067, refused(outcomes.get(1), Kind.CONSTRAINT).sqliteCode());
        assertEquals("a", value(outcomes.get(2), 0, 0));
    }

    /** The second time a statement is known, and might go without a savepoint. */
    @Test
    void aKnownStatementThatFailsHalfwayLeavesNothing() {
        String fail = "INSERT OR FAIL INTO t(x) VALUES (?), (?), (?)";
        String function = "INSERT INTO p SELECT abs(x) FROM p WHERE x < ? ORDER BY rowid";
        String returning = "INSERT INTO p VALUES (?) RETURNING abs(x)";
        String raise = "INSERT INTO q VALUES (?)";
        String update = "UPDATE p SET x = abs(x - ?)";
        long least = Long.MIN_VALUE;
        List<CommandOutcome> outcomes = check(
                List.of(
                        TABLE,
                        command("CREATE TABLE p (x)"),
                        command("CREATE TABLE q (x)"),
                        command("CREATE TRIGGER qf AFTER INSERT ON q WHEN new.x = 2 BEGIN"
                                + " INSERT INTO p VALUES (1000); SELECT RAISE(FAIL, 'two'); END"),
                        command("INSERT INTO p VALUES (1), (2)")),
                command(sql(fail, "a", "b", "c")),
                command(sql(function, 0L)),
                command(sql(returning, 3L)),
                command(sql(raise, 1L)),
                command(sql(update, 0L)),
                command(sql("INSERT INTO p VALUES (?)", least)),
                command(sql(fail, "d", "a", "e")),
                command(sql(function, 100L)),
                command(sql(returning, least)),
                command(sql(raise, 2L)),
                command(sql(update, 0L)),
                command("SELECT (SELECT group_concat(x) FROM t), (SELECT group_concat(x) FROM p),"
                        + " (SELECT group_concat(x) FROM q)"));
        refused(outcomes.get(6), Kind.CONSTRAINT);
        refused(outcomes.get(7), Kind.SQL_ERROR);
        refused(outcomes.get(8), Kind.SQL_ERROR);
        refused(outcomes.get(9), Kind.CONSTRAINT);
        refused(outcomes.get(10), Kind.SQL_ERROR);
        assertEquals("a,b,c", value(outcomes.get(11), 0, 0));
        assertEquals("1,2,3," + least, value(outcomes.get(11), 0, 1));
        assertEquals("1", value(outcomes.get(11), 0, 2));
    }

    @Test
    void optimizeDependsOnTheContentOnly() {
        check(
                List.of(
                        command("CREATE TABLE s (a, b)"),
                        command("CREATE INDEX sa ON s(a)"),
                        command("CREATE INDEX sb ON s(b)"),
                        command("INSERT INTO s VALUES (1, 2), (1, 3)", "ANALYZE"),
                        command("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                                + " INSERT INTO s SELECT i % 2, i FROM n")),
                command("SELECT count(*) FROM s WHERE a = 1 AND b = 3"),
                command("PRAGMA optimize"),
                command("SELECT count(*) FROM s WHERE a = 1 AND b = 4"));
    }

    @Test
    void raiseRollbackInATriggerUndoesItsOwnCommandOnly() {
        List<CommandOutcome> outcomes = check(
                List.of(
                        TABLE,
                        command("CREATE TRIGGER no BEFORE INSERT ON t WHEN new.x = 'bad' BEGIN"
                                + " SELECT RAISE(ROLLBACK, 'no bad'); END")),
                command("INSERT INTO t(x) VALUES ('a')"),
                command("INSERT INTO t(x) VALUES ('b')", "INSERT INTO t(x) VALUES ('bad')"),
                command("INSERT INTO t(x) VALUES ('c')"));
        Refused refused = refused(outcomes.get(1), Kind.CONSTRAINT);
        assertEquals("no bad", refused.message());
        assertEquals(1, refused.statementIndex());
        assertEquals(OptionalLong.of(2), result(outcomes.get(2), 0).lastInsertRowId());
    }

    @Test
    void aDeferredForeignKeyIsCheckedAtTheEndOfItsCommand() {
        List<CommandOutcome> outcomes = check(
                List.of(
                        command("CREATE TABLE p (id INTEGER PRIMARY KEY)"),
                        command("CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)")),
                command("INSERT INTO c VALUES (1)"),
                command("INSERT INTO p VALUES (1)"),
                command("INSERT INTO c VALUES (2)", "INSERT INTO p VALUES (2)"),
                command("DELETE FROM p WHERE id = 2"),
                command("SELECT count(*) FROM c"));
        assertEquals(787, refused(outcomes.get(0), Kind.CONSTRAINT).sqliteCode());
        assertInstanceOf(Done.class, outcomes.get(2));
        refused(outcomes.get(3), Kind.CONSTRAINT);
        assertEquals(1L, value(outcomes.get(4), 0, 0));
    }

    @Test
    void aDeferredForeignKeyMadeInTheSameEntryIsCheckedAtTheEndOfEachCommand() {
        List<CommandOutcome> outcomes = check(
                List.of(),
                command("CREATE TABLE p (id INTEGER PRIMARY KEY)"),
                command("CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)"),
                command("INSERT INTO c VALUES (1)"),
                command("INSERT INTO p VALUES (1)"));
        refused(outcomes.get(2), Kind.CONSTRAINT);
    }

    @Test
    void connectionStateIsThatOfANewConnectionAtTheStartOfACommand() {
        List<CommandOutcome> outcomes = check(
                List.of(TABLE),
                command("INSERT INTO t(x) VALUES ('a'), ('b')"),
                command("SELECT last_insert_rowid(), changes(), total_changes()"),
                command(
                        "INSERT INTO t(x) VALUES ('c')",
                        "UPDATE t SET n = 1",
                        "SELECT last_insert_rowid(), changes(), total_changes()"),
                command("INSERT INTO t(x, n) VALUES ('d', last_insert_rowid() + changes() + total_changes())"),
                command("SELECT n FROM t WHERE x = 'd'"));
        assertEquals(List.of(0L, 0L, 0L), values(outcomes.get(1), 0));
        assertEquals(List.of(3L, 3L, 4L), values(outcomes.get(2), 2));
        assertEquals(0L, value(outcomes.get(4), 0, 0));
    }

    private static List<Object> values(CommandOutcome outcome, int statement) {
        Row row = result(outcome, statement).rows().get(0);
        return List.of(row.get(0), row.get(1), row.get(2));
    }

    @Test
    void connectionStateReadByATriggerOrADefaultIsThatOfTheCommand() {
        List<CommandOutcome> outcomes = check(
                List.of(
                        TABLE,
                        command("CREATE TABLE seen (x DEFAULT (last_insert_rowid()), y DEFAULT (changes()), z)"),
                        command("CREATE TRIGGER see AFTER UPDATE ON t BEGIN"
                                + " INSERT INTO seen(z) VALUES (\"total_changes\"()); END")),
                command("INSERT INTO t(x) VALUES ('a'), ('b')"),
                command("UPDATE t SET n = 1 WHERE x = 'a'"),
                command("SELECT x, y, z FROM seen"));
        assertEquals(List.of(0L, 0L, 0L), values(outcomes.get(2), 0));
    }

    @Test
    void lastInsertRowIdIsTheStatementsOwn() {
        List<CommandOutcome> outcomes = check(
                List.of(
                        TABLE,
                        command("CREATE TABLE log (id INTEGER PRIMARY KEY, what)"),
                        command("CREATE TABLE w (k PRIMARY KEY, v) WITHOUT ROWID"),
                        command("CREATE TRIGGER tr AFTER INSERT ON t BEGIN"
                                + " INSERT INTO log(id, what) VALUES (1000 + new.id, 'x'); END")),
                command("INSERT INTO t(id, x) VALUES (7, 'a')"),
                command("INSERT INTO w VALUES (1, 2)"),
                command("INSERT OR IGNORE INTO t(x) VALUES ('a')"),
                command("UPDATE t SET n = 3"),
                command("INSERT INTO t(id, x) VALUES (9, 'a') ON CONFLICT(x) DO UPDATE SET n = 4"),
                command("INSERT INTO t(id, x) VALUES (9, 'b') ON CONFLICT(x) DO UPDATE SET n = 4"),
                command(
                        "INSERT INTO t(id, x) VALUES (11, 'c')",
                        "INSERT INTO t(id, x) VALUES (12, 'c') ON CONFLICT(x) DO UPDATE SET n = 4"),
                command("INSERT INTO t(id, x) VALUES (0, 'zero') ON CONFLICT(x) DO NOTHING"),
                command("CREATE TABLE other (y)"),
                command("INSERT INTO t(id, x) VALUES (20, 'r') RETURNING id, x"));
        assertEquals(OptionalLong.of(7), result(outcomes.get(0), 0).lastInsertRowId());
        assertEquals(OptionalLong.empty(), result(outcomes.get(1), 0).lastInsertRowId());
        assertEquals(1, result(outcomes.get(1), 0).rowsAffected());
        assertEquals(OptionalLong.empty(), result(outcomes.get(2), 0).lastInsertRowId());
        assertEquals(OptionalLong.empty(), result(outcomes.get(3), 0).lastInsertRowId());
        assertEquals(OptionalLong.empty(), result(outcomes.get(4), 0).lastInsertRowId());
        assertEquals(OptionalLong.of(9), result(outcomes.get(5), 0).lastInsertRowId());
        assertEquals(OptionalLong.empty(), result(outcomes.get(6), 1).lastInsertRowId());
        assertEquals(1, result(outcomes.get(6), 1).rowsAffected());
        assertEquals(OptionalLong.of(0), result(outcomes.get(7), 0).lastInsertRowId());
        assertEquals(0, result(outcomes.get(8), 0).rowsAffected());
        assertEquals(OptionalLong.of(20), result(outcomes.get(9), 0).lastInsertRowId());
        assertEquals("r", value(outcomes.get(9), 0, 1));
    }

    @Test
    void vacuumRenumbersRowIdsOnAllAlike() {
        List<CommandOutcome> outcomes = check(
                List.of(command("CREATE TABLE v (x)")),
                command("INSERT INTO v VALUES (1), (2), (3)"),
                command("DELETE FROM v WHERE x = 2"),
                command("VACUUM"),
                command("INSERT INTO v VALUES (4)"),
                command("SELECT group_concat(rowid || ':' || x) FROM v"),
                command("INSERT INTO v VALUES (5)", "VACUUM"));
        assertEquals("1:1,2:3,3:4", value(outcomes.get(4), 0, 0));
        refused(outcomes.get(5), Kind.SQL_ERROR);
    }

    @Test
    void randomNumbersComeFromTheSeedAndTimeFromTheEntry() {
        List<CommandOutcome> outcomes = check(
                List.of(
                        command("CREATE TABLE r (id INTEGER PRIMARY KEY, a DEFAULT (random()),"
                                + " b DEFAULT (randomblob(4)), c DEFAULT CURRENT_TIMESTAMP,"
                                + " d DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now', 'localtime')),"
                                + " e AS (date(c)), f)"),
                        command("CREATE INDEX rd ON r(date(c))"),
                        command("CREATE TRIGGER rt AFTER INSERT ON r BEGIN UPDATE r SET f = random() || datetime('now')"
                                + " WHERE id = new.id; END")),
                command("INSERT INTO r DEFAULT VALUES"),
                command("INSERT INTO r(id) VALUES (NULL), (NULL)"),
                command("INSERT INTO r(a) SELECT random() FROM r"),
                command(sql("INSERT INTO r(f, c) VALUES (datetime(?), time(?, 'subsec'))", "NoW", "now")),
                command("SELECT count(DISTINCT a), count(DISTINCT f), min(c), max(d) FROM r"));
        assertEquals(7L, value(outcomes.get(4), 0, 0));
        assertEquals(7L, value(outcomes.get(4), 0, 1));
        assertEquals("2023-11-14 22:13:20.123", value(outcomes.get(4), 0, 3));
    }

    @Test
    void statisticsTakenBackAreForgotten() {
        check(
                List.of(
                        command("CREATE TABLE s (a, b)"),
                        command("CREATE INDEX sa ON s(a)"),
                        command("CREATE INDEX sb ON s(b)"),
                        command("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
                                + " INSERT INTO s SELECT i % 2, 500 - i FROM n"),
                        command("ANALYZE")),
                command("DELETE FROM s WHERE a = 0", "UPDATE s SET b = 1", "ANALYZE", "INSERT INTO nothing VALUES (1)"),
                command("SELECT rowid FROM s WHERE a = 1 AND b > 3 LIMIT 3"),
                command("PRAGMA optimize"),
                command("SELECT rowid FROM s WHERE a = 1 AND b > 3 LIMIT 3"));
    }

    @Test
    void aTableChangedAndTakenBackIsAsItWas() {
        List<CommandOutcome> outcomes = check(
                List.of(TABLE),
                command("ALTER TABLE t ADD COLUMN z", "INSERT INTO t(x, z) VALUES (1, 2)", "SELECT nothing FROM t"),
                command("INSERT INTO t(x, z) VALUES (1, 2)"),
                command("DROP TABLE t", "CREATE TABLE t (y)", "INSERT INTO t VALUES (1)"),
                command("INSERT INTO t(y) VALUES (2)"),
                command("SELECT * FROM t"));
        refused(outcomes.get(0), Kind.SQL_ERROR);
        refused(outcomes.get(1), Kind.SQL_ERROR);
        assertEquals(List.of("y"), result(outcomes.get(4), 0).columns());
    }

    @Test
    void rowIdsThatSqliteWouldChooseAtRandomAreRefused() {
        List<CommandOutcome> outcomes = check(
                List.of(
                        command("CREATE TABLE m (x)"),
                        command("CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x)")),
                command("INSERT INTO m(rowid, x) VALUES (9223372036854775807, 1)"),
                command("INSERT INTO m(x) VALUES (2)"),
                command("INSERT INTO a(id) VALUES (9223372036854775807)"),
                command("INSERT INTO a(x) VALUES (2)"),
                command("INSERT INTO m(rowid, x) VALUES (5, 5)"),
                command("SELECT count(*) FROM m"));
        assertEquals(OptionalLong.of(Long.MAX_VALUE), result(outcomes.get(0), 0).lastInsertRowId());
        refused(outcomes.get(1), Kind.SQL_ERROR);
        assertEquals(13, refused(outcomes.get(3), Kind.SQL_ERROR).sqliteCode());
        assertEquals(1L, value(outcomes.get(5), 0, 0));
    }

    /** SQLite says that the disk is full, which would be no outcome but a fault of this node, for ever. */
    @Test
    void aStatementThatUsesUpTheRowIdsOnItsWayIsRefused() {
        List<CommandOutcome> outcomes = check(
                List.of(
                        command("CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x)"),
                        command("CREATE TABLE b (x)"),
                        command(
                                "CREATE TRIGGER w AFTER INSERT ON b BEGIN INSERT INTO a(x) VALUES (new.x), (new.x); END"),
                        command("INSERT INTO a(id) VALUES (9223372036854775805)")),
                command("INSERT INTO b VALUES (0)"),
                command(
                        "DELETE FROM a WHERE id > 9223372036854775805",
                        "UPDATE sqlite_sequence SET seq = 9223372036854775805"),
                command("INSERT INTO b VALUES (1)", "INSERT INTO a(x) VALUES (2)"),
                command("INSERT INTO a(x) VALUES (3), (4), (5), (6)"),
                command("INSERT INTO b VALUES (7), (8)"),
                command("INSERT INTO a(x) VALUES (9)"),
                command("SELECT group_concat(x) FROM a"),
                command("SELECT group_concat(x) FROM b"));
        assertEquals(13, refused(outcomes.get(2), Kind.SQL_ERROR).sqliteCode());
        assertEquals(13, refused(outcomes.get(3), Kind.SQL_ERROR).sqliteCode());
        assertEquals(13, refused(outcomes.get(4), Kind.SQL_ERROR).sqliteCode());
        assertEquals("9", value(outcomes.get(6), 0, 0));
        assertEquals("0", value(outcomes.get(7), 0, 0));
    }

    /** It is remembered which tables have no such row; each of these ways brings one in, or back. */
    @Test
    void rowIdsThatSqliteWouldChooseAtRandomAreRefusedHoweverTheLargestCameIn() throws Exception {
        String plain = "INSERT INTO m(x) VALUES (1)";
        List<List<Command>> ways = List.of(
                List.of(command("UPDATE m SET id = 9223372036854775807 WHERE id = 1")),
                List.of(command("INSERT INTO m(id) SELECT 9223372036854775807")),
                List.of(command("REPLACE INTO m(id, x) VALUES (9223372036854775807, 2)")),
                List.of(
                        command("CREATE TRIGGER w AFTER INSERT ON other BEGIN"
                                + " UPDATE m SET id = 9223372036854775807 WHERE id = 1; END"),
                        command(plain),
                        command("INSERT INTO other VALUES (1)")),
                List.of(command("DROP TABLE m"), command("ALTER TABLE full RENAME TO m")),
                // Taken out, seen to be gone, and taken back.
                List.of(
                        command("INSERT INTO m(id) VALUES (9223372036854775807)"),
                        command("DELETE FROM m WHERE id > 1000", plain, "INSERT INTO m(nothing) VALUES (1)")),
                List.of(
                        command("INSERT INTO m(id) VALUES (9223372036854775807)"),
                        command("DELETE FROM m WHERE id > 1000", plain, "INSERT INTO u VALUES (1), (1)")));
        for (List<Command> way : ways) {
            List<Command> commands = new ArrayList<>(List.of(command(plain), command(plain), command(plain)));
            commands.addAll(way);
            commands.add(command(plain));
            commands.add(command("SELECT count(*) FROM m WHERE id > 1000"));
            Path place = Files.createDirectories(directory.resolve(String.valueOf(ways.indexOf(way))));
            List<CommandOutcome> outcomes = Groupings.check(
                    place,
                    List.of(
                            command("CREATE TABLE m (id INTEGER PRIMARY KEY, x)"),
                            command("CREATE TABLE full (id INTEGER PRIMARY KEY, x)"),
                            command("CREATE TABLE other (x)"),
                            command("CREATE TABLE u (x UNIQUE)"),
                            command("INSERT INTO full VALUES (9223372036854775807, 1)")),
                    commands);
            assertEquals(1L, value(outcomes.get(commands.size() - 1), 0, 0), () -> "it does not bring it in: " + way);
            refused(outcomes.get(commands.size() - 2), Kind.SQL_ERROR);
        }
    }

    @Test
    void resultsBeyondTheBoundUndoTheirCommandOnly() {
        List<CommandOutcome> outcomes = check(
                List.of(TABLE),
                command("INSERT INTO t(x) VALUES ('a')"),
                command("INSERT INTO t(x) VALUES ('b')", "SELECT zeroblob(2000000)"),
                command("SELECT count(*) FROM t"));
        refused(outcomes.get(1), Kind.TOO_LARGE);
        assertEquals(1L, value(outcomes.get(2), 0, 0));
    }

    @Test
    void aFullTextIndexIsEqualHoweverItWasFilled() {
        List<CommandOutcome> outcomes = check(
                List.of(command("CREATE VIRTUAL TABLE f USING fts5(body)"), TABLE),
                command("INSERT INTO f VALUES ('one two')"),
                command("INSERT INTO t(x) VALUES ('x')"),
                command("INSERT INTO f VALUES ('two three')", "INSERT INTO t(x) VALUES ('x')"),
                command("SELECT count(*) FROM f WHERE f MATCH 'two'"),
                command("INSERT INTO f(f) VALUES ('integrity-check')"));
        assertEquals(1L, value(outcomes.get(3), 0, 0));
        assertInstanceOf(Done.class, outcomes.get(4));
    }

    @Test
    void theSameCommandWithAnotherSeedGivesOtherNumbers() {
        try (TestNode node = new TestNode(directory.resolve("seeds.db"))) {
            Object first = node.value("SELECT random()");
            Object second = node.value("SELECT random()");
            assertNotEquals(first, second);
            assertTrue(first instanceof Long);
        }
    }
}
