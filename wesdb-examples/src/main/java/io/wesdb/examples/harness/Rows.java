package io.wesdb.examples.harness;

import io.wesdb.examples.Json;
import io.wesdb.examples.NodeClient;
import io.wesdb.examples.NodeClient.Outcome;
import io.wesdb.examples.NodeClient.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** What answers hold. */
final class Rows {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Rows() {}

    static long number(List<?> row, int column) {
        return ((Number) row.get(column)).longValue();
    }

    /** Receives the rows of a table in their order. */
    interface Receiver {
        void row(List<?> row);
    }

    /** The index of the last entry that anybody was told of, as a linearizable read finds it. */
    static long head(NodeClient node) throws IOException, InterruptedException {
        return node.queryWithin(PATIENCE, "linearizable", "SELECT 1").index();
    }

    /** All rows of a table that is not written to meanwhile, from a node's own file once it has applied that index, by pages. */
    static void each(NodeClient node, long index, int page, String key, String columns, String table, Receiver receiver)
            throws IOException, InterruptedException {
        long last = Long.MIN_VALUE;
        int size = page;
        while (size == page) {
            Table read = node.queryAt(
                    PATIENCE,
                    index,
                    "SELECT " + key + ", " + columns + " FROM " + table + " WHERE " + key + " > ? ORDER BY " + key
                            + " LIMIT " + page,
                    last);
            size = read.rows().size();
            for (List<?> row : read.rows()) {
                last = number(row, 0);
                receiver.row(row.subList(1, row.size()));
            }
        }
    }

    /** As {@link #each}, of the present. */
    static List<List<?>> all(NodeClient node, int page, String key, String columns, String table)
            throws IOException, InterruptedException {
        List<List<?>> rows = new ArrayList<>();
        each(node, head(node), page, key, columns, table, rows::add);
        return rows;
    }

    /** A statement as a command has it. */
    static Map<String, ?> statement(String sql, Object... parameters) {
        return Map.of("sql", sql, "params", List.of(parameters));
    }

    /** The rows that a command's statement gave. */
    static List<Map<?, ?>> given(Outcome outcome, int statement) {
        List<Map<?, ?>> rows = new ArrayList<>();
        if (Json.read(outcome.results()) instanceof List<?> results
                && results.get(statement) instanceof Map<?, ?> result
                && result.get("result") instanceof List<?> given) {
            for (Object row : given) {
                rows.add(row instanceof Map<?, ?> columns ? columns : Collections.emptyMap());
            }
        }
        return rows;
    }

    /** The only row that a command's statement gave; a complaint that is no failure of the connection if it gave none. */
    static Map<?, ?> only(Outcome outcome, int statement) {
        List<Map<?, ?>> rows = given(outcome, statement);
        if (rows.size() != 1) {
            throw new UncheckedIOException(new IOException("not one row: " + outcome));
        }
        return rows.get(0);
    }

    static long number(Map<?, ?> row, String column) {
        if (row.get(column) instanceof Number number) {
            return number.longValue();
        }
        throw new UncheckedIOException(new IOException("no number " + column + " in " + row));
    }
}
