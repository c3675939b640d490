package io.wesdb.examples.sql;

import io.wesdb.examples.sql.Table.Column;
import io.wesdb.examples.sql.Table.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes INSERT, UPDATE and DELETE in their forms. */
final class Writes {
    private final Dice dice;
    private final Values values;
    private final Expressions expressions;
    private final Queries queries;

    Writes(Dice dice, Values values, Expressions expressions, Queries queries) {
        this.dice = dice;
        this.values = values;
        this.expressions = expressions;
        this.queries = queries;
    }

    Sql next(Schema schema) {
        List<Table> tables = schema.all();
        Table table = dice.one(tables);
        if (table.isVirtual()) {
            return virtual(table);
        } else if (table.writtenColumns().isEmpty()) {
            return insertDefaults(table);
        }
        int sort = dice.below(20);
        if (sort < 12) {
            return insert(table, tables);
        } else if (sort < 17) {
            return update(table, tables);
        }
        return delete(table, tables);
    }

    /** So that no table grows beyond what queries can join. */
    Sql prune(Table table) {
        return Sql.plain(
                "DELETE FROM " + table.name() + (table.hasRowId() && dice.percent(70) ? " WHERE rowid % 4 <> 1" : ""),
                Sql.Kind.CHANGE);
    }

    private Sql insertDefaults(Table table) {
        return Sql.plain("INSERT INTO " + table.name() + " DEFAULT VALUES", Sql.Kind.INSERT);
    }

    private Sql insert(Table table, List<Table> tables) {
        if (dice.percent(3) && table.kind() != Kind.VIEW) {
            return insertDefaults(table);
        }
        Binding binding = Binding.any(dice, values);
        List<Column> columns = new ArrayList<>(table.writtenColumns());
        if (dice.percent(50)) {
            columns.removeIf(column -> dice.percent(20) && !table.key().contains(column.name()));
        }
        if (columns.isEmpty()) {
            return insertDefaults(table);
        }
        StringBuilder text = new StringBuilder();
        boolean cte = dice.percent(12);
        if (cte) {
            text.append("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + dice.between(1, 6)
                    + ") ");
        }
        text.append(insertWord()).append(" INTO ").append(table.name());
        boolean upsert = table.isOrdinary() && dice.percent(18);
        text.append(upsert ? " AS target(" : "(")
                .append(columns.stream().map(Column::name).collect(Collectors.joining(", ")))
                .append(") ");
        if (cte) {
            Scope scope = new Scope(List.of(new Scope.Reference("i", ColumnType.INTEGER)), binding, List.of());
            text.append("SELECT " + list(columns, column -> computed(table, column, scope)) + " FROM n WHERE true");
        } else if (dice.percent(15)) {
            text.append(selection(table, columns, binding, tables));
        } else {
            int rows = dice.percent(60) ? 1 : dice.between(2, 5);
            text.append("VALUES ")
                    .append(IntStream.range(0, rows)
                            .mapToObj(i -> "(" + list(columns, column -> value(table, column, binding)) + ")")
                            .collect(Collectors.joining(", ")));
        }
        if (upsert) {
            text.append(upsert(table, binding));
        }
        return binding.finish(text + returning(table, binding), Sql.Kind.INSERT);
    }

    private String insertWord() {
        return dice.percent(60)
                ? "INSERT"
                : dice.one(
                        "INSERT OR REPLACE",
                        "INSERT OR IGNORE",
                        "INSERT OR ABORT",
                        "INSERT OR FAIL",
                        "INSERT OR ROLLBACK",
                        "REPLACE");
    }

    /** What a column makes of another table's rows. */
    private String selection(Table table, List<Column> columns, Binding binding, List<Table> tables) {
        Table source = dice.one(tables);
        Scope scope = Scope.of(source, "a", binding, tables);
        List<String> order = source.totalOrder("a");
        return "SELECT " + list(columns, column -> computed(table, column, scope)) + " FROM " + source.name()
                + " AS a WHERE "
                + expressions.predicate(scope, 1)
                // Rowids are given in this order.
                + (order.isEmpty()
                        ? " ORDER BY 1 LIMIT 1"
                        : " ORDER BY " + String.join(", ", order) + " LIMIT " + dice.between(1, 12));
    }

