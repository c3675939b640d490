package io.wesdb.examples.sql;

import io.wesdb.examples.sql.Outcome.Result;
import java.sql.SQLException;

/**
 * Finds out which rowid an INSERT gave, if any, with nothing but {@code last_insert_rowid()}: that is set to a value that no
 * row has, and looked at afterwards. Whoever asks for it in SQL must not see that, nor what it does to {@code changes()}, so
 * both are put back. Works on a TEMP table, which bare SQLite has to itself.
 */
final class RowIdProbe {
    private static final long NO_ROW = -987_654_321_987L;
    private static final int MOST_CHANGES = 2_000;

    private final BareSqlite sqlite;

    RowIdProbe(BareSqlite sqlite) throws SQLException {
        this.sqlite = sqlite;
        sqlite.run("CREATE TEMP TABLE probe_(id INTEGER PRIMARY KEY)");
        sqlite.run("CREATE TEMP TABLE many_(id INTEGER PRIMARY KEY)");
        sqlite.run("INSERT INTO many_ WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                + MOST_CHANGES + ") SELECT i FROM n");
    }

    /** In each command, last_insert_rowid() and changes() start from 0. */
    void forget() throws SQLException {
        set(0, 0);
    }

    Result insert(Sql sql) throws SQLException {
        long before = lastRowId();
        set(sql.text().contains("last_insert_rowid") ? before : NO_ROW, sqlite.changes());
        Result result = sqlite.rows(sql);
        long changed = sqlite.changes();
        long after = lastRowId();
        boolean inserted = after != NO_ROW;
        if (!inserted) {
            set(before, changed);
        }
        return new Result(changed, inserted ? (Long) after : null, result.columns(), result.rows());
    }

    private long lastRowId() throws SQLException {
        return sqlite.number("SELECT last_insert_rowid()");
    }

    private void set(long rowId, long changes) throws SQLException {
        if (changes > MOST_CHANGES) {
            throw new IllegalStateException(changes + " changes by one statement");
        }
        sqlite.runUncounted("REPLACE INTO probe_ VALUES (" + rowId + ")");
        sqlite.runUncounted("UPDATE many_ SET id = id WHERE id <= " + changes);
    }
}
