package io.wesdb.internal.log;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's one log: ordered, durable, fenced. It knows nothing of SQL; an entry is bytes.
 *
 * <p>Implementations promise:
 *
 * <ul>
 *   <li><b>One order.</b> Entries have the indexes 1, 2, 3 … without gaps, or go on after the base of a restarted
 *       cluster; what is at an index never changes (I2).
 *   <li><b>The fence.</b> Once {@link #beginTerm} of a newer term has completed anywhere, no append of an older term
 *       takes effect any more, even one that is already under way (I4).
 *   <li><b>Durability.</b> An append that completed as {@link AppendResult#COMMITTED} survives (I1).
 *   <li><b>Honesty.</b> An append whose answer was lost ends as {@link AppendResult#UNKNOWN}, never as a guess (I6).
 * </ul>
 *
 * <p>All methods return at once and may be called from any thread; futures and listeners are completed and called on
 * any thread and must not be blocked. Futures other than {@link #append}'s fail with {@link LogUnavailableException}
 * when the log cannot be reached; the caller tries again.
 */
public interface ReplicatedLog extends AutoCloseable {

    /** How an append ended. */
    enum AppendResult {
        /** The entry is in the log, on a quorum. */
        COMMITTED,
        /** The term is over; this append had no effect and never will. */
        FENCED,
        /**
         * The answer was lost, or an earlier append of the pipeline was: the entry may be in the log, or come into it as
         * long as the term lasts. {@link #head()} after a reconnection, and {@link #term()}, tell.
         */
        UNKNOWN
    }

    /**
     * A term of leadership.
     *
     * @param epoch its number, from 1, growing
     * @param leader the node that leads it
     * @param address where its peers reach it, host:port
     */
    record Term(long epoch, String leader, String address) {}

    /**
     * The last committed entry.
     *
     * @param index its index; the base (0 unless the cluster was restarted) while the log is empty
     * @param epoch the term that appended it
     */
    record Head(long index, long epoch) {}

    /** A term that this node has begun, with the head as it was after the fence had risen. */
    record BegunTerm(Term term, Head head) {}

    /**
     * Begins a new term led by this node and fences every older one; then reads the head, in that order. May fail
     * although the term began (lost answer): calling it again begins yet another, which is as good.
     */
    CompletableFuture<BegunTerm> beginTerm(String leader, String address);

    /**
     * Appends {@code entry} at {@code index} under a term that this node has begun. Appends of one term must be called in the order of their
     * indexes without gaps and may overlap; they take effect in order, and if one does not, none after it does.
     * The future never fails.
     */
    CompletableFuture<AppendResult> append(Term term, long index, byte[] entry);

    /** The head, at least as new as when the call began (a sync goes before the read). */
    CompletableFuture<Head> head();

    /**
     * The caller hears of new entries from who appends them: for a moment the listener need not be told of the head at once.
     * A hint, which an implementation may ignore.
     */
    default void fed() {}

    /** The term that is current, at least as new as when the call began; null before the first. */
    CompletableFuture<@Nullable Term> term();

    /**
     * The entry at {@code index}, which must be at or below a head that was seen.
     *
     * <p>Fails with {@link EntryMissingException} if it has left the log.
     */
    CompletableFuture<byte[]> read(long index);

    /** The lowest index that has not left the log, at least as new as when the call began; base + 1 in a new one. */
    CompletableFuture<Long> first();

    /**
     * Takes the entries below {@code below} out of the log, under a term that this node has begun; the head itself
     * always stays. From the first moment on {@link #first()} tells of it, and it never goes back; the entries are then
     * deleted in the background, in order, so that what is still there has no gaps. Completes when all are gone. What a
     * truncation that was cut short left behind is deleted by the next one, also by one that has nothing else to do.
     *
     * <p>Fails with {@link TermOverException} if a newer term has begun and not everything was done before.
     */
    CompletableFuture<Void> truncate(Term term, long below);

    /** Sets the one listener and starts the watching; to be called once, before anything else. */
    void start(Listener listener);

    /** Whether there is a connection to the log now. */
    boolean connected();

    /** Ends every call under way. Idempotent. */
    @Override
    void close();

    /** Told what happens to the log. Calls come one at a time. */
    interface Listener {
        /** The head has moved, at least up to {@code head}; also called once after {@link #start} and after every reconnection. */
        void headMoved(Head head);

        /** A newer term is current; also called after {@link #start} and every reconnection if there is one. */
        void termChanged(Term term);

        /** The connection was lost, or is there again. */
        void connectionChanged(boolean connected);
    }
}
