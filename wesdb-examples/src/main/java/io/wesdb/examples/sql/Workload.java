package io.wesdb.examples.sql;

import io.wesdb.examples.sql.Step.Command;
import io.wesdb.examples.sql.Step.Expectation;
import io.wesdb.examples.sql.Step.Query;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Commands and queries from a seed. It must be told which commands were done, for what it makes next depends on the
 * schema. For one thread.
 */
final class Workload {
    /** What differs from bare SQLite by design, and is compared between the nodes only. */
    static final String CHANCE = "chance";

    private static final int MAX_TABLES = 8;
    private static final int MAX_TRIGGERS = 10;

    private final Dice dice;
    private final Expressions expressions;
    private final Queries queries;
    private final Writes writes;
    private final TableDefinitions definitions;
    private final SchemaChanges changes;
    private final Values values;
    private Schema schema = new Schema();
    private Schema draft = schema;
    private int begun;

    Workload(long seed) {
        dice = new Dice(seed);
        values = new Values(dice);
        expressions = new Expressions(dice);
        queries = new Queries(dice, values, expressions);
        writes = new Writes(dice, values, expressions, queries);
        definitions = new TableDefinitions(dice, values, expressions, dice.percent(35));
        changes = new SchemaChanges(dice, values, expressions, queries);
    }

    /** The tables that may have grown too large, as SQL has their names. */
    List<Table> growing() {
        return schema.tables(table -> table.kind() != Table.Kind.VIEW);
    }

    Command prune(Table table) {
        draft = schema;
        return command(List.of(writes.prune(table)), false, Expectation.SAME);
    }

    /** To be called after each command: what counts of the schema is what was done. */
    void told(boolean done) {
        schema = done ? draft : schema;
        draft = schema;
    }

    Command nextCommand() {
        draft = schema.copy();
        if (begun < 5) {
            return begin();
        }
        int sort = dice.below(1000);
        if (sort < 60) {
            return schemaChange();
        } else if (sort < 80) {
            return maintenance();
        } else if (sort < 110) {
            return refused();
        } else if (sort < 140) {
            return command(List.of(garbled(writes.next(draft))), false, Expectation.SAME_BUT_FOR_CODE);
        } else if (sort < 170) {
            return command(List.of(chance()), false, Expectation.SAME);
        }
        return several();
    }

    private Command begin() {
        begun++;
        if (begun > 1) {
            return created();
        }
        draft.put(new Table(
                SchemaChanges.LOG,
                Table.Kind.ORDINARY,
                List.of(
                        new Table.Column("id", ColumnType.INTEGER, true),
                        new Table.Column("what", ColumnType.TEXT, true),
                        new Table.Column("n", ColumnType.ANY, true)),
                List.of(),
                List.of(),
                Optional.of("id")));
        return script(List.of(
                Sql.plain("CREATE TABLE log(id INTEGER PRIMARY KEY, what TEXT, n)", Sql.Kind.OTHER),
                Sql.plain(
                        "CREATE TABLE chance(id INTEGER PRIMARY KEY, x, r DEFAULT (random()), b DEFAULT (hex(randomblob(4))), at DEFAULT CURRENT_TIMESTAMP)",
                        Sql.Kind.OTHER)));
    }

    /** A table and what belongs to it, at once. */
    private Command created() {
        List<Sql> statements = new ArrayList<>(List.of(definitions.create(draft)));
        List<Table> tables = draft.all();
        Table made = tables.get(tables.size() - 1);
        if (made.isOrdinary() && dice.percent(50)) {
            statements.add(changes.index(draft, made));
        }
        if (made.isOrdinary() && dice.percent(30)) {
            statements.add(changes.trigger(draft, made));
        }
        return dice.percent(50) ? script(statements) : command(statements, true, Expectation.SAME);
    }

    private Command schemaChange() {
        List<Table> ordinary =
                draft.tables(table -> table.isOrdinary() && !table.name().equals(SchemaChanges.LOG));
        if (ordinary.isEmpty() || (draft.all().size() < MAX_TABLES && dice.percent(30))) {
            return created();
        }
        Table table = dice.one(ordinary);
        List<Table> views = draft.tables(each -> each.kind() == Table.Kind.VIEW);
        boolean triggers = draft.triggers.size() < MAX_TRIGGERS;
        Sql change = switch (dice.below(10)) {
            case 0, 1 -> changes.index(draft, table);
            case 2 -> draft.all().size() < MAX_TABLES ? changes.view(draft) : changes.drop(draft);
            case 3 -> triggers ? changes.trigger(draft, table) : changes.drop(draft);
            case 4 -> triggers && !views.isEmpty() ? changes.trigger(draft, dice.one(views)) : changes.view(draft);
            case 5, 6 -> changes.alter(draft, table);
            default -> changes.drop(draft);
        };
        List<Sql> statements = new ArrayList<>(List.of(change));
        if (dice.percent(25) && !draft.all().isEmpty()) {
            statements.add(writes.next(draft));
        }
        return command(statements, true, Expectation.SAME);
    }

