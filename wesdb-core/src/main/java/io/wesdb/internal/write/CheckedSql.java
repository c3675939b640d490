package io.wesdb.internal.write;

import io.wesdb.SqlException;
import io.wesdb.internal.sqlite.ParameterLayout;
import io.wesdb.internal.sqlite.StatementRules;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the text of a writing statement tells before it is logged: that it is allowed, where its parameters go, and
 * whether it needs an entry to itself.
 */
public record CheckedSql(ParameterLayout layout, boolean alone) {

    /** Remembers the statements that were allowed, since programs repeat themselves. Thread safe, bounded. */
    public static final class Cache {
        private static final int MAX_STATEMENTS = 1024;
        private static final int MAX_LENGTH = 8 * 1024;

        private final Map<String, CheckedSql> checked = new ConcurrentHashMap<>();

        /**
         * Checks a statement.
         *
         * @param position which statement of its command it is, for the error
         * @throws SqlException if it is not allowed
         */
        public CheckedSql get(String sql, int position) {
            CheckedSql known = checked.get(sql);
            return known == null ? check(sql, position) : known;
        }

        private CheckedSql check(String sql, int position) {
            try {
                StatementRules.checkWrite(sql);
            } catch (SqlException e) {
                if (position == 0) {
                    throw e;
                }
                throw new SqlException(String.valueOf(e.getMessage()), e.sqliteCode(), position);
            }
            CheckedSql fresh = new CheckedSql(ParameterLayout.of(sql), StatementRules.alone(sql));
            if (sql.length() <= MAX_LENGTH) {
                if (checked.size() >= MAX_STATEMENTS) {
                    checked.clear();
                }
                checked.put(sql, fresh);
            }
            return fresh;
        }
    }
}
