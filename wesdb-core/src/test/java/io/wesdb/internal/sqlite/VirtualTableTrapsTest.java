package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.wesdb.internal.log.Command;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the modules of virtual tables do on their own must not come between nodes, nor stop one (I3). */
class VirtualTableTrapsTest {
    private static final String LARGEST = "9223372036854775807";

    @TempDir
    Path directory;

    private List<CommandOutcome> check(List<Command> before, Command... commands) {
        return Groupings.check(directory, before, List.of(commands));
    }

    private static CommandOutcome.Refused refused(CommandOutcome outcome) {
        return assertInstanceOf(CommandOutcome.Refused.class, outcome);
    }

    private static Object value(CommandOutcome outcome) {
        return assertInstanceOf(CommandOutcome.Done.class, outcome)
                .results()
                .get(0)
                .rows()
                .get(0)
                .get(0);
    }

    @Test
    void anRTreeThatItsStatementIsStillReadingIsAnOutcome() {
        List<CommandOutcome> outcomes = check(
                List.of(
                        command("CREATE VIRTUAL TABLE r USING rtree(id, a, b)"),
                        command("INSERT INTO r VALUES (1, 1, 2), (2, 1, 3)"),
                        command("CREATE TABLE t(x)", "INSERT INTO t VALUES (1)"),
                        command("CREATE TRIGGER g AFTER UPDATE ON t BEGIN INSERT INTO r(a, b) VALUES (1, 2); END")),
                command("INSERT INTO r VALUES ((SELECT id + 10 FROM r LIMIT 1), 1, 2)"),
                command("UPDATE t SET x = (SELECT a FROM r LIMIT 1)"),
                command("SELECT count(*) FROM r"));
        assertEquals(518, refused(outcomes.get(0)).sqliteCode());
        assertEquals(518, refused(outcomes.get(1)).sqliteCode());
        assertEquals(2L, value(outcomes.get(2)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fts5(a, b)",
                "fts5(a, b, content='')",
                "fts5(a, b, content='t')",
                "fts4(a, b)",
                "rtree(id, a, b)",
                "rtree_i32(id, a, b)"
            })
    void rowIdsThatAModuleWouldHaveChosenAtRandomAreRefused(String module) {
        List<CommandOutcome> outcomes = check(
                List.of(
                        command("CREATE TABLE t(a, b)"),
                        command("CREATE VIRTUAL TABLE v USING " + module),
                        command("CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO v(a, b) VALUES (1, 2); END")),
                command("INSERT INTO v(" + (module.startsWith("rtree") ? "id" : "rowid") + ", a, b) VALUES (" + LARGEST
                        + ", 1, 2)"),
                command("INSERT INTO v(a, b) VALUES (1, 2)"),
                command("INSERT INTO t VALUES (1, 2)"),
                command("SELECT count(*) FROM t"));
        assertInstanceOf(CommandOutcome.Done.class, outcomes.get(0));
        refused(outcomes.get(1));
        refused(outcomes.get(2));
        assertEquals(0L, value(outcomes.get(3)));
    }

    @Test
    void rowIdsThatATriggerWouldHaveChosenAtRandomAreRefused() {
        List<CommandOutcome> outcomes = check(
                List.of(
                        command("CREATE TABLE t(id INTEGER PRIMARY KEY, x)"),
                        command("CREATE TABLE u(id INTEGER PRIMARY KEY, x)"),
                        command("INSERT INTO u VALUES (" + LARGEST + ", 1)"),
                        command("CREATE TRIGGER g AFTER INSERT ON t WHEN new.x = 1 BEGIN"
                                + " INSERT INTO u(x) VALUES (1); END"),
                        command("CREATE TRIGGER h AFTER INSERT ON t WHEN new.x = 2 BEGIN"
                                + " INSERT INTO t(x) VALUES (3); END")),
                command("INSERT INTO t(id, x) VALUES (" + LARGEST + ", 1)"),
                command("INSERT INTO t(id, x) VALUES (" + LARGEST + ", 2)"),
                command("SELECT count(*) FROM t"));
        refused(outcomes.get(0));
        refused(outcomes.get(1));
        assertEquals(0L, value(outcomes.get(2)));
    }

    @Test
    void aSettingOfFullTextSearchThatWasTakenBackIsForgotten() {
        List<CommandOutcome> outcomes = check(
                List.of(
                        command("CREATE VIRTUAL TABLE f USING fts5(a, b)"),
                        command("INSERT INTO f VALUES ('one two', 'three'), ('one', 'one one')")),
                command("INSERT INTO f(f, rank) VALUES ('rank', 'bm25(10.0, 5.0)')", "SELECT nothing"),
                command("SELECT rank FROM f WHERE f MATCH 'one'"));
        refused(outcomes.get(0));
        assertEquals(-1.0E-6, value(outcomes.get(1)));
    }

    @Test
    void aVirtualTableMayNotTakeAnothersShadowTableForItsContent() {
        List<CommandOutcome> outcomes = check(
                List.of(command("CREATE VIRTUAL TABLE f USING fts5(a)")),
                command("CREATE VIRTUAL TABLE g USING fts5(block, content='f_data', content_rowid='id')"),
                command("CREATE VIRTUAL TABLE g USING fts5(block, content=\"F_data\", content_rowid='id')"));
        refused(outcomes.get(0));
        refused(outcomes.get(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"CREATE TABLE z(x)", "ANALYZE f"})
    void whatFullTextSearchHasInMemoryIsWrittenBeforeTheSchemaIsReadAnew(String change) {
        List<CommandOutcome> outcomes = check(
                List.of(
                        command("CREATE VIRTUAL TABLE f USING fts5(x, y, content='a', content_rowid='id')"),
                        command(
                                "CREATE TABLE a(id INTEGER PRIMARY KEY, x, y REFERENCES a DEFERRABLE INITIALLY DEFERRED)")),
                command("INSERT INTO f(x, y) VALUES ('a b 2', -1)"),
                command("ANALYZE a"),
                command("INSERT INTO a(x) VALUES ((SELECT rank FROM f WHERE f MATCH 'a' LIMIT 1))"),
                command("INSERT INTO f(x, y) VALUES ('a b 0', 1)", change, "INSERT INTO f(f) VALUES ('rebuild')"),
                command("INSERT INTO f(f) VALUES ('integrity-check')"),
                command("SELECT count(*) FROM f WHERE f MATCH 'a'"));
        assertInstanceOf(CommandOutcome.Done.class, outcomes.get(3));
        assertInstanceOf(CommandOutcome.Done.class, outcomes.get(4));
        assertEquals(0L, value(outcomes.get(5)));
    }
}
