package io.wesdb;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One node of a replicated SQLite database, living in this process.
 *
 * <p>Every node has the whole database in a SQLite file of its own. A write, given to any node, is put into a log in
 * ZooKeeper by the cluster's leader, and every node applies that log in the same order with the same outcome; once it
 * is in the log it survives the loss of any machine. The call returns when <em>this</em> node has applied the write, so
 * the next query on it sees it. A query is answered from this node's own file, at the freshness that its
 * {@link ReadOptions} ask for.
 *
 * <pre>{@code
 * try (WesDb db = WesDb.builder().zk("zk1:2181,zk2:2181,zk3:2181").dbPath(Path.of("app.db")).start()) {
 *     db.execute("CREATE TABLE IF NOT EXISTS note(id INTEGER PRIMARY KEY, text TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP)");
 *     db.execute("INSERT INTO note(text) VALUES (?)", "hello");
 *     db.query("SELECT * FROM note").forEach(System.out::println);
 * }
 * }</pre>
 *
 * <p>Instances are safe for use by many threads. Errors are {@link WesDbException}s; asynchronous calls never throw
 * for what happens to the operation, their futures fail with the same exceptions. Cancelling a write's future does not
 * undo the write; cancelling a query's future interrupts it.
 */
public interface WesDb extends AutoCloseable {

    static WesDbBuilder builder() {
        return new WesDbBuilder();
    }

    /** Executes one statement as a command of its own, with positional parameters (see {@link Statement}). */
    default WriteResult execute(String sql, @Nullable Object... parameters) {
        return execute(List.of(Statement.of(sql, parameters)), WriteOptions.defaults());
    }

    /** Executes the statements as one command: all of them, or nothing. */
    default WriteResult execute(List<Statement> statements) {
        return execute(statements, WriteOptions.defaults());
    }

    /**
     * Executes the statements as one command: all of them, or nothing.
     *
     * @throws SqlException if a statement was refused; nothing was changed
     * @throws PreconditionFailedException if a precondition in the options does not hold; nothing was changed
     * @throws IdempotencyKeyReusedException if the key in the options was used for another command; nothing was changed
     * @throws InvalidRequestException if the parameters do not fit the statements
     * @throws TooLargeException if the command is beyond {@link WesDbBuilder#maxCommandBytes}
     * @throws NotDoneException if the write was certainly not done: overloaded, or no leader before the deadline
     * @throws OutcomeUnknownException if it may have been done
     * @throws ClosedException if the node is closed
     */
    WriteResult execute(List<Statement> statements, WriteOptions options);

    /** Executes a script of statements without parameters, separated by semicolons, as one command. */
    default WriteResult executeScript(String script) {
        return executeScript(script, WriteOptions.defaults());
    }

    /** Executes a script of statements without parameters, separated by semicolons, as one command. */
    WriteResult executeScript(String script, WriteOptions options);

    /** The asynchronous twin of {@link #execute(String, Object...)}. */
    default CompletableFuture<WriteResult> executeAsync(String sql, @Nullable Object... parameters) {
        return executeAsync(List.of(Statement.of(sql, parameters)), WriteOptions.defaults());
    }

    /** The asynchronous twin of {@link #execute(List)}. */
    default CompletableFuture<WriteResult> executeAsync(List<Statement> statements) {
        return executeAsync(statements, WriteOptions.defaults());
    }

    /** The asynchronous twin of {@link #execute(List, WriteOptions)}; completed on the node's executor. */
    CompletableFuture<WriteResult> executeAsync(List<Statement> statements, WriteOptions options);

    /** The asynchronous twin of {@link #executeScript(String)}. */
    default CompletableFuture<WriteResult> executeScriptAsync(String script) {
        return executeScriptAsync(script, WriteOptions.defaults());
    }

    /** The asynchronous twin of {@link #executeScript(String, WriteOptions)}. */
    CompletableFuture<WriteResult> executeScriptAsync(String script, WriteOptions options);

    /** Reads at {@link Consistency#LOCAL}. */
    default QueryResult query(String sql, @Nullable Object... parameters) {
        return query(ReadOptions.local(), Statement.of(sql, parameters));
    }

    /** Reads with the given options. */
    default QueryResult query(ReadOptions options, String sql, @Nullable Object... parameters) {
        return query(options, Statement.of(sql, parameters));
    }

    /**
     * Reads with the given options. Runs on the calling thread.
     *
     * @throws NotAQueryException if the statement writes
     * @throws SqlException if SQLite or wesdb refuses the statement
     * @throws TooLargeException if the result is beyond {@link WesDbBuilder#maxResultBytes}
     * @throws QueryTimeoutException if the query ran past its deadline
     * @throws NotDoneException if this node does not serve, or is not as fresh as asked before the deadline
     */
    QueryResult query(ReadOptions options, Statement statement);

