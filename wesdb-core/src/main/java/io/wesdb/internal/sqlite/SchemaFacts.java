package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.sqlite.SQLiteConnection;

/**
 * What must be known of one version of the schema to keep commands apart from each other. Immutable.
 *
 * @param ownRoots root pages of wesdb's own tables
 * @param statisticsRoots root pages of sqlite_stat*
 * @param tables the table that each other root page belongs to
 * @param deferredForeignKeys whether some foreign key may be checked at COMMIT only
 * @param shadowTables where virtual tables keep their content: names in lower case
 * @param sampled whether ANALYZE has left samples, by which SQLite plans for the very values of a statement
 * @param readsConnectionState whether something in the schema calls last_insert_rowid(), changes() or total_changes()
 * @param triggers whether there are triggers
 * @param datesInIndexes whether a date function stands in an index or a generated column
 */
record SchemaFacts(
        Set<Integer> ownRoots,
        Set<Integer> statisticsRoots,
        Map<Integer, String> tables,
        Set<String> shadowTables,
        boolean sampled,
        boolean deferredForeignKeys,
        boolean readsConnectionState,
        boolean triggers,
        boolean datesInIndexes) {
    private static final Set<String> CONNECTION_STATE = Set.of("last_insert_rowid", "changes", "total_changes");

    static SchemaFacts load(SQLiteConnection connection) throws SQLException {
        Loader loader = new Loader();
        try (NativeStatement select = NativeStatement.prepare(
                connection,
                "SELECT type, tbl_name, coalesce(rootpage, 0), coalesce(sql, '') FROM main.sqlite_schema")) {
            boolean row = select.execute();
            while (row) {
                loader.add(
                        String.valueOf(select.value(0)),
                        String.valueOf(select.value(1)),
                        (int) select.integer(2),
                        String.valueOf(select.value(3)));
                row = select.step();
            }
        }
        try (NativeStatement shadows =
                NativeStatement.prepare(connection, "SELECT name FROM pragma_table_list WHERE type = 'shadow'")) {
            boolean row = shadows.execute();
            while (row) {
                loader.shadowTables.add(SqlTokenizer.lower(String.valueOf(shadows.value(0))));
                row = shadows.step();
            }
        }
        return loader.facts();
    }

    /** Only the root pages of wesdb's own tables, cheaply. */
    static Set<Integer> ownRoots(SQLiteConnection connection) throws SQLException {
        Set<Integer> roots = new HashSet<>();
        try (NativeStatement select = NativeStatement.prepare(
                connection, "SELECT rootpage FROM main.sqlite_schema WHERE tbl_name LIKE 'wesdb\\_%' ESCAPE '\\'")) {
            boolean row = select.execute();
            while (row) {
                roots.add((int) select.integer(0));
                row = select.step();
            }
        }
        return roots;
    }

    /** Whether the text calls one of the functions whose value is left over from the connection's last statement. */
    static boolean readsConnectionState(List<Token> tokens) {
        return tokens.stream().anyMatch(t -> t.isName() && CONNECTION_STATE.contains(t.lowerValue()));
    }

    private static final class Loader {
        private final Set<Integer> ownRoots = new HashSet<>();
        private final Set<Integer> statisticsRoots = new HashSet<>();
        private final Map<Integer, String> tables = new HashMap<>();
        private final Set<String> shadowTables = new HashSet<>();
        private boolean sampled;
        private boolean deferredForeignKeys;
        private boolean readsConnectionState;
        private boolean triggers;
        private boolean datesInIndexes;

        void add(String type, String table, int root, String sql) {
            String lower = SqlTokenizer.lower(table);
            if (lower.startsWith(StatementRules.OWN_PREFIX)) {
                ownRoots.add(root);
                return;
            } else if (lower.startsWith("sqlite_stat")) {
                statisticsRoots.add(root);
                sampled |= lower.equals("sqlite_stat4");
                return;
            }
            if (type.equals("table") && root > 0 && !lower.startsWith("sqlite_")) {
                tables.put(root, table);
            }
            List<Token> tokens = SqlTokenizer.tokenize(sql);
            deferredForeignKeys |= type.equals("table") && tokens.stream().anyMatch(t -> t.is("DEFERRED"));
            readsConnectionState |= readsConnectionState(tokens);
            triggers |= type.equals("trigger");
            datesInIndexes |= (type.equals("table") || type.equals("index"))
                    && tokens.stream().anyMatch(t -> t.isName() && DateFunctions.isName(t.lowerValue()));
        }

        SchemaFacts facts() {
            return new SchemaFacts(
                    Set.copyOf(ownRoots),
                    Set.copyOf(statisticsRoots),
                    Map.copyOf(tables),
                    Set.copyOf(shadowTables),
                    sampled,
                    deferredForeignKeys,
                    readsConnectionState,
                    triggers,
                    datesInIndexes);
        }
    }
}
