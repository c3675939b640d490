package io.wesdb;

import java.util.List;
import java.util.OptionalLong;

/**
 * What a committed command did.
 *
 * @param index the index of the log entry that carries the command; a read with {@link ReadOptions#atLeast} of it,
 *     on any node, sees the write
 * @param results one a statement, in their order
 * @param replayed whether the command had been executed before under its idempotency key, and this tells what came of it
 *     then; the index is that of then, too
 * @param rowsOmitted whether the command was replayed and had given more rows than are remembered: the results then have
 *     neither rows nor columns
 */
public record WriteResult(long index, List<StatementResult> results, boolean replayed, boolean rowsOmitted) {
    public WriteResult {
        results = List.copyOf(results);
    }

    /** Of a command that was executed now. */
    public WriteResult(long index, List<StatementResult> results) {
        this(index, results, false, false);
    }

    /** The rows affected by all statements together. */
    public long rowsAffected() {
        return results.stream().mapToLong(StatementResult::rowsAffected).sum();
    }

    /** The rowid that the last inserting statement gave, if any inserted. */
    public OptionalLong lastInsertRowId() {
        for (int i = results.size() - 1; i >= 0; i--) {
            if (results.get(i).lastInsertRowId().isPresent()) {
                return results.get(i).lastInsertRowId();
            }
        }
        return OptionalLong.empty();
    }

    /** The rows of the last statement that gives rows; empty if none does. */
    public List<Row> rows() {
        for (int i = results.size() - 1; i >= 0; i--) {
            if (results.get(i).hasRows()) {
                return results.get(i).rows();
            }
        }
        return List.of();
    }
}
