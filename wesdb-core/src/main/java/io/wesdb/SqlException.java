package io.wesdb;

/**
 * SQLite refused a statement, or wesdb does not allow it; nothing was changed. For a write this is the outcome on
 * every node alike.
 */
public class SqlException extends WesDbException {
    private static final long serialVersionUID = 1L;

    private final int sqliteCode;
    private final int statementIndex;

    /**
     * @param sqliteCode SQLite's extended result code, 0 where wesdb itself refused the statement
     * @param statementIndex which statement of the command it was, from 0; -1 for a precondition's query
     */
    public SqlException(String message, int sqliteCode, int statementIndex) {
        this(ErrorCode.SQL_ERROR, message, sqliteCode, statementIndex);
    }

    SqlException(ErrorCode code, String message, int sqliteCode, int statementIndex) {
        super(code, message, null);
        this.sqliteCode = sqliteCode;
        this.statementIndex = statementIndex;
    }

    /** SQLite's <a href="https://sqlite.org/rescode.html">extended result code</a>, 0 where wesdb refused. */
    public int sqliteCode() {
        return sqliteCode;
    }

    /** Which statement of the command was refused, from 0; -1 if it was a precondition's query. */
    public int statementIndex() {
        return statementIndex;
    }
}
