package io.wesdb.internal.write;

/**
 * Lines to the node that leads, over which nothing is said but that both ends live: they show at once when the leader's
 * process has died, long before its session ends. Thread safe; returns at once; listeners are called on any thread and
 * must not block.
 */
public interface LeaderLines extends AutoCloseable {
    /** How a line came to its end, or did not come about. */
    enum Loss {
        /** The other side, or its machine on behalf of a process that is gone, has ended or reset it. */
        ENDED,
        /** The other machine answers that nobody listens there. */
        REFUSED,
        /** Anything else; above all silence, which tells nothing about the other side. */
        SILENT
    }

    /** Told of one line: first, unless it does not come about, that it is open; last, how it was lost. */
    interface Listener {
        void opened();

        void lost(Loss how);
    }

    /** One line. */
    interface Line {
        /** Ends it; that it is lost may be told all the same. Idempotent. */
        void close();
    }

    /**
     * Begins a line to {@code node} at {@code address}, host:port, on which both prove that they belong to the cluster. If
     * another node is found there, the line is {@link Loss#SILENT}.
     */
    Line connect(String address, String node, Listener listener);

    /** Ends all lines. Idempotent. */
    @Override
    void close();
}
