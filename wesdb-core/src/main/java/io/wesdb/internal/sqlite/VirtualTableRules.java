package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;

/**
 * Which modules' virtual tables may be used. Some tell of one node's file, library or connections, so the lists say
 * what is allowed. Stateless.
 */
final class VirtualTableRules {
    /** Modules that CREATE VIRTUAL TABLE may use: their content is in the file, and replicated. */
    private static final Set<String> CREATED =
            Set.of("fts3", "fts4", "fts4aux", "fts5", "fts5vocab", "fts3tokenize", "rtree", "rtree_i32");
    /** Tables that are there without being created and depend on nothing but their arguments. */
    private static final Set<String> PURE = Set.of("json_each", "json_tree", "fts3tokenize");
    /** How the pages of this node's file are used. */
    private static final Set<String> READ = Set.of("dbstat");

    private VirtualTableRules() {}

    static boolean canBeCreated(String module) {
        return CREATED.contains(module);
    }

    static boolean isForRead(String name) {
        return isForEither(name) || READ.contains(name) || (isPragma(name) && PragmaRules.isTableForRead(pragma(name)));
    }

    static boolean isForWrite(String name) {
        return isForEither(name) || (isPragma(name) && PragmaRules.isTableForWrite(pragma(name)));
    }

    private static boolean isForEither(String name) {
        return CREATED.contains(name) || PURE.contains(name);
    }

    /**
     * Whether the name is that of a virtual table of SQLite's own that a view or trigger may not use: they are checked
     * by their text, before there is anything to be looked up.
     */
    static boolean isRefusedInSchema(String name) {
        boolean known = READ.contains(name) || (isPragma(name) && PragmaRules.isKnown(pragma(name)));
        return known && !isForWrite(name);
    }

    /** Whether the name is that of a virtual table of SQLite's own that a query may not read. */
    static boolean isRefusedInQuery(String name) {
        return isPragma(name) && PragmaRules.isKnown(pragma(name)) && !isForRead(name);
    }

    /** A quick look, which may be wrong in saying yes. */
    static boolean mayNamePragma(String sql) {
        String prefix = PragmaRules.TABLE_PREFIX;
        int behind = prefix.length() - 1;
        for (int i = sql.indexOf('_'); i >= 0; i = sql.indexOf('_', i + 1)) {
            if (sql.regionMatches(true, i - behind, prefix, 0, prefix.length())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isPragma(String name) {
        return name.startsWith(PragmaRules.TABLE_PREFIX);
    }

    private static String pragma(String name) {
        return name.substring(PragmaRules.TABLE_PREFIX.length());
    }

    /**
     * A virtual table of SQLite's own that the statement opens and that is not allowed; null if there is none.
     *
     * @param allowed {@link #isForRead} or {@link #isForWrite}
     */
    static @Nullable String refused(SQLiteConnection connection, StatementProfile profile, Predicate<String> allowed)
            throws SQLException {
        if (profile.virtualTables().isEmpty()) {
            return null;
        }
        Map<String, String> own = OwnVirtualTables.of(connection);
        for (String opened : profile.virtualTables()) {
            String name = own.get(opened);
            if (name != null && !allowed.test(name)) {
                return name;
            }
        }
        return null;
    }
}
