package io.wesdb.examples.sql;

import io.wesdb.examples.sql.Step.Expectation;
import io.wesdb.examples.sql.Step.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes queries whose results, but for the order of rows where it is not asked for, do not hang on SQLite's plan. */
final class Queries {
    private final Dice dice;
    private final Values values;
    private final Expressions expressions;

    Queries(Dice dice, Values values, Expressions expressions) {
        this.dice = dice;
        this.values = values;
        this.expressions = expressions;
    }

    Query next(Schema schema) {
        Binding binding = Binding.any(dice, values);
        List<Table> tables = schema.all();
        if (tables.isEmpty()) {
            return query(binding, withoutTables(binding), false);
        }
        return switch (dice.below(15)) {
            case 0, 1, 2 -> simple(binding, tables);
            case 3, 4 -> joined(binding, tables);
            case 5, 6 -> aggregated(binding, tables);
            case 7, 8 -> compound(binding, tables);
            case 9 -> window(binding, tables);
            case 10 -> recursive(binding, tables);
            case 11 -> onSchema(tables, schema);
            case 12 -> query(binding, withoutTables(binding), false);
            case 13 -> virtual(binding, schema, tables);
            default -> nested(binding, tables);
        };
    }

    private static Query query(Binding binding, String text, boolean ordered) {
        return new Query(binding.finish(text, Sql.Kind.ROWS), ordered, Expectation.SAME);
    }

    /** Any values, in any order; or values of which equal ones are the same, in a total order and perhaps cut. */
    private Query simple(Binding binding, List<Table> tables) {
        Table table = dice.one(tables);
        Scope scope = Scope.of(table, "a", binding, tables);
        String from = " FROM " + table.name() + " AS a" + where(scope);
        if (dice.percent(50)) {
            String output = dice.percent(40) ? "a.*" : outputs(scope, dice.between(1, 4));
            return query(binding, "SELECT " + output + from, false);
        }
        int columns = dice.between(1, 4);
        return query(
                binding,
                "SELECT " + dice.one("", "DISTINCT ") + exactOutputs(scope, columns) + from + totalOrder(columns)
                        + limit(binding),
                true);
    }

    private Query joined(Binding binding, List<Table> tables) {
        List<Table> parts = new ArrayList<>();
        StringBuilder from = new StringBuilder();
        Scope scope = new Scope(List.of(), binding, tables);
        boolean crossed = false;
        int count = dice.between(2, 3);
        for (int i = 0; i < count; i++) {
            Table table = dice.one(tables);
            parts.add(table);
            String alias = String.valueOf((char) ('a' + i));
            List<Scope.Reference> added = Scope.references(table, alias);
            if (i == 0) {
                from.append(table.name()).append(" AS a");
            } else if (i == 1 && count == 2 && dice.percent(15)) {
                crossed = true;
                from.append(dice.one(" CROSS JOIN ", ", ", " NATURAL JOIN ", " NATURAL LEFT JOIN "))
                        .append(table.name() + " AS b");
            } else {
                from.append(dice.one(" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ", " INNER JOIN "))
                        .append(table.name() + " AS " + alias)
                        .append(" ON " + dice.one(scope.columns()).text() + " = "
                                + dice.one(added).text())
                        .append(dice.percent(30) ? " AND " + expressions.predicate(scope.and(added), 1) : "");
            }
            scope = scope.and(added);
        }
        String tail = " FROM " + from + where(scope);
        if (crossed || dice.percent(30)) { // many rows
            String sums = "count(*), max(" + expressions.text(scope, 1) + "), sum(" + expressions.integer(scope, 1)
                    + " % 1000)";
            return query(binding, "SELECT " + sums + tail, false);
        } else if (count == 2 && dice.percent(50)) {
            return query(binding, "SELECT " + outputs(scope, dice.between(1, 5)) + tail, false);
        }
        int columns = dice.between(1, 4);
        String limit = count == 2 ? limit(binding) : " LIMIT 100";
        return query(binding, "SELECT " + exactOutputs(scope, columns) + tail + totalOrder(columns) + limit, true);
    }

    private Query aggregated(Binding binding, List<Table> tables) {
        Table table = dice.one(tables);
        Scope scope = Scope.of(table, "a", binding, tables);
        String from = " FROM " + table.name() + " AS a" + where(scope);
        if (dice.percent(30)) {
            return query(binding, "SELECT " + aggregates(scope) + from, false);
        }
        String group = exact(scope, 1);
        String having = dice.percent(40) ? " HAVING count(*) > " + binding.small(0, 3) : "";
        // The group's expression is named, or a parameter in it would make two different ones.
        return query(binding, "SELECT " + group + " AS g, " + aggregates(scope) + from + " GROUP BY 1" + having, false);
    }

