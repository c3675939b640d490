package io.wesdb.examples.sql;

import io.wesdb.examples.sql.Table.Column;
import io.wesdb.examples.sql.Table.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes everything that changes the schema but CREATE TABLE: indexes, views, triggers, ALTER and DROP. */
final class SchemaChanges {
    /** Where triggers write what they see; it has no triggers itself, so chains of them end. */
    static final String LOG = "log";

    private final Dice dice;
    private final Values values;
    private final Expressions expressions;
    private final Queries queries;

    SchemaChanges(Dice dice, Values values, Expressions expressions, Queries queries) {
        this.dice = dice;
        this.values = values;
        this.expressions = expressions;
        this.queries = queries;
    }

    private static Sql other(String text) {
        return Sql.plain(text, Sql.Kind.OTHER);
    }

    Sql index(Schema schema, Table table) {
        String name = schema.freshName(dice, "i");
        Scope scope = Scope.ofRow(table.columns(), Binding.literals(dice, values));
        String terms = IntStream.range(0, dice.between(1, 3))
                .mapToObj(i ->
                        dice.percent(75) ? dice.one(scope.columns()).text() : "(" + expressions.any(scope, 1) + ")")
                .map(term -> term + dice.one("", "", " DESC", " COLLATE NOCASE"))
                .collect(Collectors.joining(", "));
        schema.indexes.add(name);
        return other("CREATE " + (dice.percent(10) ? "UNIQUE " : "") + "INDEX " + name + " ON " + table.name() + "("
                + terms + ")" + (dice.percent(25) ? " WHERE " + expressions.predicate(scope, 1) : ""));
    }

    Sql view(Schema schema) {
        List<Table> tables = schema.tables(table -> table.kind() != Kind.VIEW);
        Table table = dice.one(tables);
        String name = schema.freshName(dice, "v");
        Binding binding = Binding.literals(dice, values);
        Scope scope = Scope.of(table, "a", binding, tables);
        String body = switch (dice.below(3)) {
            case 0 ->
                "SELECT " + expressions.integer(scope, 1) + " AS p, " + expressions.any(scope, 1) + " AS q, "
                        + dice.one(scope.columns()).text() + " AS r FROM " + table.name() + " AS a"
                        + queries.where(scope);
            case 1 -> {
                Table other = dice.one(tables);
                List<Scope.Reference> added = Scope.references(other, "b");
                yield "SELECT " + dice.one(scope.columns()).text() + ", "
                        + dice.one(added).text() + ", "
                        + expressions.text(scope.and(added), 1) + " FROM " + table.name() + " AS a LEFT JOIN "
                        + other.name()
                        + " AS b ON " + dice.one(scope.columns()).text() + " = "
                        + dice.one(added).text();
            }
            default ->
                "SELECT " + queries.exact(scope, 1) + " AS k, count(*), max(" + expressions.text(scope, 1) + ") FROM "
                        + table.name() + " AS a GROUP BY 1";
        };
        List<Column> columns = List.of("p", "q", "r").stream()
                .map(column -> new Column(column, ColumnType.ANY, true))
                .toList();
        schema.put(new Table(name, Kind.VIEW, columns, List.of(), List.of(), Optional.empty()));
        return other("CREATE VIEW " + name + "(p, q, r) AS " + body);
    }

    Sql trigger(Schema schema, Table table) {
        String name = schema.freshName(dice, "g");
        String event = dice.one(
                "INSERT",
                "UPDATE",
                "DELETE",
                "UPDATE OF " + dice.one(table.columns()).name());
        boolean insert = event.equals("INSERT");
        Binding binding = Binding.literals(dice, values);
        Scope scope = new Scope(List.of(), binding, List.of());
        if (!insert) {
            scope = scope.and(Scope.references(table, "old"));
        }
        if (!event.equals("DELETE")) {
            scope = scope.and(Scope.references(table, "new"));
        }
        String when = dice.percent(40) ? " WHEN " + expressions.predicate(scope, 1) : "";
        String time = table.kind() == Kind.VIEW ? " INSTEAD OF " : dice.one(" BEFORE ", " AFTER ", " ");
        Scope seen = scope;
        String body = IntStream.range(0, dice.between(1, 2))
                .mapToObj(i -> action(schema, seen) + "; ")
                .collect(Collectors.joining());
        schema.triggers.add(name);
        return other("CREATE TRIGGER " + name + time + event + " ON " + table.name() + when + " BEGIN " + body + "END");
    }

