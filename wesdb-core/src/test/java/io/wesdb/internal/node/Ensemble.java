package io.wesdb.internal.node;

import io.wesdb.internal.cluster.memory.SharedStore;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import java.util.Random;
import java.util.function.BiConsumer;

/** What a simulation does to what its nodes share, whatever stands for it. */
final class Ensemble {
    private static final Fate[] FATES = Fate.values();

    private final SharedStore store;
    private final Random random;

    Ensemble(SharedStore store, Random random) {
        this.store = store;
        this.random = random;
    }

    /** The session of {@code node} ends for everyone else; the node does not notice. */
    void expire(String node) {
        store.expire(node);
    }

    /** The node whose session expired learns of it, if it can be reached. */
    void notice(String node) {
        store.notice(node);
    }

    void disconnect(String node) {
        store.faults(node).disconnect();
    }

    void reconnect(String node) {
        store.faults(node).reconnect();
    }

    /** From now on one in {@code odds} of the calls of {@code node}, or their answers, is lost or late. */
    void disturb(String node, int odds) {
        store.faults(node).plan(call -> random.nextInt(odds) == 0 ? FATES[random.nextInt(FATES.length)] : Fate.DELIVER);
    }

    /** Ends that; what was held is delivered. */
    void heal(String node) {
        store.faults(node).heal();
    }

    /** Calls of {@code node} that went astray when its connection was cut are executed after all. */
    void arrive(String node) {
        store.faults(node).arrive();
    }

    /** The place of {@code node} in the election is removed by mistake. */
    void loseElection(String node) {
        store.loseElection(node);
    }

    /** All are told the last wish once more, as after a reconnection. */
    void repeatWish() {
        store.repeatWish();
    }

    /** From now on one in {@code odds} of the answers to what is done to the election is lost; none at 0. */
    void loseElectionAnswers(int odds) {
        store.losesAnswer(odds == 0 ? () -> false : () -> random.nextInt(odds) == 0);
    }

    /** The lowest index in the log. */
    long first() {
        return store.first();
    }

    /** How many entries are in the log. */
    int entries() {
        return store.entries();
    }

    /** Is told of each entry as it is committed. */
    void onCommit(BiConsumer<Long, byte[]> listener) {
        store.onCommit(listener);
    }
}
