package io.wesdb.examples.sql;

import java.util.List;

/**
 * Expressions. Those of one sort, {@link #integer} and {@link #text}, have values of which equal ones are the same: no 1
 * beside 1.0, no 'a' that equals 'A'. Where SQLite may keep any of several equal values (DISTINCT, GROUP BY, min(), a LIMIT),
 * only such are used, or the result would hang on the query's plan. For the same reason no integer expression can
 * overflow into a real.
 */
final class Expressions {
    private final Dice dice;

    Expressions(Dice dice) {
        this.dice = dice;
    }

    String any(Scope scope, int depth) {
        if (depth <= 0 || dice.percent(25)) {
            return leaf(scope);
        }
        return switch (dice.below(14)) {
            case 0 -> integer(scope, depth - 1);
            case 1, 2 -> text(scope, depth - 1);
            case 3 ->
                "(" + any(scope, depth - 1) + dice.one(" + ", " - ", " * ", " / ", " % ") + any(scope, depth - 1) + ")";
            case 4 ->
                "CASE WHEN " + predicate(scope, depth - 1) + " THEN " + any(scope, depth - 1) + " ELSE "
                        + any(scope, depth - 1) + " END";
            case 5 -> call(dice.one("coalesce", "ifnull", "nullif"), any(scope, depth - 1), any(scope, depth - 1));
            case 6 ->
                call(
                        dice.one("round", "ceil", "floor", "trunc", "sqrt", "exp", "ln", "sin", "degrees"),
                        number(scope, depth));
            case 7 -> call(dice.one("pow", "mod", "atan2", "log"), number(scope, depth), number(scope, depth));
            case 8 -> Json.value(dice, any(scope, 0));
            case 9 -> call("julianday", date(scope));
            case 10 -> call(dice.one("unhex", "jsonb_array", "zeroblob"), dice.one("'4a4B'", "3", "'zz'"));
            case 11 -> "-" + leaf(scope);
            case 12 -> scope.tables().isEmpty() ? leaf(scope) : scalarSubquery(scope);
            default ->
                "CAST(" + any(scope, depth - 1) + " AS " + dice.one("INTEGER", "REAL", "TEXT", "BLOB", "NUMERIC") + ")";
        };
    }

    /** Numbers only in parts: so the C library is asked for what every platform computes alike. */
    private String number(Scope scope, int depth) {
        return dice.percent(50) ? integer(scope, depth - 1) : leaf(scope);
    }

    private String leaf(Scope scope) {
        return !scope.columns().isEmpty() && dice.percent(65)
                ? dice.one(scope.columns()).text()
                : scope.binding().value(dice.one(ColumnType.values()));
    }

    /** Integers and NULL only. */
    String integer(Scope scope, int depth) {
        if (depth <= 0) {
            return dice.percent(60)
                    ? "CAST(" + leaf(scope) + " AS INTEGER)"
                    : scope.binding().small(-5, 50);
        }
        return switch (dice.below(13)) {
            case 0 -> call(dice.one("length", "octet_length"), any(scope, depth - 1));
            case 1 -> call("instr", any(scope, depth - 1), scope.binding().value(ColumnType.TEXT));
            case 2 -> "(" + integer(scope, depth - 1) + dice.one(" & ", " | ", " >> ", " << ") + dice.below(9) + ")";
            case 3 -> "(~" + integer(scope, depth - 1) + ")";
            case 4 ->
                "(" + integer(scope, depth - 1) + " % 1000" + dice.one(" + ", " - ", " * ") + integer(scope, depth - 1)
                        + " % 1000)";
            case 5 -> "(" + predicate(scope, depth - 1) + ")";
            case 6 ->
                "CASE WHEN " + predicate(scope, depth - 1) + " THEN " + integer(scope, depth - 1) + " ELSE "
                        + integer(scope, depth - 1) + " END";
            case 7 -> call("unixepoch", date(scope));
            case 8 -> call("sign", any(scope, depth - 1));
            case 9 -> call("unicode", text(scope, depth - 1));
            case 10 -> call("json_array_length", Json.guarded(any(scope, 0)));
            case 11 -> call("abs", integer(scope, depth - 1) + " % 1000");
            // May overflow, which is an error.
            default -> dice.percent(10) ? call("abs", integer(scope, 0)) : "(" + integer(scope, depth - 1) + " / 7)";
        };
    }

