package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.List;
import java.util.Set;

/**
 * Which pragmas may be used: a pragma is a setting of one connection, of one node's file or of the library unless it is
 * on a list here, so the lists say what is allowed. Several act while they are being compiled, even under EXPLAIN,
 * which is why these rules come before any compiling. Stateless.
 */
final class PragmaRules {
    /** Part of the content, so replicated. */
    private static final Set<String> WRITE_WITH_VALUE = Set.of("user_version", "application_id");

    /** Describe the schema, take a name. */
    private static final Set<String> SCHEMA = Set.of(
            "table_info",
            "table_xinfo",
            "table_list",
            "index_list",
            "index_info",
            "index_xinfo",
            "foreign_key_list",
            "foreign_key_check");

    private static final Set<String> READ_WITH_ARGUMENT = Set.of("integrity_check", "quick_check");
    private static final Set<String> READ_ONLY_BARE = Set.of(
            "user_version",
            "application_id",
            "schema_version",
            "page_count",
            "page_size",
            "freelist_count",
            "encoding",
            "auto_vacuum",
            "foreign_keys",
            "recursive_triggers",
            "collation_list",
            "compile_options",
            "function_list",
            "module_list",
            "pragma_list",
            "integrity_check",
            "quick_check",
            "foreign_key_check",
            "table_list");
    /** Deterministic table-valued forms, allowed in writes. */
    private static final Set<String> FUNCTIONS_FOR_WRITE = Set.of("user_version", "application_id");
    /** Pragmas whose table-valued form tells of the node, its files or its connections; see also {@link #READ_ONLY_BARE}. */
    private static final Set<String> NODE_LOCAL = Set.of(
            "database_list",
            "data_version",
            "cache_size",
            "cache_spill",
            "busy_timeout",
            "journal_mode",
            "journal_size_limit",
            "locking_mode",
            "lock_status",
            "max_page_count",
            "mmap_size",
            "secure_delete",
            "soft_heap_limit",
            "hard_heap_limit",
            "synchronous",
            "temp_store",
            "temp_store_directory",
            "data_store_directory",
            "threads",
            "wal_autocheckpoint",
            "wal_checkpoint",
            "query_only",
            "read_uncommitted",
            "defer_foreign_keys",
            "ignore_check_constraints",
            "legacy_alter_table",
            "reverse_unordered_selects",
            "trusted_schema",
            "writable_schema",
            "automatic_index",
            "analysis_limit",
            "cell_size_check",
            "checkpoint_fullfsync",
            "fullfsync",
            "count_changes",
            "empty_result_callbacks",
            "full_column_names",
            "short_column_names",
            "optimize",
            "stats",
            "incremental_vacuum");

    private PragmaRules() {}

    /** One pragma statement: {@code PRAGMA [schema.]name [= value | (value)]}. */
    private record Pragma(String name, boolean argument) {
        static Pragma of(List<Token> tokens) {
            int end = tokens.size();
            while (tokens.get(end - 1).isOperator(';')) {
                end--;
            }
            int at = 1;
            if (end > 3 && tokens.get(2).isOperator('.')) {
                if (!tokens.get(1).lowerValue().equals("main")) {
                    throw StatementRules.refused("a pragma can be used for main only");
                }
                at = 3;
            }
            String name = at < end ? tokens.get(at).lowerValue() : "";
            return new Pragma(name, end > at + 1);
        }
    }

    static void checkWrite(List<Token> tokens) {
        Pragma pragma = Pragma.of(tokens);
        boolean allowed = pragma.argument()
                ? WRITE_WITH_VALUE.contains(pragma.name())
                : pragma.name().equals("optimize");
        if (!allowed) {
            throw StatementRules.refused("PRAGMA " + pragma.name()
                    + (isAllowedRead(pragma) ? " is a query: use query" : " is not allowed: it is not replicated"));
        }
    }

    static void checkRead(List<Token> tokens) {
        Pragma pragma = Pragma.of(tokens);
        if (isAllowedRead(pragma)) {
            return;
        }
        boolean write = pragma.argument()
                ? WRITE_WITH_VALUE.contains(pragma.name())
                : pragma.name().equals("optimize");
        if (write) {
            throw StatementRules.notAQuery();
        }
        throw StatementRules.refused("PRAGMA " + pragma.name() + " is not allowed");
    }

    private static boolean isAllowedRead(Pragma pragma) {
        return pragma.argument()
                ? SCHEMA.contains(pragma.name()) || READ_WITH_ARGUMENT.contains(pragma.name())
                : READ_ONLY_BARE.contains(pragma.name());
    }

    /** Whether it is the table-valued form of a pragma that may tell different things on different nodes. */
    static boolean isNodeLocalFunction(String lowerName) {
        if (!lowerName.startsWith("pragma_")) {
            return false;
        }
        String pragma = lowerName.substring("pragma_".length());
        return NODE_LOCAL.contains(pragma)
                || (READ_ONLY_BARE.contains(pragma)
                        && !SCHEMA.contains(pragma)
                        && !FUNCTIONS_FOR_WRITE.contains(pragma));
    }

    static void checkFunctionsForRead(List<Token> tokens) {
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            boolean named = token.isName()
                    || StatementRules.isTextAsName(tokens, i)
                    || (i + 1 < tokens.size() && tokens.get(i + 1).isOperator('('));
            String name = named ? token.lowerValue() : "";
            if (name.startsWith("pragma_") && NODE_LOCAL.contains(name.substring("pragma_".length()))) {
                throw StatementRules.refused(name + " is not allowed");
            }
        }
    }
}
