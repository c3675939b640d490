package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.List;
import java.util.Set;

/**
 * Which pragmas may be used, as a statement and as a table ({@code pragma_x}): a pragma is a setting of one connection,
 * of one node's file or of the library unless it is on a list here, so the lists say what is allowed. Several act while
 * they are being compiled, even under EXPLAIN, which is why these rules come before any compiling. Stateless.
 */
final class PragmaRules {
    /** What the table that stands for a pragma is called begins with this. */
    static final String TABLE_PREFIX = "pragma_";

    /** Part of the content, so replicated. */
    private static final Set<String> WRITE_WITH_VALUE = Set.of("user_version", "application_id");

    /** Describe the schema, take a name; the same on every node. */
    private static final Set<String> SCHEMA = Set.of(
            "table_info",
            "table_xinfo",
            "table_list",
            "index_list",
            "index_info",
            "index_xinfo",
            "foreign_key_list",
            "foreign_key_check");

    private static final Set<String> CHECKS = Set.of("integrity_check", "quick_check");
    /** Tell of the file or the library, change nothing without a value. */
    private static final Set<String> READ_WITHOUT_VALUE = Set.of(
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
            "pragma_list");

    private static final Set<String> SCHEMA_WITHOUT_NAME = Set.of("foreign_key_check", "table_list");

    /** All others that the library has. Named so that one that is new is noticed, and tables may be called alike. */
    private static final Set<String> REFUSED = Set.of(
            "analysis_limit",
            "automatic_index",
            "busy_timeout",
            "cache_size",
            "cache_spill",
            "case_sensitive_like",
            "cell_size_check",
            "checkpoint_fullfsync",
            "count_changes",
            "data_store_directory",
            "data_version",
            "database_list",
            "default_cache_size",
            "defer_foreign_keys",
            "empty_result_callbacks",
            "full_column_names",
            "fullfsync",
            "hard_heap_limit",
            "ignore_check_constraints",
            "incremental_vacuum",
            "journal_mode",
            "journal_size_limit",
            "legacy_alter_table",
            "lock_status",
            "locking_mode",
            "max_page_count",
            "mmap_size",
            "optimize",
            "query_only",
            "read_uncommitted",
            "reverse_unordered_selects",
            "secure_delete",
            "short_column_names",
            "shrink_memory",
            "soft_heap_limit",
            "stats",
            "synchronous",
            "temp_store",
            "temp_store_directory",
            "threads",
            "trusted_schema",
            "wal_autocheckpoint",
            "wal_checkpoint",
            "writable_schema");

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
        if (!isAllowedWrite(pragma)) {
            throw StatementRules.refused("PRAGMA " + pragma.name()
                    + (isAllowedRead(pragma) ? " is a query: use query" : " is not allowed: it is not replicated"));
        }
    }

    static void checkRead(List<Token> tokens) {
        Pragma pragma = Pragma.of(tokens);
        if (isAllowedRead(pragma)) {
            return;
        } else if (isAllowedWrite(pragma)) {
            throw StatementRules.notAQuery();
        }
        throw StatementRules.refused("PRAGMA " + pragma.name() + " is not allowed");
    }

    private static boolean isAllowedWrite(Pragma pragma) {
        return pragma.argument()
                ? WRITE_WITH_VALUE.contains(pragma.name())
                : pragma.name().equals("optimize");
    }

    private static boolean isAllowedRead(Pragma pragma) {
        return pragma.argument()
                ? SCHEMA.contains(pragma.name()) || CHECKS.contains(pragma.name())
                : READ_WITHOUT_VALUE.contains(pragma.name())
                        || CHECKS.contains(pragma.name())
                        || SCHEMA_WITHOUT_NAME.contains(pragma.name());
    }

    /** Whether a query may read {@code pragma_x}. */
    static boolean isTableForRead(String pragma) {
        return isTableForWrite(pragma) || CHECKS.contains(pragma) || READ_WITHOUT_VALUE.contains(pragma);
    }

    /** Whether a write may: only what is the same on every node. */
    static boolean isTableForWrite(String pragma) {
        return SCHEMA.contains(pragma) || WRITE_WITH_VALUE.contains(pragma);
    }

    /** Whether SQLite has such a pragma, as far as these rules know: other tables may be called {@code pragma_x} too. */
    static boolean isKnown(String pragma) {
        return isTableForRead(pragma) || REFUSED.contains(pragma);
    }
}