    private String action(Schema schema, Scope scope) {
        String value = expressions.any(scope, 1);
        return switch (dice.below(8)) {
            case 0 ->
                "SELECT RAISE(" + dice.one("ABORT", "FAIL", "ROLLBACK") + ", 'not this one') WHERE "
                        + dice.one(scope.columns()).text() + " = "
                        + scope.binding().value(ColumnType.ANY);
            case 1 ->
                "SELECT CASE WHEN " + expressions.predicate(scope, 0) + " THEN RAISE(IGNORE) END WHERE "
                        + dice.one(scope.columns()).text() + " IS "
                        + scope.binding().value(ColumnType.ANY);
            case 2 -> "INSERT INTO " + LOG + "(what, n) VALUES (quote(" + value + "), changes())";
            case 3 -> "DELETE FROM " + LOG + " WHERE n = " + dice.below(20);
            case 4 -> "UPDATE " + LOG + " SET what = what || 'x' WHERE id = " + expressions.integer(scope, 0) + " % 50";
            case 5 -> update(schema, scope);
            default -> "INSERT INTO " + LOG + "(what, n) SELECT quote(" + value + "), " + expressions.integer(scope, 1);
        };
    }

    /** Of one row of another table, whose triggers then run too. */
    private String update(Schema schema, Scope scope) {
        List<Table> tables = schema.tables(table -> table.rowIdColumn().isPresent() && table.isOrdinary());
        if (tables.isEmpty()) {
            return "SELECT 1";
        }
        Table table = dice.one(tables);
        List<Column> columns = table.writtenColumns().stream()
                .filter(column -> !table.isKeyPart(column.name()))
                .toList();
        return columns.isEmpty()
                ? "SELECT 1"
                : "UPDATE " + table.name() + " SET " + dice.one(columns).name() + " = " + expressions.any(scope, 0)
                        + " WHERE " + table.rowIdColumn().orElseThrow() + " = " + dice.between(1, 10);
    }

    Sql alter(Schema schema, Table table) {
        List<Column> columns = new ArrayList<>(table.columns());
        Column column = dice.one(columns);
        String begin = "ALTER TABLE " + table.name();
        switch (dice.below(6)) {
            case 0, 1 -> {
                Column added = new Column(
                        "n" + schema.freshName(dice, "c").replaceAll("[^a-z0-9]", ""),
                        dice.one(ColumnType.values()),
                        true);
                columns.add(added);
                schema.put(table.with(List.copyOf(columns)));
                return other(begin + " ADD COLUMN " + added.name() + " "
                        + added.type().declared(dice, true).replace("ANY", "")
                        + dice.one(
                                "",
                                " DEFAULT " + values.literal(ColumnType.INTEGER),
                                " COLLATE NOCASE",
                                " CHECK (" + added.name() + " <> 5)"));
            }
            case 2 -> {
                columns.remove(column);
                schema.put(table.with(List.copyOf(columns)));
                return other(begin + " DROP COLUMN " + column.name());
            }
            case 3 -> {
                String name = schema.freshName(dice, "t");
                schema.replace(table.name(), table.named(name));
                return other(begin + " RENAME TO " + name);
            }
            case 4 -> {
                return other(begin
                        + dice.one(
                                " ALTER COLUMN " + column.name() + " SET NOT NULL",
                                " ALTER COLUMN " + column.name() + " DROP NOT NULL",
                                " ADD CONSTRAINT later CHECK (" + column.name() + " <> 14)",
                                " DROP CONSTRAINT reasonable"));
            }
            default -> {
                String name = "renamed" + schema.freshName(dice, "").replaceAll("[^0-9]", "");
                boolean simple = !table.isKeyPart(column.name());
                if (simple) {
                    columns.set(columns.indexOf(column), new Column(name, column.type(), column.written()));
                    schema.put(table.with(List.copyOf(columns)));
                }
                return other(
                        simple ? begin + " RENAME COLUMN " + column.name() + " TO " + name : "ANALYZE " + table.name());
            }
        }
    }

    Sql drop(Schema schema) {
        int sort = dice.below(10);
        if (sort < 4 && !schema.triggers.isEmpty()) {
            return other("DROP TRIGGER " + schema.triggers.remove(dice.below(schema.triggers.size())));
        } else if (sort < 7 && !schema.indexes.isEmpty()) {
            return other("DROP INDEX IF EXISTS " + schema.indexes.remove(dice.below(schema.indexes.size())));
        }
        List<Table> views = schema.tables(table -> table.kind() == Kind.VIEW);
        List<Table> tables = schema.tables(
                table -> table.kind() != Kind.VIEW && !table.name().equals(LOG));
        if (!views.isEmpty() && (sort < 9 || tables.size() < 3)) {
            Table view = dice.one(views);
            schema.remove(view.name());
            return other("DROP VIEW " + view.name());
        } else if (tables.isEmpty()) {
            return other("DROP TABLE IF EXISTS nothing");
        }
        // The youngest: the others may be its parents.
        Table table = tables.get(tables.size() - 1);
        schema.remove(table.name());
        return other("DROP TABLE " + table.name());
    }
}
