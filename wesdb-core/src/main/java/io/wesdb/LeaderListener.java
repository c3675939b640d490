package io.wesdb;

import org.jspecify.annotations.Nullable;

/** Told of every change of leader that this node sees. */
@FunctionalInterface
public interface LeaderListener {
    /**
     * Called on the node's executor, one call at a time and in order.
     *
     * @param epoch the number of the term that began
     * @param leader who leads it, or null while nobody does
     * @param isThisNode whether it is this node
     */
    void leaderChanged(long epoch, NodeStatus.@Nullable Leader leader, boolean isThisNode);
}
