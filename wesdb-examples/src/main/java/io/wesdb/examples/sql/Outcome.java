package io.wesdb.examples.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of a step, on either side. Immutable. */
sealed interface Outcome {
    /** One result a statement. */
    record Done(List<Result> results) implements Outcome {}

    /**
     * Nothing was changed.
     *
     * @param kind the name of wesdb's exception
     * @param code SQLite's extended code; 0 where wesdb refused
     * @param statement which of the command's
     */
    record Refused(String kind, int code, int statement, String message) implements Outcome {}

    /** What can be no outcome: a timeout, a node that does not serve. */
    record Fault(String message) implements Outcome {}

    /**
     * What one statement did.
     *
     * @param changed the rows affected; 0 where that is not defined
     * @param rowId the rowid of the last row inserted; null if none was, or if it was not asked for
     * @param columns the columns' names where there can be rows
     * @param rows as texts that are equal for equal rows only
     */
    record Result(long changed, @Nullable Long rowId, List<String> columns, List<String> rows) {
        Result sorted() {
            return new Result(changed, rowId, columns, rows.stream().sorted().toList());
        }
    }
}
