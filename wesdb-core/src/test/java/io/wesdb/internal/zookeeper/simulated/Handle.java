package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.zookeeper.simulated.SimulatedClient.Change;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;

/** A client's end of one session: what ZooKeeper's class {@code ZooKeeper} holds. */
final class Handle {
    /** Of its connection. */
    enum State {
        CONNECTING,
        CONNECTED,
        CLOSED
    }

    State state = State.CONNECTING;
    Connection connection;
    int connections;
    long sessionId;
    /** The newest transaction that an answer, though not an event, came with. */
    long seenZxid;

    /** Made without a connection. */
    final Queue<Request> outgoing = new ArrayDeque<>();
    /** Sent and not answered. */
    final Queue<Request> pending = new ArrayDeque<>();

    private final Map<String, Set<Watcher>> dataWatchers = new HashMap<>();
    private final Map<String, Set<Watcher>> treeWatchers = new HashMap<>();

    List<Request> takeOutgoing() {
        List<Request> taken = new ArrayList<>(outgoing);
        outgoing.clear();
        return taken;
    }

    List<Request> takePending() {
        List<Request> taken = new ArrayList<>(pending);
        pending.clear();
        return taken;
    }

    /** A watcher counts from the answer on. */
    void register(Request request) {
        if (request.watcher != null) {
            Map<String, Set<Watcher>> watchers = request.kind == Request.Kind.WATCH_TREE ? treeWatchers : dataWatchers;
            watchers.computeIfAbsent(request.path, path -> new LinkedHashSet<>())
                    .add(request.watcher);
        }
    }

    void event(EventType type, String path) {
        Set<Watcher> told = new LinkedHashSet<>();
        Set<Watcher> once = dataWatchers.remove(path);
        if (once != null) {
            told.addAll(once);
        }
        treeWatchers.forEach((tree, watchers) -> {
            if (SimulatedServer.isWithin(path, tree)) {
                told.addAll(watchers);
            }
        });
        WatchedEvent event = new WatchedEvent(type, KeeperState.SyncConnected, path);
        told.forEach(watcher -> watcher.process(event));
    }

    /** All of them hear of the connection. */
    void tellWatchers(Change change) {
        Set<Watcher> told = new LinkedHashSet<>();
        new TreeSet<>(dataWatchers.keySet()).forEach(path -> told.addAll(dataWatchers.get(path)));
        new TreeSet<>(treeWatchers.keySet()).forEach(path -> told.addAll(treeWatchers.get(path)));
        WatchedEvent event = new WatchedEvent(
                EventType.None,
                switch (change) {
                    case SUSPENDED -> KeeperState.Disconnected;
                    case LOST -> KeeperState.Expired;
                    case CONNECTED -> KeeperState.SyncConnected;
                },
                null);
        told.forEach(watcher -> watcher.process(event));
    }

    /** What sets all watches again after a reconnection; null if there are none. */
    Request watches() {
        if (dataWatchers.isEmpty() && treeWatchers.isEmpty()) {
            return null;
        }
        Request request = new Request(Request.Kind.SET_WATCHES, "/", List.of(), null);
        request.dataWatches = dataWatchers.keySet().stream().sorted().toList();
        request.treeWatches = treeWatchers.keySet().stream().sorted().toList();
        request.seenZxid = seenZxid;
        return request;
    }
}
