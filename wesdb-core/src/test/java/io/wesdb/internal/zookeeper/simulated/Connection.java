package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.List;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher.Event.EventType;

/** A session's connection to one server. */
final class Connection {
    /** {@code jute.maxbuffer}. */
    static final int MAX_PACKET_BYTES = 1_048_575;

    /** What a server sends: an answer, or an event if there is no request. */
    record Packet(Request request, Object value, ZooKeeperFault fault, long zxid, EventType type, String path) {}

    final SimulatedServer server;
    private final SimulatedZooKeeper ensemble;
    private final Session session;
    private final SimulatedClient client;
    final Channel<Request> requests;
    final Channel<Packet> answers;
    private boolean open = true;
    /** Nothing goes through any more, and neither side has noticed. */
    boolean mute;

    Connection(SimulatedZooKeeper ensemble, SimulatedServer server, Session session, SimulatedClient client) {
        this.ensemble = ensemble;
        this.server = server;
        this.session = session;
        this.client = client;
        this.requests = new Channel<>(ensemble.lane, ensemble.random, ensemble.maxLatencyMillis, this::receive);
        this.answers = new Channel<>(
                client.events, ensemble.random, ensemble.maxLatencyMillis, packet -> client.receive(this, packet));
    }

    Session session() {
        return session;
    }

    private void receive(Request request) {
        if (!open || mute) {
            return;
        } else if (request.bytes() > MAX_PACKET_BYTES) {
            client.lost(this);
            return;
        } else if (request.kind == Request.Kind.CLOSE) {
            ensemble.close(session);
            return;
        }
        Object value = null;
        ZooKeeperFault fault = null;
        try {
            value = server.serve(this, request);
        } catch (ZooKeeperFault e) {
            fault = e;
        }
        if (request.fate == Fate.LOSE_ANSWER) {
            client.lost(this);
            return;
        } else if (request.fate == Fate.HOLD_ANSWER) {
            answers.hold();
        }
        answers.send(new Packet(request, value, fault, server.applied(), null, null));
    }

    void event(EventType type, String path) {
        if (!mute) {
            answers.send(new Packet(null, null, null, 0, type, path));
        }
    }

    /** What was long on its way arrives, if the session still lasts and has not moved; nobody waits for the answer. */
    void receiveLate(List<Request> late) {
        for (Request request : late) {
            if (session.closed || session.owner != server || !server.up || !ensemble.hasQuorum()) {
                return;
            }
            if (request.writes()) {
                try {
                    server.serve(this, request);
                } catch (ZooKeeperFault e) {
                    assert e.code() != Code.OK;
                }
            }
        }
    }

    /** Both sides notice. */
    void lose() {
        client.lost(this);
    }

    /** Takes the server's end away. */
    void close() {
        open = false;
        server.forget(this);
        answers.cut();
        answers.cutHeld();
    }
}
