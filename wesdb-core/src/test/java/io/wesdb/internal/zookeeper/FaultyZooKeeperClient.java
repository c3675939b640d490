package io.wesdb.internal.zookeeper;

import io.wesdb.internal.log.memory.FaultPlan.Fate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;

/** A real connection whose multis can be held and lost. Thread safe. */
public final class FaultyZooKeeperClient implements ZooKeeperClient {
    private final ZooKeeperClient client;
    private final Queue<Runnable> heldCalls = new ArrayDeque<>();
    private final List<Runnable> heldAnswers = new ArrayList<>();
    private Fate fate = Fate.DELIVER;
    private int skipped;
    private int count;
    private int misses;

    public FaultyZooKeeperClient(ZooKeeperClient client) {
        this.client = client;
    }

    public synchronized void nextMultis(int newCount, Fate newFate) {
        multisAfter(0, newCount, newFate);
    }

    /** The next {@code newSkipped} are delivered; then {@code newFate} for {@code newCount}. */
    public synchronized void multisAfter(int newSkipped, int newCount, Fate newFate) {
        skipped = newSkipped;
        count = newCount;
        fate = newFate;
    }

    /** The next {@code count} reads find nothing, as on a server that lags behind. */
    public synchronized void nextGetsMiss(int newCount) {
        misses = newCount;
    }

    /** Everything that is held goes on, in order. */
    public void release() {
        List<Runnable> released;
        synchronized (this) {
            count = 0;
            released = new ArrayList<>(heldCalls);
            released.addAll(heldAnswers);
            heldCalls.clear();
            heldAnswers.clear();
        }
        released.forEach(Runnable::run);
    }

    @Override
    public synchronized CompletableFuture<Void> multi(List<Op> operations) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        Fate decided = skipped-- > 0 || count-- <= 0 ? Fate.DELIVER : fate;
        if (decided == Fate.HOLD_CALL || !heldCalls.isEmpty()) {
            heldCalls.add(() -> pass(client.multi(operations), answer));
        } else if (decided == Fate.LOSE_CALL) {
            lose(answer);
        } else if (decided == Fate.LOSE_ANSWER) {
            client.multi(operations).whenComplete((done, failure) -> lose(answer));
        } else if (decided == Fate.HOLD_ANSWER) {
            CompletableFuture<Void> real = client.multi(operations);
            heldAnswers.add(() -> pass(real, answer));
        } else {
            pass(client.multi(operations), answer);
        }
        return answer;
    }

    private static void lose(CompletableFuture<Void> answer) {
        answer.completeExceptionally(new ZooKeeperFault(Code.CONNECTIONLOSS, "/", -1));
    }

    private static void pass(CompletableFuture<Void> from, CompletableFuture<Void> to) {
        from.whenComplete((done, failure) -> {
            if (failure == null) {
                to.complete(null);
            } else {
                to.completeExceptionally(failure);
            }
        });
    }

    @Override
    public CompletableFuture<Void> create(String path, byte[] data, CreateMode mode) {
        return client.create(path, data, mode);
    }

    @Override
    public synchronized CompletableFuture<NodeData> get(String path, Watcher watcher) {
        if (misses > 0) {
            misses--;
            return CompletableFuture.failedFuture(new ZooKeeperFault(Code.NONODE, path, -1));
        }
        return client.get(path, watcher);
    }

    @Override
    public CompletableFuture<Integer> set(String path, byte[] data, int version) {
        return client.set(path, data, version);
    }

    @Override
    public CompletableFuture<Void> delete(String path, int version) {
        return client.delete(path, version);
    }

    @Override
    public CompletableFuture<List<String>> children(String path) {
        return client.children(path);
    }

    @Override
    public CompletableFuture<Void> watchTree(String path, Watcher watcher) {
        return client.watchTree(path, watcher);
    }

    @Override
    public CompletableFuture<Void> sync(String path) {
        return client.sync(path);
    }

    @Override
    public boolean connected() {
        return client.connected();
    }

    @Override
    public long sessionId() {
        return client.sessionId();
    }

    @Override
    public void addListener(ConnectionListener listener) {
        client.addListener(listener);
    }

    @Override
    public void removeListener(ConnectionListener listener) {
        client.removeListener(listener);
    }
}
