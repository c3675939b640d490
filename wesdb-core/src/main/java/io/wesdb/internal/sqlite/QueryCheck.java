package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import org.sqlite.SQLiteConnection;

/** Decides whether a statement may be run as a query: by its text and by what SQLite compiles it to. Stateless. */
final class QueryCheck {
    private QueryCheck() {}

    /**
     * Gives the number of parameters.
     *
     * @throws io.wesdb.NotAQueryException if it writes
     * @throws io.wesdb.SqlException if it is not allowed
     * @throws SQLException if SQLite refuses it
     */
    static int check(SQLiteConnection connection, String sql) throws SQLException {
        List<SqlTokenizer.Token> tokens = SqlTokenizer.tokenize(sql);
        StatementRules.checkRead(sql, tokens);
        boolean explain = tokens.get(0).is("EXPLAIN");
        boolean pragma = StatementVerb.of(tokens).equals("PRAGMA");
        String explained = explain ? StatementRules.explained(sql) : sql;
        StatementProfile profile = StatementProfile.of(connection, explained);
        if (profile.writes()) {
            throw StatementRules.notAQuery();
        } else if (profile.touchesTemp() && !pragma) {
            throw StatementRules.refused("TEMP objects are not allowed");
        } else if (!pragma && !Collections.disjoint(profile.roots(), SchemaFacts.ownRoots(connection))) {
            throw StatementRules.refused("names starting with " + StatementRules.OWN_PREFIX + " are reserved");
        }
        return ParameterLayout.of(tokens).count();
    }
}
