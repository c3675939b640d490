package io.wesdb.internal.write;

import io.wesdb.internal.log.EncodedBatch;
import java.util.function.Consumer;

/** What a node does for its peers. Thread safe; returns at once. */
public interface PeerService {
    /**
     * A batch that was forwarded to this node in the belief that it leads the term {@code epoch}. Batches of one
     * connection are given in the order in which they came.
     */
    void forwarded(long epoch, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply);
}
