package io.wesdb.examples.sql;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the generator knows of a table or a view. Immutable.
 *
 * @param name as SQL has it, with quotes if it needs them
 * @param key columns that together are unique; empty if only the rowid is
 * @param uniques further sets of columns with a UNIQUE constraint
 * @param rowIdColumn the INTEGER PRIMARY KEY, if there is one
 */
record Table(
        String name,
        Kind kind,
        List<Column> columns,
        List<String> key,
        List<List<String>> uniques,
        Optional<String> rowIdColumn) {
    enum Kind {
        ORDINARY,
        WITHOUT_ROWID,
        VIEW,
        FTS5,
        RTREE
    }

    /** @param written whether a value can be given to it: it is not generated */
    record Column(String name, ColumnType type, boolean written) {}

    boolean isVirtual() {
        return kind == Kind.FTS5 || kind == Kind.RTREE;
    }

    boolean isOrdinary() {
        return kind == Kind.ORDINARY || kind == Kind.WITHOUT_ROWID;
    }

    boolean hasRowId() {
        return kind != Kind.WITHOUT_ROWID && kind != Kind.VIEW;
    }

    List<Column> writtenColumns() {
        return columns.stream().filter(Column::written).toList();
    }

    /** The terms of an ORDER BY that leaves no two rows in doubt; empty for views. */
    List<String> totalOrder(String alias) {
        if (kind == Kind.VIEW) {
            return List.of();
        }
        return hasRowId()
                ? List.of(alias + "." + rowIdColumn.orElse("rowid"))
                : key.stream().map(column -> alias + "." + column).toList();
    }

    Table named(String newName) {
        return new Table(newName, kind, columns, key, uniques, rowIdColumn);
    }

    Table with(List<Column> newColumns) {
        return new Table(name, kind, newColumns, key, uniques, rowIdColumn);
    }

    /** Whether a constraint of ours hangs on the column. */
    boolean isKeyPart(String column) {
        return key.contains(column)
                || uniques.stream().anyMatch(unique -> unique.contains(column))
                || rowIdColumn.filter(column::equals).isPresent();
    }

    /** Without quotes: to tell a view's or trigger's body apart. */
    String bareName() {
        return name.replaceAll("[\"\\[\\]`]", "").toLowerCase(Locale.ROOT);
    }
}
