package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which functions may not be called. The text is asked before anything is compiled, since SQLite may call a function
 * while it compiles; the compiled form is asked after, which sees what views and triggers call. Stateless.
 */
final class FunctionRules {
    /** Reveal or follow what differs between nodes: library version, page layout. */
    private static final Set<String> NODE_LOCAL = Set.of(
            "sqlite_version",
            "sqlite_source_id",
            "sqlite_compileoption_get",
            "sqlite_compileoption_used",
            "sqlite_offset",
            "fts5_source_id");

    /** Reach out of the database. */
    private static final Set<String> DANGEROUS = Set.of("load_extension", "fts3_tokenizer", "sqlite_log");

    /**
     * Functions that the driver's own SQLite adds. Some crash the process or run out of memory where SQLite's own
     * functions say that the text would be too long, and a crash that is in the log comes again at every start. They
     * cannot be replaced: the driver registers Java's functions for UTF-16 and these for UTF-8, and SQLite prefers the
     * latter. So they are known by their names, and a table or column may have one.
     */
    private static final Set<String> DRIVERS = Set.of(
            "replicate",
            "padl",
            "padr",
            "padc",
            "leftstr",
            "rightstr",
            "reverse",
            "proper",
            "strfilter",
            "charindex",
            "difference");

    /** Full-text search's, which rewrites its index: a SELECT that writes, and whose compiled form does not show it. */
    private static final String WRITES = "optimize";

    private FunctionRules() {}

    static void checkWrite(List<Token> tokens, BitSet places) {
        checkText(tokens, places, true);
    }

    /** Checks a CREATE statement: a view must not make a write of a query that was a query when it was checked. */
    static void checkSchema(List<Token> tokens, BitSet places) {
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.get(i).lowerValue().equals(WRITES) && isCall(tokens, places, i)) {
                throw StatementRules.refused(WRITES + "() is not allowed in a view or a trigger");
            }
        }
    }

    static void checkRead(List<Token> tokens, BitSet places) {
        checkText(tokens, places, false);
    }

    private static void checkText(List<Token> tokens, BitSet places, boolean write) {
        for (int i = 0; i < tokens.size(); i++) {
            if (isCall(tokens, places, i)) {
                String refusal = refusal(tokens.get(i).lowerValue(), write);
                if (refusal != null) {
                    throw StatementRules.refused(refusal);
                }
            }
        }
    }

    /** Why a write may not do what its compiled form shows; null if it may. */
    static @Nullable String refusalOfWrite(StatementProfile profile) {
        for (String function : profile.functions()) {
            String refusal = refusal(SqlTokenizer.lower(function), true);
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    /** Checks what the compiled form of a query shows. */
    static void checkRead(StatementProfile profile) {
        for (String function : profile.functions()) {
            String name = SqlTokenizer.lower(function);
            String refusal = refusal(name, false);
            if (refusal != null) {
                throw StatementRules.refused(refusal);
            } else if (name.equals(WRITES)) {
                throw StatementRules.notAQuery();
            }
        }
    }

    private static @Nullable String refusal(String function, boolean write) {
        if (isRefused(function)) {
            return function + "() is not allowed";
        } else if (write && isNodeLocal(function)) {
            return function + "() differs from node to node, so a write may not use it";
        }
        return null;
    }

    /** Whether neither side may call it. */
    static boolean isRefused(String function) {
        return DANGEROUS.contains(function) || DRIVERS.contains(function);
    }

    /** Whether writes may not call it. */
    static boolean isNodeLocal(String function) {
        return NODE_LOCAL.contains(function);
    }

    private static boolean isCall(List<Token> tokens, BitSet places, int i) {
        return tokens.get(i).isName()
                && StatementRules.isCall(tokens, i)
                && !places.get(i)
                && !definesCommonTable(tokens, i);
    }

    /** {@code WITH name(columns) AS [[NOT] MATERIALIZED] (…)}: after a call no such AS can follow. */
    private static boolean definesCommonTable(List<Token> tokens, int i) {
        int as = StatementRules.groupEnd(tokens, i + 1);
        return as + 1 < tokens.size()
                && tokens.get(as).is("AS")
                && (tokens.get(as + 1).isOperator('(')
                        || tokens.get(as + 1).is("NOT")
                        || tokens.get(as + 1).is("MATERIALIZED"));
    }
}
