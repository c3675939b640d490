package io.wesdb.internal.node;

import io.wesdb.internal.cluster.memory.InMemoryClusterStore;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import java.util.Random;
import java.util.function.BiConsumer;

/** The log, the election and the membership in memory. */
final class InMemoryEnsemble implements Ensemble {
    private static final Fate[] FATES = Fate.values();

    private final InMemoryClusterStore store;
    private final Random random;

    InMemoryEnsemble(InMemoryClusterStore store, Random random) {
        this.store = store;
        this.random = random;
    }

    @Override
    public void expire(String node) {
        store.expire(node);
    }

    @Override
    public void notice(String node) {
        store.notice(node);
    }

    @Override
    public void disconnect(String node) {
        store.faults(node).disconnect();
    }

    @Override
    public void reconnect(String node) {
        store.faults(node).reconnect();
    }

    @Override
    public void disturb(String node, int odds) {
        store.faults(node).plan(call -> random.nextInt(odds) == 0 ? FATES[random.nextInt(FATES.length)] : Fate.DELIVER);
    }

    @Override
    public void heal(String node) {
        store.faults(node).heal();
    }

    @Override
    public void arrive(String node) {
        store.faults(node).arrive();
    }

    @Override
    public void loseElection(String node) {
        store.loseElection(node);
    }

    @Override
    public void repeatWish() {
        store.repeatWish();
    }

    @Override
    public void loseElectionAnswers(int odds) {
        store.losesAnswer = odds == 0 ? () -> false : () -> random.nextInt(odds) == 0;
    }

    @Override
    public long first() {
        return store.logs().firstNow();
    }

    @Override
    public int entries() {
        return store.logs().sizeNow();
    }

    @Override
    public void onCommit(BiConsumer<Long, byte[]> listener) {
        store.logs().onCommit = listener;
    }
}
