package io.wesdb.internal.node;

import java.util.function.BiConsumer;

/** What a simulation can do to the ensemble that its nodes share, whatever stands for it. */
interface Ensemble {
    /** The session of {@code node} ends for everyone else; the node does not notice. */
    void expire(String node);

    /** The node whose session expired learns of it, if it can be reached. */
    void notice(String node);

    void disconnect(String node);

    void reconnect(String node);

    /** From now on one in {@code odds} of the calls of {@code node}, or their answers, is lost or late. */
    void disturb(String node, int odds);

    /** Ends that; what was held is delivered. */
    void heal(String node);

    /** Calls of {@code node} that went astray when its connection was cut are executed after all. */
    void arrive(String node);

    /** The place of {@code node} in the election is removed by mistake. */
    void loseElection(String node);

    /** All are told the last wish once more, as after a reconnection. */
    void repeatWish();

    /** From now on one in {@code odds} of the answers to what is done to the election is lost; none at 0. */
    void loseElectionAnswers(int odds);

    /** The lowest index in the log. */
    long first();

    /** How many entries are in the log. */
    int entries();

    /** Is told of each entry as it is committed. */
    void onCommit(BiConsumer<Long, byte[]> listener);
}
