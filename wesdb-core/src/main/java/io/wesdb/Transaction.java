package io.wesdb;

import org.jspecify.annotations.Nullable;

/**
 * Reads and writes that belong together: either all of it happens at one moment, or nothing. Given to the work of {@link
 * WesDb#transaction(WriteOptions, Work)} and of no use after it. For one thread at a time.
 *
 * <p>All queries see one snapshot of the database. Writes are only collected, and sent as one command when the work has
 * returned: queries do not see them, and what they give back (rowids, RETURNING) is not told.
 */
public interface Transaction {
    /**
     * What is done in a transaction. It may be called several times, each time with a new transaction, so besides these
     * it should do nothing that cannot be done again.
     */
    @FunctionalInterface
    interface Work<T extends @Nullable Object, X extends Exception> {
        T run(Transaction transaction) throws X;
    }

    /** The log index that all queries see, see {@link QueryResult#index}. */
    long index();

    /** As {@link #query(Statement)}, with positional parameters. */
    default QueryResult query(String sql, @Nullable Object... parameters) {
        return query(Statement.of(sql, parameters));
    }

    /**
     * Reads on the transaction's snapshot. The transaction is done only if the query would give the same rows in the same
     * order when its writes are: so ask for what the writes depend on, no more, and with an ORDER BY for several rows. A
     * query of the current time never gives the same again. Once a query has failed, the transaction can only end: what a
     * failure hangs on cannot be checked.
     *
     * @throws SqlException if SQLite or wesdb refuses the statement, or if a write may not ask that (see {@link
     *     Precondition#queryGives})
     * @throws InvalidRequestException if there are more queries than {@link WriteOptions#MAX_PRECONDITIONS}, or a query
     *     before has failed
     * @throws TooLargeException if queries and writes have more bytes together than a command may have
     * @throws WesDbException as {@link WesDb#query(ReadOptions, Statement)} does
     * @throws IllegalStateException if the transaction has ended
     */
    QueryResult query(Statement statement);

    /** As {@link #execute(Statement)}, with positional parameters. */
    default void execute(String sql, @Nullable Object... parameters) {
        execute(Statement.of(sql, parameters));
    }

    /**
     * Adds a statement to those that are executed, in this order, when the work has returned.
     *
     * @throws SqlException if wesdb does not allow the statement
     * @throws InvalidRequestException if the parameters do not fit it, or a query before has failed
     * @throws TooLargeException if queries and writes have more bytes together than a command may have
     * @throws IllegalStateException if the transaction has ended
     */
    void execute(Statement statement);
}
