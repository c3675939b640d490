package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * PRAGMA optimize compares a part of a large table only, and must find the same on all nodes,
 * whatever their connections did before (I3).
 */
class StatisticsTest {
    @TempDir
    Path directory;

    private static final String TABLE_SUFFIXES = "zyxabcmno";

    private static List<Command> schema() {
        List<Command> commands = new ArrayList<>();
        for (char name : TABLE_SUFFIXES.toCharArray()) {
            commands.add(command("CREATE TABLE t_" + name + "(id INTEGER PRIMARY KEY, k, v, w)"));
            commands.add(command("CREATE INDEX i_" + name + "_k ON t_" + name + "(k, v)"));
            commands.add(command("CREATE INDEX i_" + name + "_w ON t_" + name + "(w) WHERE k > 3"));
        }
        commands.add(command("CREATE TABLE pair(a, b, PRIMARY KEY (b, a)) WITHOUT ROWID"));
        return commands;
    }

    /** Inserts, updates and deletes that leave trees of a shape of their own, with optimize and ANALYZE between. */
    private static List<Command> churn(Random random, int length) {
        List<Command> commands = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            String table = "t_" + TABLE_SUFFIXES.charAt(random.nextInt(TABLE_SUFFIXES.length()));
            int number = 1 + random.nextInt(50);
            commands.add(
                    switch (random.nextInt(12)) {
                        case 0 -> command("DELETE FROM " + table + " WHERE k % " + number + " = 0");
                        case 1 ->
                            command("UPDATE " + table + " SET w = hex(randomblob(" + number + ")) WHERE id % " + number
                                    + " = 1");
                        case 2 -> command("UPDATE " + table + " SET k = k + 1000, nothing = 1");
                        case 3 ->
                            command(
                                    "DELETE FROM " + table,
                                    "INSERT INTO " + table + "(k) VALUES (1)",
                                    "SELECT nothing");
                        case 4 -> {
                            // A query by which SQLite would choose what to look at, were it to look at the connection's
                            // history.
                            commands.add(command("INSERT INTO " + table + "(k, v, w) SELECT k, v, w FROM " + table
                                    + ", (SELECT 1 FROM sqlite_schema LIMIT 12) LIMIT 20000"));
                            commands.add(
                                    command("SELECT count(*) FROM " + table + " WHERE k = " + number + " AND v > 3"));
                            yield command("PRAGMA optimize");
                        }
                        case 5 -> command("INSERT OR IGNORE INTO pair SELECT k, v FROM " + table);
                        case 6 -> command(random.nextInt(4) == 0 ? "ANALYZE " + table : "PRAGMA optimize");
                        case 7 -> command("PRAGMA optimize", "SELECT nothing");
                        case 8 -> command("DROP INDEX IF EXISTS i_extra", "CREATE INDEX i_extra ON " + table + "(v)");
                        default ->
                            command("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < "
                                    + number * 100 + ") INSERT INTO " + table
                                    + "(k, v, w) SELECT random() % " + number + ", i, hex(randomblob(i % 30)) FROM n");
                    });
        }
        commands.add(command("PRAGMA optimize"));
        commands.add(command("SELECT tbl, idx, stat FROM sqlite_stat1"));
        return commands;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void optimizeFindsTheSameOnAllNodesWhateverTheirConnectionsDidBefore(long seed) {
        List<CommandOutcome> outcomes = Groupings.check(directory, schema(), churn(new Random(seed), 45));
        CommandOutcome.Done statistics = (CommandOutcome.Done) outcomes.get(outcomes.size() - 1);
        assertTrue(statistics.results().get(0).rows().size() > 10, "seed " + seed + ": " + statistics);
    }

    @Test
    void optimizeFindsTheSameInACopyAsInTheFileItWasTakenOf() {
        Path copied = directory.resolve("copy.db");
        try (TestNode node = new TestNode(directory.resolve("a.db"))) {
            schema().forEach(node::apply);
            Random random = new Random(5);
            churn(random, 40).forEach(node::apply);
            assertEquals(
                    FileCopy.Outcome.COPIED,
                    FileCopy.copy(node.path, copied, 0, 1 << 20, (done, total) -> true)
                            .outcome());
            try (TestNode copy = new TestNode(copied)) {
                for (Command command : churn(random, 40)) {
                    List<Entry> next = List.of(node.entry(List.of(command)));
                    assertEquals(node.replica().apply(next), copy.replica().apply(next));
                }
                assertEquals(String.join("\n", node.contents()), String.join("\n", copy.contents()));
            }
        }
    }

    @Test
    void aLargeTableIsLookedAtInPartOnly() {
        try (TestNode node = new TestNode(directory.resolve("a.db"))) {
            node.must("CREATE TABLE t(k)");
            node.must("CREATE INDEX tk ON t(k)");
            node.must("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
                    + " INSERT INTO t SELECT i FROM n");
            node.must("ANALYZE");
            assertEquals(24L, node.value("SELECT count(*) FROM sqlite_stat4 WHERE tbl = 't'"));
            assertEquals("50000 1", node.value("SELECT stat FROM sqlite_stat1 WHERE idx = 'tk'"));
            node.must("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 700000)"
                    + " INSERT INTO t SELECT i FROM n");
            node.must("PRAGMA optimize");
            assertEquals(
                    "750000 2", node.value("SELECT stat FROM sqlite_stat1 WHERE idx = 'tk'"), "a guess of the second");
            assertEquals(
                    0L,
                    node.value("SELECT count(*) FROM sqlite_stat4 WHERE tbl = 't'"),
                    "no samples are taken of a part");
        }
    }
}
