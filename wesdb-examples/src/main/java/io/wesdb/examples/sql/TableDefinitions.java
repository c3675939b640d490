package io.wesdb.examples.sql;

import io.wesdb.examples.sql.Table.Column;
import io.wesdb.examples.sql.Table.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Makes CREATE TABLE statements: all affinities, kinds of key and constraints. */
final class TableDefinitions {
    private final Dice dice;
    private final Values values;
    private final Expressions expressions;
    /** Deferred foreign keys make wesdb apply every command in a transaction of its own: not in every chapter. */
    private final boolean deferred;

    TableDefinitions(Dice dice, Values values, Expressions expressions, boolean deferred) {
        this.dice = dice;
        this.values = values;
        this.expressions = expressions;
        this.deferred = deferred;
    }

    /** The sorts of primary key. */
    private enum Key {
        ROWID,
        AUTOINCREMENT,
        NONE,
        SINGLE,
        PAIR,
        WITHOUT_ROWID,
        WITHOUT_ROWID_PAIR;

        boolean isRowId() {
            return this == ROWID || this == AUTOINCREMENT;
        }

        boolean isPair() {
            return this == PAIR || this == WITHOUT_ROWID_PAIR;
        }

        boolean isWithoutRowId() {
            return this == WITHOUT_ROWID || this == WITHOUT_ROWID_PAIR;
        }
    }

    /** A table in the making. */
    private final class Draft {
        final String name;
        final Key key = dice.one(
                Key.ROWID,
                Key.ROWID,
                Key.AUTOINCREMENT,
                Key.NONE,
                Key.SINGLE,
                Key.PAIR,
                Key.WITHOUT_ROWID,
                Key.WITHOUT_ROWID_PAIR);
        final boolean strict = dice.percent(20);
        final List<Column> columns = new ArrayList<>();
        final List<String> texts = new ArrayList<>();
        final List<String> keyColumns = new ArrayList<>();
        final List<List<String>> uniques = new ArrayList<>();
        Optional<String> rowIdColumn = Optional.empty();

        Draft(String name) {
            this.name = name;
        }

        String finish() {
            List<String> options = new ArrayList<>();
            if (key.isWithoutRowId()) {
                options.add("WITHOUT ROWID");
            }
            if (strict) {
                options.add("STRICT");
            }
            return "CREATE TABLE " + (dice.percent(10) ? "IF NOT EXISTS " : "") + name + "(" + String.join(", ", texts)
                    + ") " + String.join(", ", options);
        }

        Table table() {
            Kind kind = key.isWithoutRowId() ? Kind.WITHOUT_ROWID : Kind.ORDINARY;
            return new Table(
                    name, kind, List.copyOf(columns), List.copyOf(keyColumns), List.copyOf(uniques), rowIdColumn);
        }
    }

    /** Puts the table into the schema and gives the statement that makes it. */
    Sql create(Schema schema) {
        if (dice.percent(8)) {
            return virtual(schema);
        }
        Draft draft = new Draft(schema.freshName(dice, "t"));
        if (draft.key.isRowId()) {
            draft.rowIdColumn = Optional.of("id");
            draft.columns.add(new Column("id", ColumnType.INTEGER, true));
            draft.texts.add(
                    "id INTEGER PRIMARY KEY" + (draft.key == Key.AUTOINCREMENT ? " AUTOINCREMENT" : conflict()));
        }
        int columns = dice.between(2, 6);
        for (int i = 0; i < columns; i++) {
            addColumn(draft, schema, i == 5 ? dice.one("\"the last\"", "größe", "[order]") : "c" + i);
        }
        if (draft.key.isPair()) {
            draft.keyColumns.addAll(List.of("c1", "c0"));
            draft.texts.add("PRIMARY KEY (c1, c0" + dice.one("", " DESC") + ")" + conflict());
        }
        if (dice.percent(15)) {
            draft.uniques.add(List.of("c0", "c1"));
            draft.texts.add("UNIQUE (c0, c1)" + conflict());
        }
        if (dice.percent(15)) {
            draft.texts.add("CONSTRAINT reasonable CHECK (" + check(draft) + ")");
        }
        schema.put(draft.table());
        return Sql.plain(draft.finish(), Sql.Kind.OTHER);
    }