    /** The asynchronous twin of {@link #query(String, Object...)}. */
    default CompletableFuture<QueryResult> queryAsync(String sql, @Nullable Object... parameters) {
        return queryAsync(ReadOptions.local(), Statement.of(sql, parameters));
    }

    /** The asynchronous twin of {@link #query(ReadOptions, Statement)}; runs on the node's executor. */
    CompletableFuture<QueryResult> queryAsync(ReadOptions options, Statement statement);

    /** As {@link #stream(ReadOptions, Statement)} at {@link Consistency#LOCAL}. */
    default RowStream stream(String sql, @Nullable Object... parameters) {
        return stream(ReadOptions.local(), Statement.of(sql, parameters));
    }

    /**
     * Reads row by row, whatever the result's size, in bounded memory; use try-with-resources. Without a timeout in the
     * options the wait for freshness is bounded by {@link WesDbBuilder#requestTimeout} and the stream's life by {@link
     * WesDbBuilder#maxSnapshotAge}. Open streams have a bound of their own, {@link WesDbBuilder#maxOpenReads}.
     *
     * @throws WesDbException as {@link #query(ReadOptions, Statement)} does
     */
    RowStream stream(ReadOptions options, Statement statement);

    /**
     * The asynchronous twin of {@link #stream(ReadOptions, Statement)}: completed on the node's executor when the first
     * row is there. Cancelling the future interrupts the query; a stream that was given is its receiver's to close.
     */
    CompletableFuture<RowStream> streamAsync(ReadOptions options, Statement statement);

    /** As {@link #readTransaction(ReadOptions, ReadTransaction.Work)} at {@link Consistency#LOCAL}. */
    default <T extends @Nullable Object, X extends Exception> T readTransaction(ReadTransaction.Work<T, X> work)
            throws X {
        return readTransaction(ReadOptions.local(), work);
    }

    /**
     * Runs several queries on one snapshot of the database. The options say how fresh it must be, and their timeout
     * bounds the whole transaction; without one, {@link WesDbBuilder#requestTimeout} bounds the wait for freshness and
     * {@link WesDbBuilder#maxSnapshotAge} the rest. A query past that bound throws {@link QueryTimeoutException}. Open
     * transactions and streams share a bound, {@link WesDbBuilder#maxOpenReads}.
     *
     * @param work runs on the calling thread
     * @return what the work gives
     * @throws X what the work throws
     * @throws NotDoneException if this node does not serve, is not as fresh as asked before the deadline, or has too
     *     many reads open
     * @throws ClosedException if the node is closed
     */
    <T extends @Nullable Object, X extends Exception> T readTransaction(
            ReadOptions options, ReadTransaction.Work<T, X> work) throws X;

    /** As {@link #transaction(WriteOptions, Transaction.Work)}, bounded by {@link WesDbBuilder#requestTimeout}. */
    default <T extends @Nullable Object, X extends Exception> T transaction(Transaction.Work<T, X> work) throws X {
        return transaction(WriteOptions.defaults(), work);
    }

    /**
     * Runs queries and writes as one serializable transaction: as if all of it happened at one moment, when the writes are
     * done. The queries run on a snapshot of this node's file, without locks; the writes are sent as one command at the
     * end, on the condition that every query would then still give the same rows. If another write was faster, the work is
     * run again on a newer snapshot, up to 100 times and until the deadline. So it is for few rows and rare conflicts; a
     * condition that one statement can express is cheaper in {@link #execute(List, WriteOptions)}.
     *
     * <p>It costs what one write costs, the queries twice (here, and on every node when the writes' turn comes), and one
     * idempotency key. Work that writes nothing costs its queries only, on this node's snapshot as it is.
     *
     * @param options the timeout for all of it; a key or preconditions are refused
     * @param work runs on the calling thread, perhaps several times
     * @return what the work gave the last time
     * @throws X what the work throws; nothing was changed
     * @throws PreconditionFailedException if there was a conflict in every attempt; nothing was changed
     * @throws SqlException if a statement was refused; nothing was changed
     * @throws QueryTimeoutException if the deadline passed while the work was reading; nothing was changed
     * @throws NotDoneException if it was certainly not done
     * @throws OutcomeUnknownException if it may have been done
     * @throws ClosedException if the node is closed
     */
    <T extends @Nullable Object, X extends Exception> T transaction(WriteOptions options, Transaction.Work<T, X> work)
            throws X;

