package io.wesdb;

/** What went wrong, for a program. The names are those of the HTTP interface's {@code code} field. */
public enum ErrorCode {
    /** The call is malformed: wrong parameter count, unknown field, no SQL. */
    BAD_REQUEST,
    /** SQLite refused the statement, or wesdb does not allow it. */
    SQL_ERROR,
    /** A statement that writes was sent as a query. */
    NOT_A_QUERY,
    /** UNIQUE, CHECK, NOT NULL, FOREIGN KEY or RAISE(ABORT …). */
    CONSTRAINT,
    /** A body, command or result beyond the configured bound. */
    TOO_LARGE,
    /** The idempotency key was used before, for another command; nothing was changed. */
    IDEMPOTENCY_KEY_REUSED,
    /** A precondition of the write does not hold; nothing was changed. */
    PRECONDITION_FAILED,
    /** A bounded queue is full; nothing was done. */
    OVERLOADED,
    /** No leader could be reached before the deadline; nothing was done. */
    NO_LEADER,
    /** This node does not serve now (starting, recovering, quarantined, halted); nothing was done. */
    NOT_READY,
    /** This node cannot show that it is as fresh as the read asks; nothing was done. */
    STALE,
    /** A read took too long and was interrupted. */
    TIMEOUT,
    /** The write may or may not have happened. */
    OUTCOME_UNKNOWN,
    /** The node was closed. */
    CLOSED,
    /** The node's settings are wrong. */
    CONFIGURATION,
    /** The node could not start. */
    START_FAILED
}
