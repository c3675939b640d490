package io.wesdb.internal.sqlite;

import static io.wesdb.internal.sqlite.TestNode.command;

import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.SqlStatement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands made at random give the same outcomes and contents however they are grouped and nodes restarted (I3). */
class RandomCommandsTest {
    @TempDir
    Path directory;

    private static final List<Command> SCHEMA = List.of(
            command("CREATE TABLE a (id INTEGER PRIMARY KEY, u UNIQUE, n INT NOT NULL DEFAULT (random() % 10),"
                    + " ts DEFAULT CURRENT_TIMESTAMP, g AS (date(ts)), CHECK (n < 1000))"),
            command("CREATE TABLE b (k TEXT PRIMARY KEY, v, r DEFAULT (hex(randomblob(3)))) WITHOUT ROWID"),
            command("CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT, a REFERENCES a ON DELETE CASCADE, w)"),
            command("CREATE TABLE seen (what, rid DEFAULT (last_insert_rowid()), ch DEFAULT (changes()))"),
            command("CREATE INDEX ag ON a(date(ts), n)"),
            command("CREATE TRIGGER a1 AFTER INSERT ON a WHEN new.n % 3 = 0 BEGIN"
                    + " INSERT INTO c(a, w) VALUES (new.id, random()); END"),
            command("CREATE TRIGGER a2 BEFORE UPDATE ON a BEGIN"
                    + " SELECT CASE new.n WHEN 13 THEN RAISE(ROLLBACK, 'thirteen') WHEN 14 THEN RAISE(FAIL, 'fourteen')"
                    + " WHEN 15 THEN RAISE(IGNORE) WHEN 16 THEN RAISE(ABORT, 'sixteen') END; END"),
            command("CREATE TRIGGER b1 AFTER DELETE ON b BEGIN INSERT INTO seen(what) VALUES (old.k); END"));

    private static final String[] CONFLICTS = {"", " OR ROLLBACK", " OR ABORT", " OR FAIL", " OR IGNORE", " OR REPLACE"
    };

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void outcomesAndContentsDoNotDependOnTheGrouping(long seed) {
        Random random = new Random(seed);
        List<Command> commands = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            List<SqlStatement> statements = new ArrayList<>();
            int count = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1;
            for (int s = 0; s < count; s++) {
                statements.add(TestNode.sql(statement(random, i)));
            }
            commands.add(new Command(statements));
        }
        Groupings.check(directory, SCHEMA, commands);
    }

    private static String statement(Random random, int step) {
        String or = CONFLICTS[random.nextInt(CONFLICTS.length)];
        int n = random.nextInt(20);
        int m = random.nextInt(20);
        return switch (random.nextInt(step < 10 ? 22 : 30)) {
            case 0, 1, 2 -> "INSERT" + or + " INTO a(u) VALUES (" + n + ")";
            case 3, 4 ->
                "INSERT" + or + " INTO a(u, n) VALUES (" + n + "," + m + "), (" + m + "," + n + "), (NULL, NULL)";
            case 5 -> "INSERT" + or + " INTO a(id, u) VALUES (" + n + ", 'x' || random() % 4) RETURNING id, u, n";
            case 6 -> "INSERT INTO a(u) VALUES (" + n + ") ON CONFLICT(u) DO UPDATE SET n = n + 1 RETURNING *";
            case 7 ->
                "INSERT INTO b(k, v) VALUES (" + n
                        + ", last_insert_rowid()) ON CONFLICT DO UPDATE SET v = v || changes()";
            case 8 -> "UPDATE" + or + " a SET n = " + m + ", u = u + 1 WHERE id % 4 = " + n % 4;
            case 9 -> "UPDATE a SET n = n + 1 WHERE id IN (SELECT id FROM a ORDER BY random() LIMIT 2)";
            case 10 -> "DELETE FROM a WHERE id = " + n + " RETURNING id";
            case 11 -> "DELETE FROM b WHERE k < '" + n + "'";
            case 12 -> "INSERT INTO seen(what) VALUES (total_changes() || ' ' || changes())";
            case 13 -> "SELECT last_insert_rowid(), changes(), total_changes(), random(), datetime('now')";
            case 14 -> "INSERT" + or + " INTO c(a, w) VALUES (" + n + ", julianday('now', '-" + m + " days'))";
            case 15 -> "INSERT INTO seen(what) SELECT u FROM a LIMIT " + n % 3;
            case 16 -> "SELECT * FROM a WHERE n > " + n + " LIMIT 2";
            case 17 -> "REPLACE INTO b SELECT u, n, random() FROM a WHERE n < " + n;
            case 18 -> "SELECT abs(-9223372036854775807 - (id > " + n + ")) FROM a";
            case 19 -> "INSERT INTO seen(what) SELECT abs(-9223372036854775807 - (id > 2)) FROM a";
            case 20 -> "SELEKT";
            case 21 -> "UPDATE" + or + " c SET id = " + n + " WHERE id = " + m;
            case 22 -> "CREATE TABLE IF NOT EXISTS d" + n % 3 + " (x, y REFERENCES a DEFERRABLE INITIALLY DEFERRED)";
            case 23 -> "DROP TABLE IF EXISTS d" + n % 3;
            case 24 -> "INSERT INTO d" + n % 3 + " VALUES (random(), " + m + ")";
            case 25 -> "ANALYZE";
            case 26 -> "VACUUM";
            case 27 -> "ALTER TABLE seen ADD COLUMN z" + n + " DEFAULT " + m;
            case 28 -> "CREATE INDEX IF NOT EXISTS i" + n % 4 + " ON a(" + (n % 2 == 0 ? "n" : "u, n") + ")";
            default -> "PRAGMA optimize";
        };
    }
}
