package io.wesdb.internal.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Suggests who should lead. Only a suggestion: two nodes may believe in theirs at once, and safety rests on the log's
 * fence alone (I4). So whoever is taken out of the queue by mistake costs a term, and nothing else. Thread safe.
 *
 * <p>Futures fail with {@link io.wesdb.internal.log.LogUnavailableException} if ZooKeeper does not answer; they are
 * completed on any thread and must not be blocked.
 */
public interface Election extends AutoCloseable {
    /**
     * A place in the queue. Only a node that serves has one.
     *
     * @param place its name, which no other place ever has
     * @param node whose it is
     * @param incarnation of that node
     */
    record Candidate(String place, String node, String incarnation) {}

    /**
     * A leader was asked to hand over: the leader of the term {@code epoch}, to {@code successor} or to anyone.
     *
     * @param number tells wishes that came through the election apart; −1 for one that did not (yet)
     */
    record Wish(long epoch, @Nullable String successor, int number) {
        public Wish(long epoch, @Nullable String successor) {
            this(epoch, successor, -1);
        }
    }

    /** Becomes a candidate; again after {@link #withdraw}. */
    void start(Listener listener);

    /** Stops being a candidate, as a node that cannot serve must, until {@link #start} is called again; gives up leadership if held. */
    void withdraw();

    /** Gives up leadership, if held, and queues up again behind the other candidates. */
    void resign();

    /** Who is queued up, the first of them elected; at least as new as when the call began. */
    CompletableFuture<List<Candidate>> candidates();

    /**
     * Gives up leadership such that {@code successor} is elected next: the candidates before it lose their places at the
     * same moment, and queue up again behind it, this node too. False, and nothing happens, if {@code successor} has
     * left the queue, or a newer term than {@code epoch} began. May fail although it was done (lost answer).
     */
    CompletableFuture<Boolean> handOver(Candidate successor, long epoch);

    /**
     * Takes a candidate that counts as dead out of the queue; done as well if it has left by itself, or a newer term than
     * {@code epoch} began, for which it may be queued up rightly. One that lives queues up again.
     */
    CompletableFuture<Void> remove(Candidate dead, long epoch);

    /** Asks the leader of a term to hand over, wherever it is; it may do so at any time later, in that term. */
    CompletableFuture<Void> ask(Wish wish);

    /** The leader has tried to fulfil a wish that it was told, and has given up: it is not to be told again. */
    CompletableFuture<Void> settle(Wish wish);

    /** Stops being a candidate. Idempotent. */
    @Override
    void close();

    /** Called on any thread, one call at a time; must not block. */
    interface Listener {
        void elected();

        void revoked();

        /** Somebody has asked this node or another one to hand over. The same wish may be told more than once. */
        void asked(Wish wish);
    }
}