    /** Texts in binary order and NULL only; a column's collation does not go through a function or ||. */
    String text(Scope scope, int depth) {
        if (depth <= 0) {
            return dice.percent(60) ? call("quote", leaf(scope)) : "(CAST(" + leaf(scope) + " AS TEXT) || '')";
        }
        return switch (dice.below(14)) {
            case 0 -> call(dice.one("upper", "lower", "trim", "ltrim", "hex", "quote"), any(scope, depth - 1));
            case 1 ->
                call(
                        "substr",
                        any(scope, depth - 1) + " || ''",
                        scope.binding().small(-3, 4),
                        scope.binding().small(0, 6));
            case 2 -> call("typeof", any(scope, depth - 1));
            case 3 -> "(" + any(scope, depth - 1) + " || " + any(scope, depth - 1) + ")";
            case 4 -> call("replace", any(scope, depth - 1), scope.binding().value(ColumnType.TEXT), "'<>'");
            case 5 ->
                call(
                        "printf",
                        dice.one("'%d:%s'", "'%5.2f|%-8s'", "'%x %q'", "'%,d %Q'"),
                        integer(scope, 0),
                        any(scope, depth - 1));
            case 6 -> call(dice.one("date", "time", "datetime"), date(scope) + dice.one("", "", ", 'subsec'"));
            case 7 ->
                call(
                        "strftime",
                        dice.one("'%Y-%j %H:%M:%f'", "'%s %w %W'", "'%G-W%V-%u'", "'%F %T %p %I'", "'%J'"),
                        date(scope));
            case 8 -> call("timediff", date(scope, 0), date(scope, 0));
            case 9 -> call("json_object", "'k'", any(scope.withoutSubqueries(), 0), "'l'", integer(scope, 0));
            case 10 -> call("char", "65 + " + integer(scope, 0) + " % 26", "233", "128512");
            case 11 ->
                call(dice.one("concat", "concat_ws"), text(scope, depth - 1), any(scope, depth - 1), any(scope, 0));
            case 12 -> "CASE " + leaf(scope) + " WHEN " + leaf(scope) + " THEN " + text(scope, depth - 1) + " END";
            default -> call("coalesce", text(scope, depth - 1), text(scope, 0));
        };
    }

    /** A point of time and modifiers, fixed ones: 'now' and time zones differ between the two by design. */
    private String date(Scope scope) {
        return date(scope, dice.below(3));
    }

    private String date(Scope scope, int modifiers) {
        StringBuilder arguments =
                new StringBuilder(dice.percent(30) ? leaf(scope) : Value.literal(dice.one(Values.DATES)));
        for (int i = 0; i < modifiers; i++) {
            arguments.append(", ").append(modifier());
        }
        return arguments.toString();
    }

    private String modifier() {
        return dice.one(
                "'+" + dice.below(400) + " days'",
                "'-1.5 hours'",
                "'+1 month'",
                "'-13 months'",
                "'+2 years'",
                "'start of month'",
                "'start of year'",
                "'weekday " + dice.below(8) + "'",
                "'unixepoch'",
                "'auto'",
                "'julianday'",
                "'ceiling'",
                "'floor'",
                "'+0002-03-04 05:06'",
                "'no such modifier'");
    }

