package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.memory.Call;
import io.wesdb.internal.log.memory.ConnectionFaults;
import io.wesdb.internal.log.memory.FaultPlan;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.zookeeper.ElectionLatch;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import io.wesdb.internal.zookeeper.ZooKeeperSession;
import io.wesdb.internal.zookeeper.simulated.Connection.Packet;
import io.wesdb.internal.zookeeper.simulated.Handle.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;

/**
 * One process's client: ZooKeeper's handle, and Curator's way of keeping one. Requests made without a connection wait for
 * the next attempt to connect, and are lost if that fails; a session is given up after its timeout without a connection,
 * and another one begun; futures and watchers are called on one lane, as on ZooKeeper's event thread.
 */
public final class SimulatedClient implements ZooKeeperSession {
    private static final int MAX_UNNOTICED_MILLIS = 2_000;

    /** Of the connection, as Curator tells its recipes. */
    enum Change {
        SUSPENDED,
        LOST,
        CONNECTED
    }

    /** Told of them on the events' lane. */
    interface StateListener {
        void stateChanged(Change change);
    }

    final Lane events;
    final Environment environment;
    final String node;
    final int timeoutMillis;
    private final SimulatedZooKeeper ensemble;
    private final List<ConnectionListener> listeners = new CopyOnWriteArrayList<>();
    private final List<StateListener> stateListeners = new CopyOnWriteArrayList<>();
    private final List<Astray> astray = new ArrayList<>();
    private final List<CompletableFuture<Void>> waiting = new ArrayList<>();
    private final Faults faults = new Faults();
    private Handle handle;
    private FaultPlan plan;
    /** No server can be reached. */
    private boolean cut;

    private boolean connected;
    private boolean closed;
    private boolean dead;

    /** Requests that were on their way when their connection ended. */
    private record Astray(Connection connection, List<Request> requests) {}

    SimulatedClient(SimulatedZooKeeper ensemble, String node, Environment environment, int timeoutMillis) {
        this.ensemble = ensemble;
        this.node = node;
        this.environment = environment;
        this.timeoutMillis = timeoutMillis;
        this.events = environment.newLane("zookeeper");
        begin();
    }

    public ConnectionFaults faults() {
        return faults;
    }

    // --- requests ---

    private CompletableFuture<Object> send(Request request) {
        Handle now = handle;
        if (now.state == State.CLOSED) {
            fail(List.of(request), Code.SESSIONEXPIRED);
        } else if (now.state == State.CONNECTING) {
            now.outgoing.add(request);
        } else {
            transmit(now, request);
        }
        return request.answer;
    }

    private void transmit(Handle over, Request request) {
        over.pending.add(request);
        if (plan != null && request.kind != Request.Kind.SET_WATCHES) {
            request.fate = plan.fate(request.call(node));
        }
        if (request.writes() && request.path.contains("/election") && ensemble.losesElectionAnswer.getAsBoolean()) {
            request.fate = Fate.LOSE_ANSWER;
        }
        Connection connection = over.connection;
        if (request.fate == Fate.LOSE_CALL) {
            lost(connection);
            return;
        } else if (request.fate == Fate.HOLD_CALL) {
            connection.requests.hold();
        }
        if (request.fate == Fate.HOLD_CALL || request.fate == Fate.HOLD_ANSWER) {
            // A client that hears nothing for two thirds of its timeout takes the connection for broken.
            ensemble.lane.schedule(timeoutMillis * 2L / 3, () -> {
                if (over.pending.contains(request)) {
                    lost(connection);
                }
            });
        }
        connection.requests.send(request);
    }

    private CompletableFuture<Object> write(Op operation) {
        return send(new Request(Request.Kind.WRITE, operation.getPath(), List.of(operation), null));
    }

    private CompletableFuture<Object> read(Request.Kind kind, String path, Watcher watcher) {
        return send(new Request(kind, path, List.of(), watcher));
    }

    @Override
    public CompletableFuture<Void> multi(List<Op> operations) {
        return send(new Request(Request.Kind.MULTI, operations.get(0).getPath(), List.copyOf(operations), null))
                .thenApply(done -> null);
    }

    /** Gives the path, which ends with a number if it is a sequential one. */
    CompletableFuture<String> make(String path, byte[] data, CreateMode mode) {
        return write(Op.create(path, data, Ids.OPEN_ACL_UNSAFE, mode)).thenApply(String.class::cast);
    }

    @Override
    public CompletableFuture<Void> create(String path, byte[] data, CreateMode mode) {
        return make(path, data, mode).thenApply(made -> null);
    }

    @Override
    public CompletableFuture<NodeData> get(String path, Watcher watcher) {
        return read(Request.Kind.GET, path, watcher).thenApply(NodeData.class::cast);
    }

    @Override
    public CompletableFuture<Integer> set(String path, byte[] data, int version) {
        return write(Op.setData(path, data, version)).thenApply(Integer.class::cast);
    }

