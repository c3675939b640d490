package io.wesdb.internal.node;

import io.wesdb.QueryResult;
import io.wesdb.Row;

/** One read that was answered. */
record SimulatedRead(String name, Question question, long index, String rows) {
    /** What can be asked. */
    enum Question {
        REGISTERS("SELECT k, v FROM reg ORDER BY k"),
        ACCOUNTS("SELECT id, balance FROM acct ORDER BY id"),
        INSERTED("SELECT n, id FROM w ORDER BY n DESC LIMIT 5");

        final String sql;

        Question(String sql) {
            this.sql = sql;
        }
    }

    static String rows(QueryResult result) {
        StringBuilder rows = new StringBuilder();
        for (Row row : result) {
            rows.append(row.get(0)).append('=').append(row.get(1)).append(' ');
        }
        return rows.toString();
    }
}
