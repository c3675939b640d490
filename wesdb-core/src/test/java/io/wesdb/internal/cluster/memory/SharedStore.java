package io.wesdb.internal.cluster.memory;

import io.wesdb.internal.log.memory.ConnectionFaults;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/** What the nodes of a simulated cluster share, as the faults of a history reach it. */
public interface SharedStore {
    /** What drives the connection of {@code node}. */
    ConnectionFaults faults(String node);

    /** The session of {@code node} ends for everyone else, without the node noticing. */
    void expire(String node);

    /** The node whose session expired learns of it. */
    void notice(String node);

    /** The process of {@code node} is gone: its place lasts as long as its session, and it takes no other. */
    void die(String node);

    /** The place of {@code node} in the election is removed by mistake, if there is another candidate. */
    void loseElection(String node);

    /** Decides each time whether the answer to what was just done to the election is lost. */
    void losesAnswer(BooleanSupplier loses);

    /** From now on nobody is far behind. */
    default void calm() {}

    /** All are told the last wish once more, as after a reconnection. */
    void repeatWish();

    /** The lowest index in the log. */
    long first();

    /** How many entries are in the log. */
    int entries();

    /** Is told of each entry as it is committed. */
    void onCommit(BiConsumer<Long, byte[]> listener);
}
