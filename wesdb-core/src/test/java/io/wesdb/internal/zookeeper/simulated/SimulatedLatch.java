package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.zookeeper.ElectionLatch;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import io.wesdb.internal.zookeeper.simulated.SimulatedClient.Change;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher.Event.EventType;

/**
 * What Curator 5.9's {@code LeaderLatch} does, step by step and with its weaknesses: requests in the background are tried
 * again after a lost connection, some twenty times; what else goes wrong is forgotten. Its create is a protected one: the
 * name has an id of its own, so that after a lost answer the znode is looked for before another is made.
 */
final class SimulatedLatch implements ElectionLatch {
    private static final int MAX_RETRIES = 20;

    private final SimulatedClient client;
    private final String directory;
    private final byte[] participant;
    private final Listener listener;
    private final SimulatedClient.StateListener stateListener = this::stateChanged;
    private boolean started;
    private boolean closed;
    private boolean running;
    private String path;
    private boolean leading;

    SimulatedLatch(SimulatedClient client, String directory, String participant, Listener listener) {
        this.client = client;
        this.directory = directory;
        this.participant = participant.getBytes(StandardCharsets.UTF_8);
        this.listener = listener;
    }

    @Override
    public void start() {
        started = true;
        client.addStateListener(stateListener);
        if (client.connected()) {
            client.events.execute(this::run);
        }
    }

    /** Once there is a connection. */
    private void run() {
        if (!running && started()) {
            running = true;
            reset();
        }
    }

    private void stateChanged(Change change) {
        switch (change) {
            case CONNECTED -> {
                if (running) {
                    list();
                } else {
                    run();
                }
            }
            case LOST -> lead(false);
            case SUSPENDED -> {
                // no error with the policy that wesdb sets
            }
        }
    }

    @Override
    public boolean started() {
        return started && !closed;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public boolean hasLeadership() {
        return leading;
    }

    @Override
    public void close() {
        closed = true;
        place(null);
        client.removeStateListener(stateListener);
        leading = false;
    }

    private void reset() {
        lead(false);
        place(null);
        String id = new UUID(client.environment.randomLong(), client.environment.randomLong()).toString();
        create(id, client.sessionId(), false, 0);
    }

    private void create(String id, long session, boolean sent, int retries) {
        CompletableFuture<String> made = sent ? findOrMake(id, session) : make(id);
        made.whenComplete((where, failure) -> {
            if (failure == null) {
                place(where);
                if (closed) {
                    place(null);
                } else {
                    list();
                }
            } else if (mayRetry(failure) && retries < MAX_RETRIES) {
                later(retries, () -> create(id, session, true, retries + 1));
            }
        });
    }

    private CompletableFuture<String> make(String id) {
        return client.make(directory + "/_c_" + id + "-latch-", participant, CreateMode.EPHEMERAL_SEQUENTIAL);
    }

    private CompletableFuture<String> findOrMake(String id, long session) {
        return client.children(directory).thenCompose(names -> {
            Optional<String> found =
                    names.stream().filter(name -> name.startsWith("_c_" + id)).findFirst();
            if (found.isEmpty()) {
                return make(id);
            }
            String there = directory + "/" + found.get();
            return client.sessionId() == session
                    ? CompletableFuture.completedFuture(there)
                    : client.delete(there, -1)
                            .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                                    ? CompletableFuture.completedFuture(null)
                                    : CompletableFuture.failedFuture(failure))
                            .thenCompose(gone -> make(id));
        });
    }

    private void list() {
        retrying(() -> client.children(directory), names -> check(names), code -> {
            if (code == Code.NONODE) {
                reset();
            }
        });
    }

    private void check(List<String> names) {
        String mine = path;
        List<String> sorted = names.stream()
                .sorted((one, other) -> number(one).compareTo(number(other)))
                .toList();
        int place = mine == null ? -1 : sorted.indexOf(mine.substring(mine.lastIndexOf('/') + 1));
        if (place < 0) {
            reset();
        } else if (place == 0) {
            retrying(
                    () -> client.get(mine, null),
                    data -> {
                        if (data.ephemeralOwner() == client.sessionId()) {
                            lead(true);
                        } else {
                            reset();
                        }
                    },
                    code -> reset());
        } else {
            lead(false);
            retrying(
                    () -> client.get(directory + "/" + sorted.get(place - 1), event -> {
                        if (started() && event.getType() == EventType.NodeDeleted) {
                            list();
                        }
                    }),
                    data -> {},
                    code -> {
                        if (code == Code.NONODE) {
                            list();
                        }
                    });
        }
    }

    private static String number(String name) {
        return name.substring(name.lastIndexOf('-') + 1);
    }

    private void lead(boolean now) {
        if (leading != now) {
            leading = now;
            if (!closed && now) {
                listener.isLeader();
            } else if (!closed) {
                listener.notLeader();
            }
        }
    }

    /** A znode that is given up is deleted, however long that takes. */
    private void place(String now) {
        String before = path;
        path = now;
        if (before != null) {
            delete(before, 0);
        }
    }

    private void delete(String old, int retries) {
        client.delete(old, -1).whenComplete((done, failure) -> {
            if (failure != null && mayRetry(failure)) {
                later(retries, () -> delete(old, retries + 1));
            }
        });
    }

    private <T> void retrying(Supplier<CompletableFuture<T>> call, Consumer<T> onAnswer, Consumer<Code> onFault) {
        retrying(call, onAnswer, onFault, 0);
    }

    private <T> void retrying(
            Supplier<CompletableFuture<T>> call, Consumer<T> onAnswer, Consumer<Code> onFault, int retries) {
        call.get().whenComplete((value, failure) -> {
            if (closed) {
                return;
            } else if (failure == null) {
                onAnswer.accept(value);
            } else if (mayRetry(failure) && retries < MAX_RETRIES) {
                later(retries, () -> retrying(call, onAnswer, onFault, retries + 1));
            } else {
                onFault.accept(ZooKeeperFault.codeOf(failure));
            }
        });
    }

    private static boolean mayRetry(Throwable failure) {
        Code code = ZooKeeperFault.codeOf(failure);
        return code == Code.CONNECTIONLOSS || code == Code.SESSIONEXPIRED;
    }

    private void later(int retries, Runnable again) {
        client.events.schedule(Math.min(1_000, 50L << Math.min(retries, 5)), again);
    }
}
