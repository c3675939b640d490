package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.NotAQueryException;
import io.wesdb.SqlException;
import io.wesdb.testing.StatementList;
import io.wesdb.testing.StatementList.Line;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConnection;

/** What a query leaves behind on the connection that ran it: nothing. */
class QueryCheckTest {
    /** Act when they are read, or go through the whole file. */
    private static final Set<String> NOT_ASKED = Set.of(
            "optimize",
            "incremental_vacuum",
            "shrink_memory",
            "wal_checkpoint",
            "integrity_check",
            "quick_check",
            // These tell what has been used so far.
            "module_list",
            "function_list",
            "data_version");

    @TempDir
    Path directory;

    private TestNode node;
    private SQLiteConnection connection;

    @BeforeEach
    void open() throws IOException {
        node = new TestNode(directory.resolve("q.db"));
        try (InputStream schema = getClass().getResourceAsStream("/io/wesdb/hostile/schema.sql")) {
            for (String sql : SqlScript.split(new String(schema.readAllBytes(), StandardCharsets.UTF_8))) {
                node.must(sql);
            }
        }
        connection = Connections.openReader(node.settings);
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
        node.close();
    }

    private List<String> rows(String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (NativeStatement statement = NativeStatement.prepare(connection, sql)) {
            boolean row = statement.execute();
            while (row) {
                Object[] values = new Object[statement.columnCount()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = statement.value(i);
                }
                rows.add(Arrays.toString(values));
                row = statement.step();
            }
        }
        return rows;
    }

    /** Every setting of the connection and the library that SQLite shows. */
    private Map<String, List<String>> state() throws SQLException {
        Map<String, List<String>> state = new TreeMap<>();
        for (String row : rows("SELECT name FROM pragma_pragma_list")) {
            String pragma = row.substring(1, row.length() - 1);
            if (!NOT_ASKED.contains(pragma)) {
                state.put(pragma, rows("PRAGMA " + pragma));
            }
        }
        assertTrue(state.containsKey("query_only"), state::toString);
        state.put("temp", rows("SELECT * FROM sqlite_temp_schema"));
        state.put("changes", rows("SELECT changes(), total_changes(), last_insert_rowid(), 'a' LIKE 'A'"));
        return state;
    }

    private void assertUnchanged(Map<String, List<String>> before, Line after) throws SQLException {
        state().forEach((what, now) -> assertEquals(before.get(what), now, () -> what + " after " + after.text()));
    }

    private void run(String sql) throws SQLException {
        QueryCheck.check(connection, sql);
        rows(sql);
    }

    @Test
    void noQueryWhateverChangesItsConnection() throws SQLException {
        state(); // asking opens the TEMP database, which is then listed
        Map<String, List<String>> before = state();
        List<Line> hostile = StatementList.withCodes("hostile-queries.txt");
        for (Line line : hostile) {
            assertThrows(Exception.class, () -> run(line.sql()), line.text());
            assertUnchanged(before, line);
        }
        for (Line line : StatementList.withCode("hostile-writes.txt", "")) {
            try {
                run(line.sql()); // some are queries
            } catch (SqlException | SQLException e) {
                assertTrue(String.valueOf(e.getMessage()).length() > 0);
            }
            assertUnchanged(before, line);
        }
        for (Line line : StatementList.withCode("innocent-queries.txt", "")) {
            run(line.sql());
            assertUnchanged(before, line);
        }
        // Outside of a transaction it can be begun, inside it could not.
        Connections.run(connection, "BEGIN");
        Connections.run(connection, "COMMIT");
    }

    @Test
    void anotherUsersViewCannotTurnAQueryThatWasCheckedIntoAnother() throws SQLException {
        node.must("CREATE VIEW harmless AS SELECT x FROM t");
        QueryCheck.check(connection, "SELECT * FROM harmless");
        try (NativeStatement known = NativeStatement.prepare(connection, "SELECT * FROM harmless")) {
            known.execute();
            known.reset();
            node.must("DROP VIEW harmless");
            for (String query : List.of(
                    "SELECT * FROM t, 'wesdb_meta'",
                    "SELECT * FROM t, 'pragma_database_list'",
                    "SELECT optimize(old) FROM old",
                    "SELECT load_extension('x')")) {
                CommandOutcome made = node.run("CREATE VIEW harmless AS " + query);
                assertEquals(CommandOutcome.Refused.class, made.getClass(), query);
            }
        }
    }

    @Test
    void aSchemaThatHasChangedSinceIsSeenByTheCheck() throws SQLException {
        QueryCheck.check(connection, "SELECT * FROM v");
        node.must("DROP VIEW v", "CREATE TABLE v (y)", "INSERT INTO v VALUES (1)");
        run("SELECT y FROM v");
        node.must("DROP TABLE fts_terms", "DROP TABLE fts", "CREATE VIRTUAL TABLE fts USING fts5(other)");
        run("SELECT other, key FROM fts, json_each('[1]')");
        assertThrows(SqlException.class, () -> run("SELECT other FROM fts, 'pragma_cache_size'"));
        assertThrows(NotAQueryException.class, () -> run("INSERT INTO fts(other) VALUES (1)"));
    }
}