    private String aggregates(Scope scope) {
        String integer = expressions.integer(scope, 1);
        String text = expressions.text(scope, 1);
        List<String> all = List.of(
                "count(*)",
                "count(DISTINCT " + text + ")",
                "sum(" + integer + " % 100000)",
                "total(" + integer + " % 100000)",
                "avg(" + integer + " % 1024)",
                "min(" + text + ")",
                "max(" + integer + ")",
                "group_concat(" + text + ", ';' ORDER BY " + text + ")",
                "string_agg(DISTINCT " + text + ", ',' ORDER BY " + text + ")",
                "json_group_array(" + integer + " ORDER BY " + integer + ")",
                "count(*) FILTER (WHERE " + expressions.predicate(scope, 1) + ")");
        return IntStream.range(0, dice.between(1, 4))
                .mapToObj(i -> dice.one(all))
                .collect(Collectors.joining(", "));
    }

    private Query compound(Binding binding, List<Table> tables) {
        int columns = dice.between(1, 3);
        int parts = dice.between(2, 3);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            Table table = dice.one(tables);
            Scope scope = Scope.of(table, "a", binding, tables);
            text.append(i == 0 ? "" : dice.one(" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT "))
                    .append("SELECT " + exactOutputs(scope, columns) + " FROM " + table.name() + " AS a"
                            + where(scope));
        }
        return query(binding, text + totalOrder(columns) + limit(binding), true);
    }

    /** Window functions over a total order. */
    private Query window(Binding binding, List<Table> tables) {
        Table table = dice.one(tables);
        Scope scope = Scope.of(table, "a", binding, tables);
        List<String> order = table.totalOrder("a");
        if (order.isEmpty()) {
            return simple(binding, tables);
        }
        String key = exact(scope, 1);
        String integer = expressions.integer(scope, 1);
        String by = (dice.percent(50) ? "PARTITION BY " + exact(scope, 1) + " " : "") + "ORDER BY " + key + ", "
                + String.join(", ", order);
        String frame = dice.one(
                "",
                " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
                " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW",
                " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
                " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW");
        String function = dice.one(
                "row_number()",
                "rank()",
                "dense_rank()",
                "percent_rank()",
                "cume_dist()",
                "ntile(3)",
                "lag(" + integer + ", 2, -1)",
                "lead(" + key + ")",
                "first_value(" + key + ")",
                "nth_value(" + key + ", 2)",
                "sum(" + integer + " % 1000)",
                "group_concat(" + key + ")",
                "count(*) FILTER (WHERE " + expressions.predicate(scope.withoutSubqueries(), 0) + ")");
        return query(
                binding,
                "SELECT " + key + ", " + function + " OVER w FROM " + table.name() + " AS a" + where(scope)
                        + " WINDOW w AS (" + by + frame + ")",
                false);
    }

    private Query recursive(Binding binding, List<Table> tables) {
        String numbers = "WITH RECURSIVE n(i) AS (VALUES (" + binding.small(0, 3)
                + ") UNION ALL SELECT i + 1 FROM n WHERE i < " + binding.small(4, 30) + ")";
        if (dice.percent(40)) {
            Scope scope = new Scope(List.of(new Scope.Reference("i", ColumnType.INTEGER)), binding, List.of());
            return query(binding, numbers + " SELECT i, " + outputs(scope, 2) + " FROM n", false);
        }
        Table table = dice.one(tables);
        Scope scope = Scope.of(table, "a", binding, List.of());
        String part = dice.one(" AS MATERIALIZED ", " AS NOT MATERIALIZED ", " AS ");
        return query(
                binding,
                numbers + ", c(x, y)" + part + "(SELECT " + exactOutputs(scope, 2) + " FROM " + table.name()
                        + " AS a) SELECT i, x, " + "count(y) FROM n LEFT JOIN c ON length(x) % 7 = i GROUP BY i, x",
                false);
    }

    private Query nested(Binding binding, List<Table> tables) {
        Table table = dice.one(tables);
        Scope scope = Scope.of(table, "a", binding, tables);
        String inner = "SELECT " + exact(scope, 1) + " AS x, " + expressions.any(scope, 1) + " AS \"the y\" FROM "
                + table.name() + " AS a" + where(scope);
        Scope outer = new Scope(
                List.of(
                        new Scope.Reference("s.x", ColumnType.TEXT),
                        new Scope.Reference("s.\"the y\"", ColumnType.ANY)),
                binding,
                List.of());
        return query(binding, "SELECT s.*, " + outputs(outer, 1) + " FROM (" + inner + ") AS s" + where(outer), false);
    }

    private String withoutTables(Binding binding) {
        Scope scope = Scope.ofNothing(binding);
        return switch (dice.below(4)) {
            case 0 ->
                "VALUES (" + expressions.any(scope, 1) + ", " + expressions.integer(scope, 2) + "), ("
                        + expressions.any(scope, 1) + ", " + expressions.text(scope, 1) + ")";
            case 1 ->
                "SELECT key, value, type, atom, fullkey FROM json_each('{\"a\": [1, 2.5, null, \"x\"], \"b\": true}')";
            case 2 -> "SELECT fullkey, atom FROM json_tree('[1, [2, {\"a\": \"ß\"}]]') WHERE atom IS NOT NULL";
            default -> "SELECT " + outputs(scope, dice.between(1, 5));
        };
    }

    private Query virtual(Binding binding, Schema schema, List<Table> tables) {
        List<Table> virtual = schema.tables(Table::isVirtual);
        if (virtual.isEmpty()) {
            return simple(binding, tables);
        }
        Table table = dice.one(virtual);
        if (table.kind() == Table.Kind.RTREE) {
            return query(
                    binding,
                    "SELECT * FROM " + table.name() + " WHERE x0 <= " + binding.small(-5, 50) + " AND x1 >= "
                            + binding.small(-5, 50) + " AND y0 < " + binding.small(0, 50),
                    false);
        }
        String match = dice.one(
                "'fig'",
                "'plum OR kiwi'",
                "'app*'",
                "'fig NOT tree'",
                "'\"fig tree\"'",
                "'a:pear'",
                "'unbalanced\"'",
                "'^fig'");
        String output = dice.one(
                "rowid, *",
                "rowid, highlight(" + table.name() + ", 0, '<', '>')",
                "rowid, bm25(" + table.name() + ")",
                "count(*)");
        return query(
                binding,
                "SELECT " + output + " FROM " + table.name() + " WHERE " + table.name() + " MATCH " + match,
                false);
    }

    /** What the schema says of itself, without wesdb's own tables and the page numbers, which differ by design. */
    private Query onSchema(List<Table> tables, Schema schema) {
        String name = Value.literal(
                dice.one(tables).name().replaceAll("^[\"\\[`]|[\"\\]`]$", "").replace("\"\"", "\""));
        String text = dice.one(
                "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'wesdb%'",
                "SELECT name, seq FROM sqlite_sequence",
                "SELECT * FROM sqlite_stat1 WHERE tbl NOT LIKE 'wesdb%' AND tbl NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')",
                "PRAGMA table_xinfo(" + name + ")",
                "PRAGMA table_info = " + name,
                fresh("pragma_index_list(" + name + ")"),
                fresh("pragma_foreign_key_list(" + name + ")"),
                "PRAGMA foreign_key_check(" + name + ")",
                "PRAGMA foreign_key_check",
                // Not of FTS5 tables: what a reader has in memory of one may be older than its file, and is then taken
                // for damage.
                "PRAGMA quick_check("
                        + dice.one(schema.tables(Table::isOrdinary)).name() + ")",
                "PRAGMA user_version",
                "PRAGMA main.application_id",
                "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(" + name + ")",
                "SELECT name, type, wr, strict FROM pragma_table_list, (SELECT count(*) FROM sqlite_schema)" // see
                        // fresh()
                        // Views' and virtual tables' columns are counted only if this connection has used them.
                        + " WHERE schema = 'main' AND name NOT LIKE 'wesdb%'",
                schema.indexes.isEmpty()
                        ? "SELECT 1"
                        : fresh("pragma_index_xinfo("
                                + Value.literal(dice.one(schema.indexes).replaceAll("[\"\\[\\]`]", "")) + ")"));
        return new Query(Sql.plain(text, Sql.Kind.ROWS), false, Expectation.SAME);
    }

    /**
     * These pragmas do not look whether another connection has changed the schema since, so a reader may find nothing for a
     * table that is new. A read of the schema beside them does.
     */
    private static String fresh(String pragma) {
        return "SELECT p.* FROM " + pragma + " AS p, (SELECT count(*) FROM sqlite_schema)";
    }

    String where(Scope scope) {
        return dice.percent(60) ? " WHERE " + expressions.predicate(scope, dice.between(0, 2)) : "";
    }

    private String outputs(Scope scope, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> expressions.any(scope, 2) + dice.one("", "", " AS x" + i, " AS \"an x" + i + "\""))
                .collect(Collectors.joining(", "));
    }

    /** Of which equal ones are the same. */
    String exact(Scope scope, int depth) {
        return dice.percent(50) ? expressions.integer(scope, depth) : expressions.text(scope, depth);
    }

    String exactOutputs(Scope scope, int count) {
        return IntStream.range(0, count).mapToObj(i -> exact(scope, 1)).collect(Collectors.joining(", "));
    }

    private String totalOrder(int columns) {
        return " ORDER BY "
                + IntStream.rangeClosed(1, columns)
                        .mapToObj(i -> i + dice.one("", " DESC", " ASC", " NULLS LAST"))
                        .collect(Collectors.joining(", "));
    }

    private String limit(Binding binding) {
        return dice.percent(40)
                ? " LIMIT " + binding.small(0, 20) + dice.one("", " OFFSET " + binding.small(0, 5))
                : "";
    }
}
