package io.wesdb.internal.cluster;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who is present. Thread safe. */
public interface Membership extends AutoCloseable {
    /**
     * Makes this node present under its id, and keeps it so across reconnections. Blocks, at most for {@code timeout}:
     * a predecessor (a node of the same id whose incarnation is {@code predecessor}, known to be dead because we hold
     * its file) is removed at once, any other node of that id is waited for.
     *
     * @throws NodeIdTakenException if another node of that id is still present after {@code timeout}
     */
    void join(Member self, @Nullable String predecessor, Duration timeout);

    /** Describes this node anew; returns at once, and the last description wins. */
    void update(Member self);

    /** The members that this node sees present now; does not wait. */
    List<Member> members();

    /** Leaves. Idempotent. */
    @Override
    void close();

    /** Another node with the same id is present. */
    final class NodeIdTakenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public NodeIdTakenException(String message) {
            super(message);
        }
    }
}
