package io.wesdb;

import java.util.List;
import java.util.OptionalLong;

/**
 * What one statement of a command did. The same on every node.
 *
 * @param rowsAffected rows inserted, updated or deleted by the statement itself (not by its triggers)
 * @param lastInsertRowId the rowid of the last row that this statement inserted; empty if it inserted none, and for
 *     tables {@code WITHOUT ROWID} and views
 * @param columns the columns' names where the statement gives rows (RETURNING, SELECT), else empty
 * @param rows those rows
 */
public record StatementResult(long rowsAffected, OptionalLong lastInsertRowId, List<String> columns, List<Row> rows) {
    public StatementResult {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /** Whether the statement gives rows, be they none. */
    public boolean hasRows() {
        return !columns.isEmpty();
    }
}
