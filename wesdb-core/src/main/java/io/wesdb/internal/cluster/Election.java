package io.wesdb.internal.cluster;

/**
 * Suggests who should lead. Only a suggestion: two nodes may believe in theirs at once, and safety rests on the log's
 * fence alone. Thread safe.
 */
public interface Election extends AutoCloseable {
    /** Becomes a candidate; again after {@link #withdraw}. */
    void start(Listener listener);

    /** Stops being a candidate, as a node that cannot serve must, until {@link #start} is called again; gives up leadership if held. */
    void withdraw();

    /** Gives up leadership, if held, and queues up again behind the other candidates. */
    void resign();

    /** Stops being a candidate. Idempotent. */
    @Override
    void close();

    /** Called on any thread, one call at a time; must not block. */
    interface Listener {
        void elected();

        void revoked();
    }
}
