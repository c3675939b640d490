package io.wesdb.internal.write;

import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.ReplicatedLog.Term;
import java.util.function.Consumer;

/**
 * The way to another node that leads. Batches given for one term arrive in the order given, and each is answered
 * exactly once. Thread safe; returns at once; answers come on any thread and must not be blocked.
 */
public interface LeaderClient extends AutoCloseable {
    /**
     * Sends {@code batch} to the leader of {@code term}.
     *
     * @param timeoutMillis how long the batch is still wanted; travels along as a duration, since clocks differ
     */
    void forward(Term term, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply);

    /** Ends all connections; every batch not answered yet is answered. Idempotent. */
    @Override
    void close();
}