    String predicate(Scope scope, int depth) {
        if (depth <= 0) {
            return leaf(scope)
                    + dice.one(" = ", " < ", " >= ", " <> ", " IS ", " IS NOT ", " > ", " IS NOT DISTINCT FROM ")
                    + leaf(scope);
        }
        return switch (dice.below(13)) {
            case 0 -> "(" + predicate(scope, depth - 1) + dice.one(" AND ", " OR ") + predicate(scope, depth - 1) + ")";
            case 1 -> "NOT (" + predicate(scope, depth - 1) + ")";
            case 2 -> leaf(scope) + dice.one(" BETWEEN ", " NOT BETWEEN ") + any(scope, 0) + " AND " + any(scope, 0);
            case 3 ->
                any(scope, depth - 1) + dice.one(" IN (", " NOT IN (") + leaf(scope) + ", " + leaf(scope) + ", NULL)";
            case 4 -> leaf(scope) + dice.one(" IS NULL", " IS NOT NULL", " NOTNULL");
            case 5 ->
                any(scope, depth - 1)
                        + dice.one(
                                " LIKE '%a%'",
                                " LIKE 'PL_M%'", " NOT LIKE '%!_d' ESCAPE '!'", " GLOB '[a-f]*'", " GLOB '*[^a]'");
            case 6 -> leaf(scope) + " = " + leaf(scope) + " COLLATE " + dice.one("NOCASE", "RTRIM", "BINARY");
            case 7 ->
                "(" + leaf(scope) + ", " + leaf(scope) + ") " + dice.one("<", ">=", "=", "IS") + " (" + leaf(scope)
                        + ", " + leaf(scope) + ")";
            case 8 -> integer(scope, depth - 1) + dice.one(" = ", " < ", " > ") + integer(scope, 0);
            case 9 -> text(scope, depth - 1) + dice.one(" = ", " < ", " > ") + text(scope, 0);
            case 10, 11 -> scope.tables().isEmpty() ? leaf(scope) + " > " + leaf(scope) : subqueryPredicate(scope);
            default -> call("json_valid", leaf(scope));
        };
    }

    private String scalarSubquery(Scope scope) {
        Table table = dice.one(scope.tables());
        Scope inner = inner(scope, table);
        String value = dice.one("count(*)", "max(" + integer(inner, 1) + ")", "min(" + text(inner, 1) + ")");
        return "(SELECT " + value + " FROM " + table.name() + " AS s WHERE " + predicate(inner, 1) + ")";
    }

    private String subqueryPredicate(Scope scope) {
        Table table = dice.one(scope.tables());
        Scope inner = inner(scope, table);
        if (dice.percent(50)) {
            return dice.one("EXISTS", "NOT EXISTS") + " (SELECT 1 FROM " + table.name() + " AS s WHERE "
                    + predicate(inner, 1) + ")";
        }
        return leaf(scope) + dice.one(" IN ", " NOT IN ") + "(SELECT "
                + dice.one(inner.columns()).text() + " FROM " + table.name() + " AS s)";
    }

    /** One level of subqueries is enough, and the outer columns are in reach. */
    private static Scope inner(Scope scope, Table table) {
        return new Scope(Scope.references(table, "s"), scope.binding(), List.of()).and(scope.columns());
    }

    static String call(String function, String... arguments) {
        return function + "(" + String.join(", ", arguments) + ")";
    }

    /** JSON functions take broken texts for errors, so most of the time they get none. */
    private static final class Json {
        static String guarded(String value) {
            return "CASE WHEN json_valid(" + value + ") THEN " + value + " ELSE '[1, {\"a\": 2}]' END";
        }

        static String value(Dice dice, String value) {
            String json = dice.percent(95) ? guarded(value) : value;
            return switch (dice.below(6)) {
                case 0 -> call("json_extract", json, dice.one("'$'", "'$.a'", "'$.a[1]'", "'$[#-1]'"));
                case 1 -> "((" + json + ")" + dice.one(" -> ", " ->> ") + dice.one("'$.b'", "'a'", "0") + ")";
                case 2 -> call("json_type", json, dice.one("'$.a'", "'$[1]'"));
                case 3 ->
                    call(
                            dice.one("json_set", "json_insert", "json_replace"),
                            json,
                            "'$.n'",
                            dice.one("1", "'x'", "2.5"));
                case 4 -> call("json_remove", json, "'$.a'");
                default -> call("json_array", dice.one("1", "NULL"), "'x'", json);
            };
        }
    }
}
