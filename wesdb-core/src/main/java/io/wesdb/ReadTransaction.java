package io.wesdb;

import org.jspecify.annotations.Nullable;

/**
 * Several queries on one snapshot of the database: they all see what the first would have seen, whatever is written
 * meanwhile. Given to the work of {@link WesDb#readTransaction(ReadOptions, Work)} and of no use after it. For one
 * thread at a time. Queries may be nested: a stream may be open while others run.
 */
public interface ReadTransaction {
    /** What is done in a read transaction. */
    @FunctionalInterface
    interface Work<T extends @Nullable Object, X extends Exception> {
        T run(ReadTransaction transaction) throws X;
    }

    /** The log index that all its queries see, see {@link QueryResult#index}. */
    long index();

    /** As {@link #query(Statement)}, with positional parameters. */
    default QueryResult query(String sql, @Nullable Object... parameters) {
        return query(Statement.of(sql, parameters));
    }

    /**
     * Reads on the transaction's snapshot. Throws as {@link WesDb#query(ReadOptions, Statement)} does.
     *
     * @throws IllegalStateException if the transaction has ended
     */
    QueryResult query(Statement statement);

    /** As {@link #stream(Statement)}, with positional parameters. */
    default RowStream stream(String sql, @Nullable Object... parameters) {
        return stream(Statement.of(sql, parameters));
    }

    /**
     * Reads row by row on the transaction's snapshot; closed with the transaction at the latest.
     *
     * @throws IllegalStateException if the transaction has ended
     */
    RowStream stream(Statement statement);
}
