package io.wesdb;

/** A UNIQUE, CHECK, NOT NULL or FOREIGN KEY constraint, or RAISE(…) in a trigger, refused the write. */
public final class ConstraintException extends SqlException {
    private static final long serialVersionUID = 1L;

    public ConstraintException(String message, int sqliteCode, int statementIndex) {
        super(ErrorCode.CONSTRAINT, message, sqliteCode, statementIndex);
    }
}
