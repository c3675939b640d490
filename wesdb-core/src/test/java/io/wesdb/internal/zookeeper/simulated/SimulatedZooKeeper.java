package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import io.wesdb.internal.zookeeper.simulated.ZnodeTree.Change;
import io.wesdb.internal.zookeeper.simulated.ZnodeTree.Kind;
import io.wesdb.internal.zookeeper.simulated.ZnodeTree.Znode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.Ids;

/**
 * An ensemble in one thread, on the clock and the seed of a world. There is one order of transactions; each server is
 * somewhere behind in it, and a client reads what its server has got to. What a client is told, when, and how a broken
 * connection comes to an end is that of ZooKeeper 3.9 and Curator's handle on it.
 *
 * <p>Not thread safe: everything happens on the world's lanes, or between its steps.
 */
public final class SimulatedZooKeeper {
    final Lane lane;
    final Random random;
    private final SimulatedWorld world;
    private final Ledger ledger = new Ledger();
    final List<SimulatedServer> servers = new ArrayList<>();
    private final Map<Long, Session> sessions = new TreeMap<>();
    private long lastSession = 0x1000;

    /** Of a message; as many take no time at all. Takes effect for connections made from now on. */
    public int maxLatencyMillis = 2;
    /** How far a server is behind, usually … */
    public int maxLagMillis = 4;
    /** … and now and then, by a chance of one to so many; 0: never. */
    public int longLagOdds = 60;

    /** Decides about each write to the election whether its answer is lost. */
    public BooleanSupplier losesElectionAnswer = () -> false;

    /** Told of the path of each znode that a client has created, once the whole request is done. */
    public Consumer<String> onCreate = path -> {};

    private static final int LONG_LAG_MILLIS = 400;

    public SimulatedZooKeeper(SimulatedWorld world, int count) {
        this.world = world;
        this.lane = world.lane("zookeeper");
        this.random = world.random();
        for (int i = 0; i < count; i++) {
            servers.add(new SimulatedServer(this, ledger, i));
        }
    }

    /** A client that begins to connect; its threads are those of {@code environment}. */
    public SimulatedClient connect(String node, Environment environment, int sessionTimeoutMillis) {
        return new SimulatedClient(this, node, environment, sessionTimeoutMillis);
    }

    int lagMillis() {
        if (random.nextInt(3) == 0) {
            return 0;
        }
        return 1 + random.nextInt(longLagOdds > 0 && random.nextInt(longLagOdds) == 0 ? LONG_LAG_MILLIS : maxLagMillis);
    }

    // --- servers ---

    boolean hasQuorum() {
        int up = 0;
        for (int i = 0; i < servers.size(); i++) {
            up += servers.get(i).up ? 1 : 0;
        }
        return 2 * up > servers.size();
    }

    /** A server stops; without a quorum the others serve nobody either. */
    public void stopServer(int number) {
        SimulatedServer stopped = servers.get(number);
        stopped.up = false;
        for (SimulatedServer server : servers) {
            if (server == stopped || !hasQuorum()) {
                List.copyOf(server.connections).forEach(Connection::lose);
            }
        }
    }

    /** It goes on where it was. A new leader gives every session its whole time again. */
    public void startServer(int number) {
        boolean before = hasQuorum();
        servers.get(number).up = true;
        servers.forEach(SimulatedServer::hear);
        if (!before && hasQuorum()) {
            List.copyOf(sessions.values()).stream()
                    .filter(session -> session.connection == null)
                    .forEach(this::expireLater);
        }
    }

    public int serverCount() {
        return servers.size();
    }

    // --- sessions ---

    Session openSession(int timeoutMillis, SimulatedServer by) {
        Session session = new Session(++lastSession, timeoutMillis);
        sessions.put(session.id, session);
        ledger.closeSession(0, new java.util.TreeSet<>()); // a transaction of its own, which changes no znode
        by.apply(ledger.zxid());
        return session;
    }

    Session session(long id) {
        return sessions.get(id);
    }

    void expireLater(Session session) {
        int connections = session.connections;
        lane.schedule(session.timeoutMillis + random.nextInt(1 + session.timeoutMillis / 10), () -> {
            if (session.connection == null && session.connections == connections && hasQuorum()) {
                close(session);
            }
        });
    }

    /** Its end, however it came. */
    void close(Session session) {
        if (!session.closed) {
            session.closed = true;
            sessions.remove(session.id);
            if (session.connection != null) {
                session.connection.close();
            }
            ledger.closeSession(session.id, session.ephemerals);
            committed();
        }
    }

    // --- writes ---

    Object write(Session session, Request request) {
        if (session.closed) {
            throw new ZooKeeperFault(Code.SESSIONEXPIRED, request.path, -1);
        }
        List<Change> changes;
        try {
            changes = ledger.execute(session.id, request.operations, request.kind == Request.Kind.MULTI);
        } finally {
            committed();
        }
        for (int i = 0; i < changes.size(); i++) {
            note(changes.get(i));
        }
        for (int i = 0; i < changes.size(); i++) {
            if (changes.get(i).kind() == Kind.CREATED) {
                onCreate.accept(changes.get(i).path());
            }
        }
        if (request.kind == Request.Kind.MULTI) {
            return true;
        }
        Change change = changes.get(0);
        return switch (change.kind()) {
            case CREATED -> change.path();
            case CHANGED -> ledger.newest.get(change.path()).version;
            case DELETED -> true;
        };
    }

    private void note(Change change) {
        if (change.owner() != 0 && change.kind() != Kind.CHANGED) {
            Session owner = sessions.get(change.owner());
            if (owner != null && change.kind() == Kind.CREATED) {
                owner.ephemerals.add(change.path());
            } else if (owner != null) {
                owner.ephemerals.remove(change.path());
            }
        }
    }

    private void committed() {
        long everywhere = Long.MAX_VALUE;
        for (int i = 0; i < servers.size(); i++) {
            servers.get(i).hear();
            everywhere = Math.min(everywhere, servers.get(i).applied());
        }
        ledger.forget(everywhere);
    }

    // --- what is there, for tests ---

    /** The newest data of a znode; null if there is none. */
    public byte[] data(String path) {
        Znode znode = ledger.newest.get(path);
        return znode == null ? null : znode.data;
    }

    public List<String> children(String path) {
        return ledger.newest.get(path).children();
    }

    /** Something else than a node changes a znode. */
    public void change(Op operation) {
        ledger.execute(0, List.of(operation), false).forEach(this::note);
        committed();
    }

    public void put(String path, byte[] data) {
        change(Op.create(path, data, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
    }

    public SimulatedWorld world() {
        return world;
    }
}