    private Command maintenance() {
        Table table = dice.one(draft.all());
        String name = table.kind() == Table.Kind.VIEW ? SchemaChanges.LOG : table.name();
        String text = dice.one(
                "ANALYZE",
                "ANALYZE " + name,
                "REINDEX",
                "REINDEX " + name,
                "REINDEX NOCASE",
                "PRAGMA optimize",
                "PRAGMA user_version = " + dice.below(1000),
                "PRAGMA application_id = " + dice.below(1000),
                "VACUUM");
        Sql.Kind kind = text.equals("VACUUM") ? Sql.Kind.VACUUM : Sql.Kind.OTHER;
        Sql sql = Sql.plain(text, kind);
        // Where there is no table but wesdb's own, it makes the table of statistics and bare SQLite does not.
        Sql before = Sql.plain("ANALYZE log", Sql.Kind.OTHER);
        return command(text.equals("PRAGMA optimize") ? List.of(before, sql) : List.of(sql), true, Expectation.SAME);
    }

    /** Most commands: some writes, and now and then a look at what they did. */
    private Command several() {
        int count = dice.percent(45) ? 1 : dice.between(2, 8);
        List<Sql> statements = new ArrayList<>();
        boolean parameters = false;
        for (int i = 0; i < count; i++) {
            Sql sql = dice.percent(5) ? look() : writes.next(draft);
            parameters |= !sql.parameters().isEmpty();
            statements.add(sql);
        }
        return !parameters && dice.percent(40) ? script(statements) : command(statements, false, Expectation.SAME);
    }

    private Sql look() {
        if (dice.percent(50)) {
            // FTS5 writes to tables of its own, which total_changes() counts, and when it does hangs on the savepoints
            // that are set.
            boolean total = draft.tables(Table::isVirtual).isEmpty();
            return Sql.plain(
                    "SELECT last_insert_rowid(), changes()" + (total ? ", total_changes()" : ""), Sql.Kind.ROWS);
        }
        Sql sql = queries.next(draft).sql();
        while (sql.text().startsWith("PRAGMA")) { // a PRAGMA that asks is for queries only, by design
            sql = queries.next(draft).sql();
        }
        return sql;
    }

    private Sql chance() {
        return dice.one(
                Sql.plain("INSERT INTO chance(x) VALUES (datetime('now', '+1 day')), (abs(random()))", Sql.Kind.INSERT),
                Sql.plain("INSERT INTO chance(x, at) SELECT strftime('%s'), time('now', 'localtime')", Sql.Kind.INSERT),
                Sql.plain("UPDATE chance SET r = random(), b = randomblob(3) WHERE id % 3 = 1", Sql.Kind.CHANGE),
                Sql.plain("DELETE FROM chance WHERE id % 7 = 1", Sql.Kind.CHANGE),
                new Sql(
                        "INSERT INTO chance(x) VALUES (julianday(?))",
                        List.of(Parameter.same("now")),
                        List.of(),
                        Sql.Kind.INSERT));
    }