    /** A new session, which has seen nothing yet. */
    default Session session() {
        return session(0);
    }

    /**
     * A session that goes on where another one is, perhaps of another node.
     *
     * @param index that session's {@link Session#index()}, or the index of any write or read that it must see
     * @throws InvalidRequestException if the index is negative
     */
    Session session(long index);

    /** What this node knows about itself and its cluster. Does not wait. */
    NodeStatus status();

    /** As {@link #verify(Duration)}, with five minutes: hashing reads every node's whole database. */
    default VerificationResult verify() {
        return verify(Duration.ofMinutes(5));
    }

    /**
     * Has every node hash its whole content at one index of the log, in the background, and compares. Writes and
     * reads go on meanwhile. What is found is also acted upon: a node that differs from the majority stops serving and
     * takes a snapshot from it.
     *
     * @param timeout how long to wait for the nodes' reports; those that are missing then are {@link
     *     VerificationResult#silent()}. From 1 ms to 1 h
     * @throws InvalidRequestException if the timeout is out of its bounds
     * @throws NotDoneException if no verification was begun: overloaded, this node does not serve, or no leader before
     *     the deadline
     * @throws OutcomeUnknownException if the deadline passed before it was known whether one was begun
     * @throws ClosedException if the node is closed
     */
    VerificationResult verify(Duration timeout);

    /** The asynchronous twin of {@link #verify()}. */
    default CompletableFuture<VerificationResult> verifyAsync() {
        return verifyAsync(Duration.ofMinutes(5));
    }

    /** The asynchronous twin of {@link #verify(Duration)}; completed on the node's executor. */
    CompletableFuture<VerificationResult> verifyAsync(Duration timeout);

    /**
     * Takes a node that is gone for good off the cluster's register, so that the log is no longer kept for it. It loses
     * nothing by that: should it come back, it joins as a new node does, through a snapshot if what it missed has left
     * the log. Bounded by {@link WesDbBuilder#requestTimeout}.
     *
     * @param node its id
     * @throws InvalidRequestException if no such node is on the register, or if it is present
     * @throws NotDoneException if it was certainly not done
     * @throws OutcomeUnknownException if it may have been done; look at the error of another try
     * @throws ClosedException if this node is closed
     */
    void removeNode(String node);

    /**
     * A person's decision when nodes differ and no majority tells which is right ({@link NodeStatus#dispute()}): from
     * now on {@code node} counts as right, and the nodes that differ from it set their files aside and take a snapshot
     * from it. What only they had is no longer in the database. Changes nothing where the nodes do not differ.
     * Returns when the decision is recorded, not when the others have recovered. Bounded by {@link
     * WesDbBuilder#requestTimeout}.
     *
     * @param node its id
     * @throws InvalidRequestException if no such node is on the cluster's register
     * @throws NotDoneException if it was certainly not done
     * @throws OutcomeUnknownException if it may have been done; doing it again is safe
     * @throws ClosedException if this node is closed
     */
    void trustNode(String node);

    /**
     * Has the leader hand over to another node that serves, whichever node is asked. What is under way is drained first
     * and writes that come meanwhile wait some tens of milliseconds: none fails and none is lost. Bounded by {@link
     * WesDbBuilder#requestTimeout}.
     *
     * @return the new leader's id
     * @throws NotDoneException if no other node serves, if there is no leader, or if ZooKeeper does not answer
     * @throws OutcomeUnknownException if no other node led before the deadline; one may still come to
     * @throws ClosedException if this node is closed
     */
    String transferLeadership();

    /**
     * As {@link #transferLeadership()}, to a node of one's choice. Does nothing if that leads already.
     *
     * @param node its id
     * @return the same
     * @throws InvalidRequestException if no such node is present
     * @throws NotDoneException also if that node does not serve, or another one has become the leader instead
     */
    String transferLeadership(String node);

    /** The asynchronous twin of {@link #transferLeadership()}; completed on the node's executor. */
    CompletableFuture<String> transferLeadershipAsync();

    /** The asynchronous twin of {@link #transferLeadership(String)}; completed on the node's executor. */
    CompletableFuture<String> transferLeadershipAsync(String node);

    /** Registers a listener; it is told the present leader at once. Close the result to take it off again. */
    AutoCloseable onLeaderChange(LeaderListener listener);

    /**
     * Leaves the cluster tidily: stops taking calls, ends every pending one, ends every thread, closes the file. Bounded by
     * {@link WesDbBuilder#closeTimeout}. A second call does nothing.
     */
    @Override
    void close();
}
