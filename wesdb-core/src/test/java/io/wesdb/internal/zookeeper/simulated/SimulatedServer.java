package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.zookeeper.ZooKeeperClient.NodeData;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import io.wesdb.internal.zookeeper.simulated.Ledger.Transaction;
import io.wesdb.internal.zookeeper.simulated.ZnodeTree.Change;
import io.wesdb.internal.zookeeper.simulated.ZnodeTree.Znode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher.Event.EventType;

/**
 * One server: its view of the znodes, which follows the ledger in its own time, and the watches of those who are
 * connected to it. What a write or a sync has answered, it has seen.
 */
final class SimulatedServer {
    private final SimulatedZooKeeper ensemble;
    private final Ledger ledger;
    final int number;
    final ZnodeTree view = new ZnodeTree();
    private final Map<String, Set<Connection>> dataWatches = new HashMap<>();
    private final Map<String, Set<Connection>> treeWatches = new HashMap<>();
    final Set<Connection> connections = new LinkedHashSet<>();
    private final Runnable catchUp = this::catchUp;
    private long applied;
    private boolean catchingUp;
    boolean up = true;

    SimulatedServer(SimulatedZooKeeper ensemble, Ledger ledger, int number) {
        this.ensemble = ensemble;
        this.ledger = ledger;
        this.number = number;
    }

    long applied() {
        return applied;
    }

    /** There is something new. */
    void hear() {
        if (!catchingUp && up) {
            int lag = ensemble.lagMillis();
            if (lag == 0) {
                apply(ledger.zxid());
            } else {
                catchingUp = true;
                ensemble.lane.schedule(lag, catchUp);
            }
        }
    }

    private void catchUp() {
        catchingUp = false;
        if (up && ensemble.hasQuorum()) {
            apply(ledger.zxid());
        }
    }

    void apply(long zxid) {
        while (applied < zxid) {
            Transaction transaction = ledger.transaction(++applied);
            List<Change> changes = transaction.changes();
            for (int i = 0; i < changes.size(); i++) {
                Change change = changes.get(i);
                view.apply(change, transaction.zxid());
                trigger(change);
            }
        }
    }

    private void trigger(Change change) {
        String path = change.path();
        EventType type = switch (change.kind()) {
            case CREATED -> EventType.NodeCreated;
            case CHANGED -> EventType.NodeDataChanged;
            case DELETED -> EventType.NodeDeleted;
        };
        Set<Connection> watching = dataWatches.remove(path);
        if (!treeWatches.isEmpty()) {
            for (Map.Entry<String, Set<Connection>> tree : treeWatches.entrySet()) {
                if (isWithin(path, tree.getKey())) {
                    watching = watching == null ? new LinkedHashSet<>() : watching;
                    watching.addAll(tree.getValue());
                }
            }
        }
        if (watching != null) {
            watching.forEach(connection -> connection.event(type, path));
        }
    }

    static boolean isWithin(String path, String tree) {
        return path.startsWith(tree) && (path.length() == tree.length() || path.charAt(tree.length()) == '/');
    }

    /** The answer to a request; throws its fault. */
    Object serve(Connection connection, Request request) {
        switch (request.kind) {
            case WRITE, MULTI -> {
                try {
                    return ensemble.write(connection.session(), request);
                } finally {
                    apply(ledger.zxid());
                }
            }
            case SYNC -> {
                apply(ledger.zxid());
                return true;
            }
            case GET -> {
                Znode znode = there(request.path);
                if (request.watcher != null) {
                    watch(dataWatches, request.path, connection);
                }
                return new NodeData(znode.data == null ? new byte[0] : znode.data, znode.version, znode.owner);
            }
            case CHILDREN -> {
                return there(request.path).children();
            }
            case WATCH_TREE -> {
                watch(treeWatches, request.path, connection);
                return true;
            }
            case SET_WATCHES -> {
                setWatches(connection, request);
                return true;
            }
            default -> throw new IllegalStateException("not for a server: " + request);
        }
    }

    private Znode there(String path) {
        Znode znode = view.get(path);
        if (znode == null) {
            throw new ZooKeeperFault(Code.NONODE, path, -1);
        }
        return znode;
    }

    private static void watch(Map<String, Set<Connection>> watches, String path, Connection connection) {
        watches.computeIfAbsent(path, each -> new LinkedHashSet<>()).add(connection);
    }

    /** As {@code DataTree.setWatches}: what a one-time watch has missed is made up for, what a tree's has missed is not. */
    private void setWatches(Connection connection, Request request) {
        for (String path : request.dataWatches) {
            Znode znode = view.get(path);
            if (znode == null) {
                connection.event(EventType.NodeDeleted, path);
            } else if (znode.modified > request.seenZxid) {
                connection.event(EventType.NodeDataChanged, path);
            } else {
                watch(dataWatches, path, connection);
            }
        }
        for (String path : request.treeWatches) {
            watch(treeWatches, path, connection);
        }
    }

    void forget(Connection connection) {
        connections.remove(connection);
        drop(dataWatches, connection);
        drop(treeWatches, connection);
    }

    private static void drop(Map<String, Set<Connection>> watches, Connection connection) {
        for (Set<Connection> each : new ArrayList<>(watches.values())) {
            each.remove(connection);
        }
        watches.values().removeIf(Set::isEmpty);
    }
}