    @Override
    public CompletableFuture<Void> delete(String path, int version) {
        return write(Op.delete(path, version)).thenApply(done -> null);
    }

    @Override
    @SuppressWarnings("unchecked")
    public CompletableFuture<List<String>> children(String path) {
        return read(Request.Kind.CHILDREN, path, null).thenApply(names -> (List<String>) names);
    }

    @Override
    public CompletableFuture<Void> watchTree(String path, Watcher watcher) {
        return read(Request.Kind.WATCH_TREE, path, watcher).thenApply(done -> null);
    }

    @Override
    public CompletableFuture<Void> sync(String path) {
        return read(Request.Kind.SYNC, path, null).thenApply(done -> null);
    }

    /** On the events' lane. */
    void receive(Connection from, Packet packet) {
        Handle now = handle;
        if (now.connection != from) {
            return;
        }
        Request request = packet.request();
        if (request == null) {
            now.event(packet.type(), packet.path());
            return;
        } else if (packet.value() instanceof NodeData data && data.bytes().length > Connection.MAX_PACKET_BYTES - 100) {
            lost(from);
            return;
        } else if (now.pending.poll() != request) {
            throw new IllegalStateException("answers out of order: " + request);
        }
        now.seenZxid = packet.zxid();
        if (packet.fault() != null) {
            request.answer.completeExceptionally(packet.fault());
        } else {
            now.register(request);
            request.answer.complete(packet.value());
        }
    }

    private void fail(List<Request> requests, Code code) {
        events.execute(() -> requests.forEach(
                request -> request.answer.completeExceptionally(new ZooKeeperFault(code, request.path, -1))));
    }

    // --- connecting ---

    private void begin() {
        handle = new Handle();
        attemptLater(handle, 5);
    }

    private void attemptLater(Handle by, int withinMillis) {
        ensemble.lane.schedule(ensemble.random.nextInt(withinMillis), () -> attempt(by));
    }

    private void attempt(Handle by) {
        if (by != handle || by.state != State.CONNECTING || dead || closed) {
            return;
        }
        SimulatedServer server = ensemble.servers.get(ensemble.random.nextInt(ensemble.servers.size()));
        // A session sees no time go backwards: a server that is behind what it has seen refuses it.
        if (cut || !server.up || !ensemble.hasQuorum() || server.applied() < by.seenZxid) {
            fail(by.takeOutgoing(), Code.CONNECTIONLOSS);
            attemptLater(by, cut ? 400 : 100);
            return;
        }
        Session session =
                by.sessionId == 0 ? ensemble.openSession(timeoutMillis, server) : ensemble.session(by.sessionId);
        if (session == null) {
            expired(by);
            return;
        }
        Connection connection = new Connection(ensemble, server, session, this);
        Connection old = session.connection;
        if (old != null) {
            old.close();
        }
        server.connections.add(connection);
        session.connection = connection;
        session.owner = server;
        session.connections++;
        by.sessionId = session.id;
        by.connection = connection;
        by.state = State.CONNECTED;
        by.connections++;
        events.execute(() -> changed(by, Change.CONNECTED));
        Request watches = by.watches();
        List<Request> requests = by.takeOutgoing();
        if (watches != null) {
            transmit(by, watches);
        }
        for (Request request : requests) {
            send(request);
        }
    }

    /** The connection ends for the client; requests under way may have arrived, or may yet. */
    void lost(Connection connection) {
        Handle by = handle;
        if (by.connection != connection || by.state != State.CONNECTED) {
            return;
        }
        by.connection = null;
        by.state = State.CONNECTING;
        leave(connection);
        List<Request> pending = by.takePending();
        fail(pending, Code.CONNECTIONLOSS);
        events.execute(() -> changed(by, Change.SUSPENDED));
        int connections = by.connections;
        events.schedule(timeoutMillis, () -> {
            if (by == handle && by.state == State.CONNECTING && by.connections == connections && !closed) {
                expired(by); // as Curator does, which cannot know
            }
        });
        attemptLater(by, 30);
    }

    private void leave(Connection connection) {
        connection.close();
        Session session = connection.session();
        if (session.connection == connection) {
            session.connection = null;
            ensemble.expireLater(session);
        }
        List<Request> flying = connection.requests.cut();
        List<Request> held = connection.requests.cutHeld();
        if (connection.mute) {
            return;
        }
        int arriving = ensemble.random.nextInt(flying.size() + 1);
        connection.receiveLate(flying.subList(0, arriving));
        List<Request> rest = new ArrayList<>(flying.subList(arriving, flying.size()));
        rest.addAll(held);
        rest.removeIf(request -> !request.writes());
        if (!rest.isEmpty()) {
            Astray late = new Astray(connection, rest);
            astray.add(late);
            if (ensemble.random.nextInt(3) == 0) {
                ensemble.lane.schedule(ensemble.random.nextInt(timeoutMillis), () -> {
                    if (astray.remove(late)) {
                        connection.receiveLate(rest);
                    }
                });
            }
        }
    }