    private String computed(Table table, Column column, Scope scope) {
        if (isRowId(table, column)) {
            return dice.percent(50) ? "NULL" : "abs(" + expressions.integer(scope, 0) + " % 500)";
        }
        return dice.percent(40) ? value(table, column, scope.binding()) : expressions.any(scope, 1);
    }

    /** Rowids are kept small: past the largest, SQLite chooses at random, which wesdb refuses (README, "SQL"). */
    private String value(Table table, Column column, Binding binding) {
        if (isRowId(table, column)) {
            return dice.percent(50)
                    ? "NULL"
                    : dice.percent(96) ? binding.small(1, 80) : dice.one("-7", "'5'", "4294967296", "'x'", "2.5");
        }
        int sort = dice.below(100);
        if (sort < 4) {
            return expressions.any(Scope.ofNothing(binding), 1);
        } else if (sort < 6) {
            return binding.value(ColumnType.ANY);
        }
        return column.type() == ColumnType.INTEGER && dice.percent(50)
                ? binding.small(1, 60) // may well be some row's key
                : binding.value(column.type());
    }

    private static boolean isRowId(Table table, Column column) {
        return table.rowIdColumn().filter(column.name()::equals).isPresent();
    }

    private String upsert(Table table, Binding binding) {
        List<List<String>> targets = new ArrayList<>(table.uniques());
        if (!table.key().isEmpty()) {
            targets.add(table.key());
        }
        table.rowIdColumn().ifPresent(column -> targets.add(List.of(column)));
        String target = targets.isEmpty() ? "" : "(" + String.join(", ", dice.one(targets)) + ") ";
        List<Column> columns = table.writtenColumns().stream()
                .filter(column -> !table.isKeyPart(column.name()))
                .toList();
        if (columns.isEmpty() || target.isEmpty() || dice.percent(20)) {
            return " ON CONFLICT " + dice.one(target, "") + "DO NOTHING";
        }
        Scope scope = Scope.of(table, "target", binding, List.of()).and(Scope.references(table, "excluded"));
        String set = IntStream.range(0, dice.between(1, 2))
                .mapToObj(i -> dice.one(columns).name() + " = "
                        + dice.one(
                                expressions.any(scope, 1),
                                "excluded." + dice.one(columns).name()))
                .collect(Collectors.joining(", "));
        String second = dice.percent(20)
                ? " ON CONFLICT DO UPDATE SET " + dice.one(columns).name() + " = 'second'"
                : "";
        return " ON CONFLICT " + target + "DO UPDATE SET " + set
                + (dice.percent(30) ? " WHERE " + expressions.predicate(scope, 1) : "") + second;
    }

    private String returning(Table table, Binding binding) {
        if (!dice.percent(15)) {
            return "";
        }
        Scope scope = Scope.of(table, "", binding, List.of());
        return " RETURNING "
                + dice.one(
                        "*",
                        expressions.any(scope, 1) + " AS r",
                        "rowid, *",
                        dice.one(scope.columns()).text());
    }

