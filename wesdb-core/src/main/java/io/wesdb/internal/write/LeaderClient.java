package io.wesdb.internal.write;

import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.ReplicatedLog.Term;
import java.util.function.Consumer;

/**
 * The way to another node that leads, and what it tells. Batches given for one term arrive in the order given, and each is answered
 * exactly once. Thread safe; returns at once; answers come on any thread and must not be blocked.
 */
public interface LeaderClient extends AutoCloseable {
    /**
     * Sends {@code batch} to the leader of {@code term}.
     *
     * @param timeoutMillis how long the batch is still wanted; travels along as a duration, since clocks differ
     */
    void forward(Term term, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply);

    /**
     * Follows the leader of {@code term} from now on, and nobody else: tells {@code follower}, on any thread, what that node commits. A
     * connection that is lost is made anew; what was committed meanwhile is not told. An entry that a batch of this node's
     * is in is told before the batch is answered.
     */
    void follow(Term term, EntryFeed.Follower follower);

    /** Follows nobody any more, as far as is not under way. */
    void unfollow();

    /** Ends all connections; every batch not answered yet is answered. Idempotent. */
    @Override
    void close();
}