    private void expired(Handle by) {
        by.state = State.CLOSED;
        fail(by.takeOutgoing(), Code.SESSIONEXPIRED);
        events.execute(() -> changed(by, Change.LOST));
    }

    /** On the events' lane. */
    private void changed(Handle by, Change change) {
        if (by != handle || closed) {
            return;
        }
        tell(change == Change.CONNECTED);
        by.tellWatchers(change);
        stateListeners.forEach(listener -> listener.stateChanged(change));
        if (change == Change.LOST) {
            begin();
        }
    }

    private void tell(boolean nowConnected) {
        if (connected != nowConnected) {
            connected = nowConnected;
            listeners.forEach(listener -> listener.connectionChanged(nowConnected));
            if (nowConnected) {
                waiting.forEach(each -> each.complete(null));
                waiting.clear();
            }
        }
    }

    @Override
    public boolean connected() {
        return connected;
    }

    @Override
    public long sessionId() {
        return handle.sessionId;
    }

    @Override
    public boolean awaitConnected(long timeoutMillis) throws InterruptedException {
        if (!connected) {
            CompletableFuture<Void> connection = new CompletableFuture<>();
            waiting.add(connection);
            try {
                environment.await(connection, timeoutMillis);
            } catch (ExecutionException | TimeoutException e) {
                return connected;
            }
        }
        return true;
    }

    @Override
    public void addListener(ConnectionListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(ConnectionListener listener) {
        listeners.remove(listener);
    }

    void addStateListener(StateListener listener) {
        stateListeners.add(listener);
    }

    void removeStateListener(StateListener listener) {
        stateListeners.remove(listener);
    }

    @Override
    public ElectionLatch latch(String path, String participant, ElectionLatch.Listener listener) {
        return new SimulatedLatch(this, path, participant, listener);
    }

    @Override
    public void close() {
        if (!closed) {
            Handle last = handle;
            if (last.state == State.CONNECTED) {
                last.connection.requests.send(new Request(Request.Kind.CLOSE, "/", List.of(), null));
            }
            closed = true;
            last.state = State.CLOSED;
            List<Request> unanswered = last.takePending();
            unanswered.addAll(last.takeOutgoing());
            fail(unanswered, Code.SESSIONEXPIRED);
            tell(false);
        }
    }

    // --- faults ---

    /** The session ends, and neither side of the connection has noticed: the process stood still for long, say. */
    public void expire() {
        Session session = ensemble.session(handle.sessionId);
        if (session != null) {
            Connection connection = handle.connection;
            if (connection != null) {
                connection.mute = true;
                ensemble.lane.schedule(1 + ensemble.random.nextInt(MAX_UNNOTICED_MILLIS), () -> lost(connection));
            }
            ensemble.close(session);
        }
    }

    /** The connection ends, and can come again at once. */
    public void breakConnection() {
        if (handle.connection != null) {
            lost(handle.connection);
        }
    }

    /** Finds out that the connection is gone, if it is. */
    public void notice() {
        Connection connection = handle.connection;
        if (connection != null && connection.mute) {
            lost(connection);
        }
    }

    /** The process is gone; its session lasts, and what it has sent may arrive. */
    public void die() {
        if (!dead) {
            dead = true;
            Connection connection = handle.connection;
            if (connection != null) {
                leave(connection);
                handle.connection = null;
                handle.state = State.CLOSED;
            }
        }
    }

    private final class Faults implements ConnectionFaults {
        @Override
        public void plan(FaultPlan newPlan) {
            plan = newPlan;
        }

        @Override
        public void heal() {
            plan = null;
            releaseCalls();
            releaseAnswers();
        }

        @Override
        public CompletableFuture<List<Call>> heldCalls() {
            Connection connection = handle.connection;
            return CompletableFuture.completedFuture(
                    connection == null
                            ? List.of()
                            : connection.requests.held().stream()
                                    .map(request -> request.call(node))
                                    .toList());
        }

        @Override
        public void releaseCalls() {
            if (handle.connection != null) {
                handle.connection.requests.release();
            }
        }

        @Override
        public void releaseAnswers() {
            if (handle.connection != null) {
                handle.connection.answers.release();
            }
        }

        @Override
        public void disconnect() {
            cut = true;
            if (handle.connection != null) {
                lost(handle.connection);
            }
        }

        @Override
        public void arrive() {
            List<Astray> late = List.copyOf(astray);
            astray.clear();
            late.forEach(each -> each.connection().receiveLate(each.requests()));
        }

        @Override
        public void reconnect() {
            if (cut) {
                cut = false;
                attemptLater(handle, 5);
            }
        }
    }
}
