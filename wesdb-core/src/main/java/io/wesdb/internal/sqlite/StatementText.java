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
 * @param upsert whether it may update instead of inserting
 * @param vacuum whether it is VACUUM
 * @param readsConnectionState whether it calls last_insert_rowid(), changes() or total_changes()
 * @param touchesEverything whether it goes through all tables, wesdb's own included, which is harmless
 * @param looksAtTemp whether it looks through the TEMP schema too, as ALTER TABLE does for views to be renamed in, and DROP
 *     … IF EXISTS for what is not there, but only once an ALTER TABLE has opened it
 * @param nodeLocalText whether a text in it could name a node-local virtual table
 * @param names the names in it, in lower case
 */
record StatementText(
        String sql,
        @Nullable String refusal,
        int parameterCount,
        boolean dml,
        boolean upsert,
        boolean vacuum,
        boolean readsConnectionState,
        boolean touchesEverything,
        boolean looksAtTemp,
        boolean nodeLocalText,
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
                    isUpsert(tokens),
                    verb.equals("VACUUM"),
                    SchemaFacts.readsConnectionState(tokens),
                    verb.equals("ANALYZE") || verb.equals("REINDEX") || verb.equals("PRAGMA"),
                    verb.equals("ALTER") || verb.equals("DROP"),
                    StatementRules.hasNodeLocalText(tokens),
                    StatementRules.names(tokens));
        } catch (SqlException | InvalidRequestException e) {
            return new StatementText(
                    sql, String.valueOf(e.getMessage()), 0, false, false, false, false, false, false, false, Set.of());
        }
    }

    /** PRAGMA optimize looks at what its connection has queried; with this mask it looks at the content only. */
    private static String effective(String sql, List<Token> tokens, String verb) {
        boolean optimize =
                verb.equals("PRAGMA") && tokens.stream().noneMatch(t -> t.isOperator('=') || t.isOperator('('));
        return optimize ? "PRAGMA optimize=0x10002" : sql;
    }

    private static boolean isUpsert(List<Token> tokens) {
        return tokens.stream().anyMatch(t -> t.is("CONFLICT"))
                && tokens.stream().anyMatch(t -> t.is("DO"));
    }
}