    private void addColumn(Draft draft, Schema schema, String name) {
        ColumnType type = dice.one(ColumnType.values());
        StringBuilder text = new StringBuilder(name + " " + type.declared(dice, draft.strict));
        boolean single = !draft.key.isPair() && !draft.key.isRowId() && draft.key != Key.NONE && name.equals("c0");
        boolean mayBeGenerated = !name.equals("c0") && !name.equals("c1");
        if (single) {
            type = ColumnType.TEXT; // an INTEGER PRIMARY KEY would be the rowid
            text = new StringBuilder("c0 TEXT PRIMARY KEY" + conflict());
            draft.keyColumns.add(name);
        } else if (mayBeGenerated && dice.percent(15)) {
            Scope scope = Scope.ofRow(draft.columns, Binding.literals(dice, values));
            text.append(dice.one(" AS (", " GENERATED ALWAYS AS (") + expressions.any(scope, 1) + ")"
                    + dice.one("", " STORED", " VIRTUAL"));
            draft.columns.add(new Column(name, type, false));
            draft.texts.add(text.toString());
            return;
        } else if (dice.percent(10)) {
            text.append(" UNIQUE" + conflict());
            draft.uniques.add(List.of(name));
        }
        if (dice.percent(15)) {
            text.append(" NOT NULL" + conflict());
        }
        if (dice.percent(20)) {
            text.append(" DEFAULT " + defaultValue(type));
        }
        if (dice.percent(15)) {
            text.append(" COLLATE " + dice.one("NOCASE", "RTRIM", "BINARY"));
        }
        draft.columns.add(new Column(name, type, true));
        if (dice.percent(12)) {
            text.append(" CHECK (" + check(draft) + ")");
        }
        if (dice.percent(18)) {
            text.append(reference(draft, schema));
        }
        draft.texts.add(text.toString());
    }

    private String defaultValue(ColumnType type) {
        return dice.percent(70)
                ? "(" + values.literal(type) + ")"
                : "(" + expressions.any(Scope.ofNothing(Binding.literals(dice, values)), 1) + ")";
    }

    private String check(Draft draft) {
        Scope scope =
                Scope.ofRow(draft.columns.stream().filter(Column::written).toList(), Binding.literals(dice, values));
        String column = dice.one(scope.columns()).text();
        return dice.one(
                column + " IS NULL OR " + column + " <> 13",
                "length(" + column + ") < 2000",
                "typeof(" + column + ") <> 'blob'",
                column + " <> 'kiwi' OR NOT (" + expressions.predicate(scope, 0) + ")");
    }

    private String reference(Draft draft, Schema schema) {
        List<Table> parents = schema.tables(table -> table.isOrdinary()
                && (table.rowIdColumn().isPresent() || table.key().size() == 1));
        boolean self = draft.rowIdColumn.isPresent() && dice.percent(20);
        if (parents.isEmpty() && !self) {
            return "";
        }
        Table parent = self ? null : dice.one(parents);
        String target = parent == null
                ? draft.name + "(id)"
                : parent.name() + "("
                        + parent.rowIdColumn().orElseGet(() -> parent.key().get(0)) + ")";
        return " REFERENCES " + target
                + dice.one(
                        "",
                        " ON DELETE CASCADE",
                        " ON DELETE SET NULL",
                        " ON DELETE RESTRICT",
                        " ON DELETE SET DEFAULT",
                        " ON DELETE NO ACTION")
                + dice.one("", " ON UPDATE CASCADE", " ON UPDATE SET NULL", " ON UPDATE RESTRICT")
                + (deferred ? dice.one("", " DEFERRABLE INITIALLY DEFERRED") : dice.one("", " NOT DEFERRABLE"));
    }

    private Sql virtual(Schema schema) {
        if (dice.percent(60)) {
            String name = schema.freshName(dice, "f").replaceAll("[^a-z0-9]", "");
            List<Column> columns =
                    List.of(new Column("a", ColumnType.TEXT, true), new Column("b", ColumnType.TEXT, true));
            schema.put(new Table(name, Kind.FTS5, columns, List.of(), List.of(), Optional.empty()));
            return Sql.plain(
                    "CREATE VIRTUAL TABLE " + name + " USING fts5(a, b"
                            + dice.one("", ", tokenize = 'porter'", ", prefix = '2 3'", ", detail = column") + ")",
                    Sql.Kind.OTHER);
        }
        String name = schema.freshName(dice, "r").replaceAll("[^a-z0-9]", "");
        List<Column> columns = List.of("id", "x0", "x1", "y0", "y1").stream()
                .map(column -> new Column(column, column.equals("id") ? ColumnType.INTEGER : ColumnType.REAL, true))
                .toList();
        schema.put(new Table(name, Kind.RTREE, columns, List.of(), List.of(), Optional.of("id")));
        return Sql.plain(
                "CREATE VIRTUAL TABLE " + name + " USING " + dice.one("rtree", "rtree_i32") + "("
                        + columns.stream().map(Column::name).collect(Collectors.joining(", ")) + ")",
                Sql.Kind.OTHER);
    }

    private String conflict() {
        return dice.percent(15) ? " ON CONFLICT " + dice.one("ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE") : "";
    }
}
