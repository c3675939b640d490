package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.NotAQueryException;
import io.wesdb.SqlException;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import io.wesdb.internal.sqlite.ReaderPool.Use;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must not be done is refused, on either side, and what only looks like it works. */
class RulesTest {
    @TempDir
    Path directory;

    private TestNode node;
    private ReaderPool readers;

    @BeforeEach
    void open() {
        node = new TestNode(directory.resolve("r.db"));
        node.must(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, x, created_at, \"attach\")",
                "CREATE TABLE d (x, y AS (date(x)))",
                "CREATE INDEX di ON d(date(x))",
                "INSERT INTO t(x) VALUES ('a')",
                "ANALYZE");
        readers = node.readers(1);
    }

    @AfterEach
    void close() {
        readers.close();
        node.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ATTACH 'x.db' AS x",
                "attach /* c */ database ':memory:' as x",
                "DETACH x",
                "BEGIN",
                "begin immediate",
                "COMMIT",
                "END",
                "ROLLBACK",
                "SAVEPOINT s",
                "RELEASE s",
                "ROLLBACK TO s",
                "CREATE TEMP TABLE x (a)",
                "CREATE TEMPORARY VIEW x AS SELECT 1",
                "CREATE TABLE temp.x (a)",
                "CREATE TABLE \"temp\".x (a)",
                "CREATE TEMP TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END",
                "VACUUM INTO '/tmp/x.db'",
                "VACUUM main INTO 'x'",
                "EXPLAIN INSERT INTO t(x) VALUES (1)",
                "EXPLAIN QUERY PLAN SELECT 1",
                "backup to 'x'",
                "restore from 'x'",
                "SELECT load_extension('x')",
                "SELECT \"load_extension\"('x')",
                "SELECT replicate('ab', 2000000000)",
                "PRAGMA journal_mode=DELETE",
                "PRAGMA foreign_keys=OFF",
                "PRAGMA writable_schema=1",
                "PRAGMA synchronous=OFF",
                "PRAGMA query_only=1",
                "PRAGMA main.recursive_triggers(1)",
                "PRAGMA table_info(t)",
                "PRAGMA temp.user_version=1",
                "PRAGMA optimize(-1)",
                "INSERT INTO t(x) SELECT file FROM pragma_database_list",
                "INSERT INTO t(x) SELECT * FROM pragma_compile_options",
                "INSERT INTO t(x) SELECT pgsize FROM dbstat",
                "INSERT INTO t(x) SELECT pgsize FROM 'dbstat'",
                "INSERT INTO t(x) SELECT pgsize FROM t, 'dbstat'",
                "INSERT INTO t(x) SELECT sqlite_version()",
                "INSERT INTO t(x) SELECT sqlite_source_id()",
                "CREATE VIEW v AS SELECT * FROM t, 'dbstat'",
                "UPDATE sqlite_stat1 SET stat = '1'",
                "INSERT INTO main.sqlite_stat1 VALUES (1, 2, 3)",
                "DELETE FROM \"sqlite_stat4\"",
                "UPDATE OR IGNORE sqlite_stat1 SET stat = 1",
                "SELECT * FROM wesdb_meta",
                "UPDATE WESDB_META SET applied = 0",
                "UPDATE \"wesdb_meta\" SET applied = 0",
                "DELETE FROM 'wesdb_sessions'",
                "DELETE FROM main.'wesdb_sessions'",
                "SELECT * FROM t, 'wesdb_meta'",
                "DROP TABLE [wesdb_reset]",
                "ALTER TABLE t RENAME TO 'wesdb_t'",
                "CREATE TABLE wesdb_mine (x)",
                "CREATE TABLE 'wesdb_mine' (x)",
                "CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM 'wesdb_meta'; END",
                "SELECT 1; SELECT 2",
                "SELECT 1\0 AS x",
                "",
                " -- nothing",
                ";",
                "SELECT 'open",
                "CREATE INDEX i ON t(datetime('now'))",
                "CREATE INDEX i ON t(x) WHERE x < date()",
                "CREATE UNIQUE INDEX i ON t(strftime('%s'))",
                "CREATE INDEX i ON t(x) WHERE x < CURRENT_TIMESTAMP",
                "CREATE TABLE q (x, y AS (datetime('NOW', x)))",
                "CREATE TABLE q (x, y GENERATED ALWAYS AS (datetime(x, 'localtime')) STORED)",
                "CREATE TABLE q (x CHECK (x < current_date))",
                "CREATE TABLE q (x, CHECK (julianday(x) < julianday(\"now\")))",
                "CREATE TABLE q (x CHECK (date('subsec') > x))",
                "ALTER TABLE t ADD COLUMN y AS (date('now'))",
                "CREATE INDEX i ON t(random())",
                "CREATE TABLE q (x, y AS (randomblob(3)))",
                "INSERT INTO d(x) VALUES ('now')",
                "INSERT INTO d(x) VALUES ('n' || 'ow')",
                "INSERT INTO d(x) VALUES (x'6e6f77')",
                "INSERT INTO d(x) VALUES ('now' || char(0) || 'x')"
            })
    void aHostileWriteIsRefused(String sql) {
        CommandOutcome outcome = node.run(sql);
        Refused refused = assertInstanceOf(Refused.class, outcome);
        assertEquals(Kind.SQL_ERROR, refused.kind(), refused.message());
        assertInstanceOf(Done.class, node.run("INSERT INTO t(x) VALUES ('still working')"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO t(x) VALUES ('attach'), ('wesdb_meta'), ('dbstat'), ('load_extension(1)')",
                "SELECT 'update', 'BEGIN', created_at, \"attach\" FROM t",
                "UPDATE t SET created_at = 'now', \"attach\" = 'ROLLBACK'",
                "INSERT INTO t(created_at) VALUES (datetime('now', 'localtime'))",
                "WITH replace AS (SELECT 1) INSERT INTO t(x) SELECT * FROM replace",
                "WITH RECURSIVE a(n) AS (VALUES(1)), b AS NOT MATERIALIZED (SELECT 2) DELETE FROM t WHERE x IN (SELECT n FROM a)",
                "CREATE TABLE attach_log (load_extension, temp, pragma_note, \"begin\" DEFAULT 'wesdb_x')",
                "SELECT temp.x FROM t AS temp",
                "INSERT INTO t(x) SELECT name FROM pragma_table_info('t')",
                "INSERT INTO t(x) SELECT user_version FROM pragma_user_version",
                "CREATE TABLE q (x DEFAULT (datetime('now')), y DEFAULT CURRENT_TIMESTAMP, z AS (date(x, '+1 day')))",
                "CREATE TABLE q AS WITH n AS (SELECT datetime('now') AS a) SELECT a FROM n",
                "CREATE INDEX i ON t(datetime(x, '+1 day', 'subsec'))",
                "CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET created_at = datetime('now'); END",
                "CREATE VIEW v AS SELECT datetime('now') AS n, random() AS r",
                "INSERT INTO d(x) VALUES (datetime('now'))",
                "INSERT INTO d(x) VALUES ('2020-01-01')",
                "PRAGMA user_version=7",
                "PRAGMA main.application_id(12)",
                "PRAGMA optimize",
                "ANALYZE t",
                "ANALYZE",
                "REINDEX",
                "VACUUM main;",
                "DROP TABLE t;",
                "DROP INDEX di",
                "ALTER TABLE t RENAME TO u",
                "ALTER TABLE t RENAME COLUMN x TO y",
                "ALTER TABLE t ADD COLUMN z DEFAULT 'wesdb_'",
                "ALTER TABLE t DROP COLUMN created_at",
                "CREATE VIRTUAL TABLE f USING fts5(a, b)",
                "CREATE VIRTUAL TABLE rt USING rtree(id, a, b)",
                "CREATE TABLE s (x INTEGER PRIMARY KEY AUTOINCREMENT) STRICT",
                "VALUES (1), (2) ; -- two"
            })
    void aWriteThatOnlyLooksHostileWorks(String sql) {
        assertInstanceOf(Done.class, node.run(sql), () -> String.valueOf(node.run(sql)));
    }

    private Reader.Rows query(String sql) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        Reader reader = readers.acquire(Use.QUERY, deadline);
        try {
            return reader.query(TestNode.sql(sql), TestNode.LIMITS, deadline);
        } finally {
            readers.release(reader);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO t(x) VALUES (1)",
                "WITH a AS (SELECT 1) UPDATE t SET x = 1",
                "DELETE FROM nothing",
                "DROP TABLE t",
                "CREATE TEMP TABLE z (x)",
                "VACUUM",
                "VACUUM INTO '/tmp/x'",
                "ANALYZE",
                "REINDEX",
                "PRAGMA user_version=3",
                "PRAGMA optimize",
                "INSERT INTO t(x) VALUES (1) RETURNING id",
                "EXPLAIN DELETE FROM t"
            })
    void aWriteIsNoQuery(String sql) {
        NotAQueryException e = assertThrows(NotAQueryException.class, () -> query(sql));
        assertEquals("an update query must be ran using execute", e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ATTACH ':memory:' AS x",
                "BEGIN",
                "SAVEPOINT x",
                "PRAGMA query_only=0",
                "PRAGMA database_list",
                "PRAGMA journal_mode",
                "EXPLAIN PRAGMA query_only=0",
                "SELECT * FROM pragma_database_list",
                "SELECT load_extension('x')",
                "SELECT * FROM wesdb_meta",
                "SELECT * FROM 'wesdb_meta'",
                "SELECT * FROM t, 'wesdb_meta'",
                "SELECT * FROM temp.sqlite_schema",
                "SELECT 1; SELECT 2",
                "backup to 'x'",
                ""
            })
    void aHostileQueryIsRefused(String sql) {
        SqlException e = assertThrows(SqlException.class, () -> query(sql));
        assertEquals(SqlException.class, e.getClass());
        assertEquals(0, e.sqliteCode());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'update', 'wesdb_meta' FROM t",
                "SELECT temp.x FROM t AS temp",
                "EXPLAIN SELECT * FROM t",
                "explain query plan SELECT * FROM t WHERE x = 1",
                "PRAGMA table_info(t)",
                "PRAGMA main.index_list('d')",
                "PRAGMA integrity_check",
                "PRAGMA foreign_key_check",
                "PRAGMA user_version",
                "SELECT * FROM pragma_table_info('t')",
                "SELECT name FROM sqlite_schema",
                "SELECT sqlite_version(), random(), datetime('now')",
                "WITH a AS (SELECT 1) SELECT * FROM a",
                "VALUES (1)"
            })
    void aQueryThatOnlyLooksHostileWorks(String sql) {
        query(sql);
    }

    @Test
    void statementsThatMustBeAloneAreKnown() {
        assertTrue(StatementRules.alone("vacuum"));
        assertTrue(StatementRules.alone("INSERT OR ROLLBACK INTO t VALUES (1)"));
        assertFalse(StatementRules.alone("INSERT INTO t VALUES ('vacuum rollback')"));
    }

    /** ALTER TABLE opens TEMP on its connection, and a node restarted since has it closed (I3). */
    @Test
    void whatIsDroppedOnlyIfItExistsIsTheSameWhetherTempWasOpenedOrNot() {
        node.must("ALTER TABLE t RENAME TO t2");
        node.must("DROP TABLE IF EXISTS absent");
        node.must("DROP VIEW IF EXISTS absent");
        node.must("DROP INDEX IF EXISTS absent");
        node.must("DROP TRIGGER IF EXISTS absent");
        node.restart();
        node.must("DROP TABLE IF EXISTS absent");
        node.must("ALTER TABLE t2 RENAME TO t");
    }

    /** A trigger and a view may be older than the virtual table whose content they are after. */
    @Test
    void aVirtualTablesContentIsOutOfReachOfWhatIsOlderThanIt() {
        node.must(
                "CREATE VIEW early AS SELECT id, block FROM f_data",
                "CREATE TABLE armed (x)",
                "CREATE TRIGGER armed_early AFTER INSERT ON armed BEGIN DELETE FROM f_data; END",
                "CREATE VIRTUAL TABLE f USING fts5(x)",
                "INSERT INTO f VALUES ('word')");
        for (String sql : new String[] {
            "INSERT INTO armed VALUES (1)", "INSERT INTO t(x) SELECT block FROM early", "SELECT id FROM early"
        }) {
            assertEquals(
                    Kind.SQL_ERROR,
                    assertInstanceOf(Refused.class, node.run(sql)).kind(),
                    sql);
        }
        assertEquals(1L, node.value("SELECT count(*) FROM f WHERE f MATCH 'word'"));
        node.must("ANALYZE");
        node.must("REINDEX");
        node.must("ALTER TABLE t ADD COLUMN z");
        node.must("DROP TABLE armed");
        node.must("DROP TABLE f");
        node.must("VACUUM");
    }
}