    private Sql update(Table table, List<Table> tables) {
        Binding binding = Binding.any(dice, values);
        Scope scope = Scope.of(table, "", binding, List.of());
        StringBuilder text = new StringBuilder("UPDATE ")
                .append(
                        dice.percent(70)
                                ? ""
                                : dice.one("OR REPLACE ", "OR IGNORE ", "OR ABORT ", "OR FAIL ", "OR ROLLBACK "))
                .append(table.name())
                .append(" SET ");
        Table source = dice.one(tables);
        List<String> order = source.totalOrder("s");
        boolean from = dice.percent(15) && !order.isEmpty() && !source.name().equals(table.name());
        List<Column> columns = table.writtenColumns();
        int count = dice.between(1, Math.min(3, columns.size()));
        List<String> sets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Column column = columns.get((dice.below(columns.size()) + i) % columns.size());
            String value = isRowId(table, column)
                    ? "abs(" + expressions.integer(scope, 0) + " % 500)"
                    : from
                            ? dice.one("s.x", value(table, column, binding))
                            : dice.one(value(table, column, binding), expressions.any(scope, 1));
            sets.add(column.name() + " = " + value);
        }
        text.append(String.join(", ", sets));
        if (from) {
            // One row of the source for each key, or SQLite may take any of them.
            Scope inner = Scope.of(source, "s", binding, List.of());
            text.append(" FROM (SELECT " + queries.exact(inner, 1) + " AS k, max(" + expressions.text(inner, 1)
                    + ") AS x FROM " + source.name() + " AS s GROUP BY 1) AS s WHERE s.k = "
                    + expressions.integer(Scope.of(table, table.name(), binding, List.of()), 0));
        } else {
            text.append(narrow(table, scope));
        }
        return binding.finish(text + returning(table, binding), Sql.Kind.CHANGE);
    }

    private Sql delete(Table table, List<Table> tables) {
        Binding binding = Binding.any(dice, values);
        Scope scope = Scope.of(table, "", binding, tables);
        String where = dice.percent(3) ? "" : narrow(table, scope);
        return binding.finish("DELETE FROM " + table.name() + where + returning(table, binding), Sql.Kind.CHANGE);
    }

    /** A few rows, mostly. */
    private String narrow(Table table, Scope scope) {
        String condition = expressions.predicate(scope, dice.between(0, 2));
        if (table.hasRowId() && dice.percent(60)) {
            String rowId = dice.one(table.rowIdColumn().orElse("rowid"), "rowid");
            return " WHERE " + rowId + " = " + scope.binding().small(1, 40)
                    + (dice.percent(30) ? " OR (" + condition + " AND rowid % 5 = 0)" : "");
        }
        return " WHERE " + condition;
    }

    private Sql virtual(Table table) {
        Binding binding = Binding.any(dice, values);
        if (dice.percent(20)) {
            return binding.finish(
                    "DELETE FROM " + table.name() + " WHERE rowid " + dice.one("= ", "> ") + binding.small(1, 40),
                    Sql.Kind.CHANGE);
        } else if (table.kind() == Kind.FTS5) {
            if (dice.percent(10)) {
                return Sql.plain(
                        "INSERT INTO " + table.name() + "(" + table.name() + ") VALUES ('"
                                + dice.one("optimize", "rebuild", "integrity-check", "nonsense") + "')",
                        Sql.Kind.INSERT);
            } else if (dice.percent(20)) {
                return binding.finish(
                        "UPDATE " + table.name() + " SET a = " + binding.value(ColumnType.TEXT) + " WHERE rowid = "
                                + binding.small(1, 20),
                        Sql.Kind.CHANGE);
            }
            return binding.finish(
                    dice.one("INSERT", "INSERT OR REPLACE") + " INTO " + table.name() + "(rowid, a, b) VALUES ("
                            + dice.one("NULL", binding.small(1, 40))
                            + ", " + binding.value(ColumnType.TEXT) + " || ' ' || " + binding.value(ColumnType.TEXT)
                            + ", " + binding.value(ColumnType.TEXT)
                            + ")",
                    Sql.Kind.INSERT);
        }
        int x = dice.between(-5, 50);
        return binding.finish(
                dice.one("INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE") + " INTO " + table.name() + " VALUES ("
                        + dice.one("NULL", binding.small(1, 40)) + ", " + binding.small(x, x + 3) + ", "
                        + binding.small(x + 2, x + 9) + ", " + binding.small(0, 9) + ", 9.25)",
                Sql.Kind.INSERT);
    }

    private static String list(List<Column> columns, Function<Column, String> each) {
        return columns.stream().map(each).collect(Collectors.joining(", "));
    }
}
