package io.wesdb.internal.sqlite;

import io.wesdb.StatementResult;
import java.util.List;

/** What became of a command; the same on every node. */
public sealed interface CommandOutcome {

    /** All its statements were executed. */
    record Done(List<StatementResult> results) implements CommandOutcome {}

    /**
     * It was refused and changed nothing.
     *
     * @param kind what sort of refusal
     * @param message why, for a person
     * @param sqliteCode SQLite's extended result code, 0 where wesdb refused
     * @param statementIndex which statement, from 0
     */
    record Refused(Kind kind, String message, int sqliteCode, int statementIndex) implements CommandOutcome {}

    /** The sorts of refusal. */
    enum Kind {
        SQL_ERROR,
        CONSTRAINT,
        TOO_LARGE
    }
}
