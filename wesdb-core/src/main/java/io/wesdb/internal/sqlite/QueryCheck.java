package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.sqlite.SQLiteConnection;

/** Whether a statement may be run as a query, by its text and then by what SQLite makes of it. Stateless. */
final class QueryCheck {
    private QueryCheck() {}

    /**
     * Whether the statement must be checked each time it is run, and run on the snapshot on which it was checked: it names
     * a table that SQLite has of its own, and a query may not read, unless a user's table is called alike. When that is
     * dropped, SQLite takes its own instead in a statement that is compiled already.
     */
    static boolean isValidOnce(String sql) {
        if (!VirtualTableRules.mayNamePragma(sql)) {
            return false; // asked for each query
        }
        for (SqlTokenizer.Token token : SqlTokenizer.tokenize(sql)) {
            if (VirtualTableRules.isRefusedInQuery(token.lowerValue())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Checks a statement; leaves nothing behind on the connection.
     *
     * @return the number of its parameters
     * @throws io.wesdb.NotAQueryException if it writes
     * @throws io.wesdb.SqlException with code 0 if it is not allowed
     * @throws SQLException if SQLite refuses it
     */
    static int check(SQLiteConnection connection, String sql) throws SQLException {
        List<SqlTokenizer.Token> tokens = SqlTokenizer.tokenize(sql);
        StatementRules.checkRead(sql, tokens);
        String explained = tokens.get(0).is("EXPLAIN") ? StatementRules.explained(sql) : sql;
        // Has SQLite see that the schema has changed, if it has; compiling alone does not look.
        Set<Integer> ownRoots = SchemaFacts.ownRoots(connection);
        StatementProfile profile = StatementProfile.of(connection, explained);
        if (profile.writes()) {
            throw StatementRules.notAQuery();
        } else if (!StatementVerb.of(SqlTokenizer.tokenize(explained)).equals("PRAGMA")) {
            // The pragmas that are allowed go through all tables, and tell nothing of what is in them.
            checkTables(profile, ownRoots);
        }
        FunctionRules.checkRead(profile);
        checkVirtualTables(connection, explained, profile);
        return ParameterLayout.of(tokens).count();
    }

    private static void checkTables(StatementProfile profile, Set<Integer> ownRoots) {
        if (profile.touchesTemp()) {
            throw StatementRules.refused("TEMP objects are not allowed");
        } else if (!Collections.disjoint(profile.roots(), ownRoots)) {
            throw StatementRules.refused("names starting with " + StatementRules.OWN_PREFIX + " are reserved");
        }
    }

    private static void checkVirtualTables(SQLiteConnection connection, String sql, StatementProfile first)
            throws SQLException {
        if (first.virtualTables().isEmpty()) {
            return;
        }
        // Looked up before the statement is compiled once more: what the first compiling showed may be gone by now, if
        // the schema has changed, and another table in its place.
        OwnVirtualTables.of(connection);
        String refused = VirtualTableRules.refused(
                connection, StatementProfile.of(connection, sql), VirtualTableRules::isForRead);
        if (refused != null) {
            throw StatementRules.refused(refused + " is not allowed");
        }
    }
}
