package io.wesdb.internal.sqlite;

import io.wesdb.StatementResult;
import java.util.List;

/** What became of a command; the same on every node. */
public sealed interface CommandOutcome {

    /** What a command can come to by itself. */
    sealed interface First extends CommandOutcome {}

    /** All its statements were executed. */
    record Done(List<StatementResult> results) implements First {}

    /**
     * It was refused and changed nothing.
     *
     * @param kind what sort of refusal
     * @param message why, for a person
     * @param sqliteCode SQLite's extended result code, 0 where wesdb refused
     * @param statementIndex which statement, from 0; -1 where it was a condition
     */
    record Refused(Kind kind, String message, int sqliteCode, int statementIndex) implements First {}

    /**
     * It had been executed, or refused, under the same key before, and nothing was done.
     *
     * @param index the entry that it was in then
     * @param first what it had come to
     * @param rowsOmitted whether it had given rows, too many to be remembered
     */
    record Replayed(long index, First first, boolean rowsOmitted) implements CommandOutcome {}

    /** The sorts of refusal. */
    enum Kind {
        SQL_ERROR,
        CONSTRAINT,
        TOO_LARGE,
        PRECONDITION_FAILED,
        KEY_REUSED
    }
}
