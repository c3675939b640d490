package io.wesdb.internal.sqlite;

import io.wesdb.InvalidRequestException;
import io.wesdb.SqlException;
import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a write's text alone tells. Immutable.
 *
 * @param sql what is to be executed
 * @param refusal why the rules refuse it, or null
 * @param parameterCount how many values it takes
 * @param dml whether it is INSERT, REPLACE, UPDATE or DELETE
 * @param query whether it is SELECT or VALUES
 * @param upsert whether it may update instead of inserting
 * @param vacuum whether it is VACUUM
 * @param readsConnectionState whether it calls last_insert_rowid(), changes() or total_changes()
 * @param touchesEverything whether it goes through all tables, wesdb's own included, which is harmless
 * @param looksAtTemp whether it looks through the TEMP schema too: ALTER TABLE does for views to be renamed in, DROP …
 *     IF EXISTS for what is not there, but only on a connection on which TEMP was opened once
 * @param names the names in it, in lower case
 */
record StatementText(
        String sql,
        @Nullable String refusal,
        int parameterCount,
        boolean dml,
        boolean query,
        boolean upsert,
        boolean vacuum,
        boolean readsConnectionState,
        boolean touchesEverything,
        boolean looksAtTemp,
        Set<String> names) {

    static StatementText of(String sql) {
        List<Token> tokens = SqlTokenizer.tokenize(sql);
        try {
            StatementRules.checkWrite(sql, tokens);
            String verb = StatementVerb.of(tokens);
            return new StatementText(
                    effective(sql, tokens, verb),
                    null,
                    ParameterLayout.of(tokens).count(),
                    StatementVerb.isDml(verb),
                    StatementRules.isQuery(verb),
                    isUpsert(tokens),
                    verb.equals("VACUUM"),
                    SchemaFacts.readsConnectionState(tokens),
                    verb.equals("ANALYZE") || verb.equals("REINDEX") || verb.equals("PRAGMA"),
                    verb.equals("ALTER") || verb.equals("DROP"),
                    StatementRules.names(tokens));
        } catch (SqlException | InvalidRequestException e) {
            return new StatementText(
                    sql, String.valueOf(e.getMessage()), 0, false, false, false, false, false, false, false, Set.of());
        }
    }

    /**
     * PRAGMA optimize looks at what its connection has queried; with 0x10000 it looks at all tables instead, so that what
     * it does depends on the content only (I3). 0x02 has it run ANALYZE where a table has grown or shrunk tenfold or an
     * index has no statistics; 0x10 has that compare some 2,000 rows of an index instead of all, or every applier would
     * stand still while a huge index is compared row by row. The rows are counted still, page by page.
     *
     * <p>Which rows are compared depends on their order in the index alone, and the bound is that of this one ANALYZE, not
     * the connection's. Whether a table has grown tenfold is estimated from its B-tree's shape, which follows from the
     * inserts and deletes in the log's order; a snapshot copies pages. A bounded ANALYZE takes no samples (sqlite_stat4),
     * and drops those of the tables that it looks at.
     */
    private static String effective(String sql, List<Token> tokens, String verb) {
        boolean optimize =
                verb.equals("PRAGMA") && tokens.stream().noneMatch(t -> t.isOperator('=') || t.isOperator('('));
        return optimize ? "PRAGMA optimize=0x10012" : sql;
    }

    private static boolean isUpsert(List<Token> tokens) {
        return tokens.stream().anyMatch(t -> t.is("CONFLICT"))
                && tokens.stream().anyMatch(t -> t.is("DO"));
    }
}