    private Command refused() {
        String text = dice.one(
                "BEGIN",
                "COMMIT",
                "ROLLBACK",
                "SAVEPOINT s",
                "RELEASE s",
                "ATTACH ':memory:' AS other",
                "DETACH main",
                "VACUUM INTO '/tmp/never'",
                "SELECT load_extension('x')",
                "CREATE TEMP TABLE passing(x)",
                "CREATE TABLE temp.passing(x)",
                "CREATE TEMPORARY VIEW passing AS SELECT 1",
                "CREATE TABLE wesdb_mine(x)",
                "DELETE FROM wesdb_meta",
                "UPDATE \"WESDB_meta\" SET x = 1",
                "PRAGMA foreign_keys = OFF",
                "PRAGMA journal_mode = DELETE",
                "PRAGMA writable_schema = ON",
                "PRAGMA table_info(log)",
                "INSERT INTO log(what) VALUES (sqlite_version())",
                "INSERT INTO log(what) SELECT name FROM dbstat",
                "DELETE FROM sqlite_stat1",
                "CREATE INDEX impure ON log(datetime('now'))",
                "CREATE TABLE impure(x, CHECK (x < date('now')))",
                "CREATE TABLE impure(x, y AS (strftime('%s', x, 'localtime')))",
                "EXPLAIN INSERT INTO log DEFAULT VALUES",
                "SELECT 1; SELECT 2",
                "",
                "-- nothing");
        Sql sql = Sql.plain(text, Sql.Kind.OTHER);
        if (dice.percent(20)) {
            Sql malformed = dice.one(
                    new Sql("INSERT INTO log(what) VALUES (?)", List.of(), List.of(), Sql.Kind.INSERT),
                    new Sql("DELETE FROM log", List.of(Parameter.same(1L)), List.of(), Sql.Kind.CHANGE),
                    new Sql(
                            "DELETE FROM log WHERE id = :a",
                            List.of(Parameter.same(1L)),
                            List.of("b"),
                            Sql.Kind.CHANGE));
            return command(List.of(malformed), false, Expectation.MALFORMED);
        }
        List<Sql> statements = dice.percent(50) ? List.of(sql) : List.of(chance(), sql);
        return command(statements, false, Expectation.REFUSED);
    }

    Query nextQuery() {
        int sort = dice.below(100);
        if (sort < 3) {
            Query query = queries.next(schema);
            return new Query(garbled(query.sql()), false, Expectation.SAME_BUT_FOR_CODE);
        } else if (sort < 5) {
            Sql write = Sql.plain(
                    dice.one(
                            "DELETE FROM log",
                            "INSERT INTO log(what) VALUES ('never') RETURNING id",
                            "CREATE TABLE never(x)",
                            "PRAGMA user_version = 7",
                            "VACUUM",
                            "WITH x AS (SELECT 1) UPDATE log SET n = 1"),
                    Sql.Kind.OTHER);
            return new Query(write, false, Expectation.NOT_A_QUERY);
        } else if (sort < 7) {
            Sql refused = Sql.plain(
                    dice.one(
                            "SELECT * FROM wesdb_meta",
                            "BEGIN",
                            "ATTACH 'x' AS y",
                            "PRAGMA journal_mode",
                            "PRAGMA data_version",
                            "SELECT load_extension('x')",
                            "PRAGMA temp.table_info(log)",
                            "SELECT padl('a', 5)"),
                    Sql.Kind.ROWS);
            return new Query(refused, false, Expectation.REFUSED);
        }
        return queries.next(schema);
    }

    private static Command command(List<Sql> statements, boolean schema, Expectation expectation) {
        return new Command(List.copyOf(statements), null, schema, expectation);
    }

    /** All in one text, with what a person would put between the statements. */
    private Command script(List<Sql> statements) {
        String script = statements.stream()
                        .map(Sql::text)
                        .collect(Collectors.joining(dice.one(";", ";\n", "; -- one; two\n", " ; /* ; */ ;\n")))
                + dice.one("", ";", ";\n-- the end");
        return new Command(List.copyOf(statements), script, true, Expectation.SAME);
    }

    /**
     * Left as it is if it has parameters, whose number might change, or could then run without an end, or would then show
     * wesdb's own tables; and PRAGMAs, for which wesdb goes by the name alone.
     */
    private Sql garbled(Sql sql) {
        if (!sql.parameters().isEmpty()
                || sql.text().contains("RECURSIVE")
                || sql.text().contains("wesdb")
                || sql.text().startsWith("PRAGMA")) {
            return sql;
        }
        List<String> words = new ArrayList<>(Arrays.asList(sql.text().split(" ")));
        int at = dice.below(words.size());
        switch (dice.below(5)) {
            case 0 -> words.remove(at);
            case 1 -> words.add(at, words.get(at));
            case 2 ->
                words.set(
                        at,
                        dice.one("missing", "#", "'open", "(", ")", "12ab", "x'1'", "\"c0\"", "NULL", "||", "SELECT"));
            case 3 -> words.set(at, words.get(words.size() - 1));
            default -> words.add(dice.one(")", "'", ";", "/* open", "LIMIT", "\u00A7"));
        }
        return Sql.plain(String.join(" ", words), sql.kind());
    }
}
