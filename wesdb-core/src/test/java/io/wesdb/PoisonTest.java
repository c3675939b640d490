package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Statements that once halted a node, or its whole process: in the log, they would do so on every node at every start. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PoisonTest {
    @TempDir
    static Path directory;

    private WesDb db;

    @BeforeAll
    void start() {
        db = WesDb.builder().dbPath(directory.resolve("p.db")).start();
        db.executeScript("CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f(x) VALUES ('a'); CREATE TABLE t(x)");
    }

    @AfterAll
    void stop() {
        db.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT padl('a', 99999999999)",
                "SELECT padc('aé', 9999999999999999999)",
                "SELECT rightstr('abc', -1)",
                "SELECT \"padr\"('a', 2147483647)",
                "SELECT length(json_quote(printf('%.*c', 400000000, char(1))))",
                "SELECT strftime(replace(printf('%.*c', 100000000, 'x'), 'x', '%F'), 0)",
                "SELECT printf('%.*c', 300000000, 'x')",
                "SELECT date(zeroblob(400000000))",
                "DROP TABLE f_idx",
                "ALTER TABLE f_idx RENAME TO hh",
                "UPDATE f_data SET block = x'ffffffffffff'",
                "DELETE FROM 'f_content'",
                "CREATE TRIGGER tr AFTER INSERT ON f_content BEGIN INSERT INTO f(x) VALUES ('b'); END",
                "CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM f_data; END",
                "CREATE VIRTUAL TABLE g USING fts5(cluster_id, applied, content='wesdb_meta')",
            })
    void aPoisonousStatementIsRefusedAndTheNodeWorksOn(String sql) {
        assertThrows(SqlException.class, () -> db.execute(sql));
        assertEquals(Role.LEADER, db.status().role());
        assertEquals(1, db.execute("INSERT INTO f(x) VALUES ('word')").rowsAffected());
        assertEquals(1, db.execute("DELETE FROM f WHERE f MATCH 'word'").rowsAffected());
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT padl('a', 99999999999)", "SELECT * FROM (SELECT 1), 'pragma_optimize'(65538)"})
    void aPoisonousQueryIsRefused(String sql) {
        assertThrows(SqlException.class, () -> db.query(sql));
        assertEquals(1, db.query("SELECT 1").size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'padl(1,2)', 'f_data', 'pragma_optimize'",
                "INSERT INTO t VALUES ('f_data')",
                "INSERT INTO f(f) VALUES ('optimize')",
                "CREATE TABLE reverse(padl, proper)"
            })
    void whatOnlyLooksLikeItWorks(String sql) {
        db.execute(sql);
    }
}
