package io.wesdb.internal.cluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Who is present, and who belongs to the cluster at all: the register. A node enters itself there when it joins and when
 * it describes itself anew, so one that was removed while it lives is soon back.
 *
 * <p>Thread safe. Futures fail with {@link io.wesdb.internal.log.LogUnavailableException} if ZooKeeper does not answer;
 * they are completed on any thread and must not be blocked.
 */
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

    /** The register, at least as new as when the call began, in the order of the ids. */
    CompletableFuture<List<RegisteredNode>> registered();

    /**
     * For the leader: changes a node's marks. False, and nothing happens, unless the register has the node exactly as
     * {@code seen}: what the node itself has written since is not overwritten.
     */
    CompletableFuture<Boolean> mark(RegisteredNode seen, RegisteredNode marked);

    /**
     * Takes a node that is gone for good off the register, so that nothing is kept for it any more.
     *
     * <p>Fails with {@link NodePresentException} or {@link UnknownNodeException}.
     */
    CompletableFuture<Void> remove(String node);

    /** Leaves. Idempotent. */
    @Override
    void close();

    /** A node cannot be taken off the register while it is present. */
    final class NodePresentException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public NodePresentException(String node) {
            super("the node '" + node + "' is present: only a node that is gone can be removed");
        }
    }

    /** The register has no such node. */
    final class UnknownNodeException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public UnknownNodeException(String node) {
            super("the cluster has no node '" + node + "'");
        }
    }

    /** Another node with the same id is present. */
    final class NodeIdTakenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public NodeIdTakenException(String message) {
            super(message);
        }
    }
}
