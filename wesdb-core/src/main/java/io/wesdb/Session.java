package io.wesdb;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Reads that never go back and always see the session's own writes, on whichever nodes they are made. A session is no
 * more than the largest log index that its writes and reads have come to: every read waits until its node has applied
 * that. To go on at another node, hand over {@link #index()} and open a session with it there ({@link
 * WesDb#session(long)}); over HTTP it is the {@code index} of an answer and the {@code minIndex} of the next query.
 *
 * <p>Costs nothing to make, holds nothing, and need not be closed. Safe for use by many threads; a call sees what calls
 * that had returned before it began have seen and done.
 */
public interface Session {
    /** The log index that the next read will have waited for. Never goes back. */
    long index();

    /** As {@link WesDb#execute(String, Object...)}. */
    default WriteResult execute(String sql, @Nullable Object... parameters) {
        return execute(List.of(Statement.of(sql, parameters)), WriteOptions.defaults());
    }

    /** As {@link WesDb#execute(List)}. */
    default WriteResult execute(List<Statement> statements) {
        return execute(statements, WriteOptions.defaults());
    }

    /** As {@link WesDb#execute(List, WriteOptions)}. */
    WriteResult execute(List<Statement> statements, WriteOptions options);

    /** As {@link WesDb#executeAsync(List, WriteOptions)}; counts as the session's once the future is completed. */
    CompletableFuture<WriteResult> executeAsync(List<Statement> statements, WriteOptions options);

    /** Reads at {@link Consistency#LOCAL}, but at least at {@link #index()}. */
    default QueryResult query(String sql, @Nullable Object... parameters) {
        return query(ReadOptions.local(), Statement.of(sql, parameters));
    }

    /**
     * As {@link WesDb#query(ReadOptions, Statement)}, at least at {@link #index()}.
     *
     * @throws NotDoneException STALE if this node has not applied that before the deadline
     */
    QueryResult query(ReadOptions options, Statement statement);

    /** As {@link WesDb#queryAsync(ReadOptions, Statement)}, at least at {@link #index()}. */
    CompletableFuture<QueryResult> queryAsync(ReadOptions options, Statement statement);

    /** As {@link WesDb#stream(ReadOptions, Statement)}, at least at {@link #index()}. */
    RowStream stream(ReadOptions options, Statement statement);

    /** As {@link WesDb#readTransaction(ReadOptions, ReadTransaction.Work)}, at least at {@link #index()}. */
    <T extends @Nullable Object, X extends Exception> T readTransaction(
            ReadOptions options, ReadTransaction.Work<T, X> work) throws X;
}
