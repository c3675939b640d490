package io.wesdb.internal.node;

import io.wesdb.internal.env.Lane;
import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.write.ForwardReply;
import io.wesdb.internal.write.LeaderClient;
import io.wesdb.internal.write.PeerService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** Peers in one thread, with a firewall between them that decides about every message. */
final class SimulatedNetwork {
    /** What can become of a forwarded batch. */
    enum Fate {
        DELIVER,
        /** It is known never to have been sent. */
        REFUSE,
        /** It is lost on its way; the sender learns only that the connection is gone. */
        LOSE_CALL,
        /** It arrives; its answer is lost, and the sender learns only that the connection is gone. */
        LOSE_ANSWER,
        /** The sender learns that the connection is gone, and only then does it arrive. */
        ARRIVE_LATE
    }

    private final SimulatedWorld world;
    private final Lane lane;
    private final Map<String, PeerService> peers = new HashMap<>();
    private final List<Runnable> late = new ArrayList<>();

    BiFunction<String, String, Fate> plan = (from, to) -> Fate.DELIVER;

    SimulatedNetwork(SimulatedWorld world) {
        this.world = world;
        this.lane = world.lane("network");
    }

    void attach(String node, PeerService service) {
        peers.put(node, service);
    }

    void detach(String node) {
        peers.remove(node);
    }

    /** What was long on its way arrives now. */
    void arriveLate() {
        late.forEach(lane::execute);
        late.clear();
    }

    LeaderClient client(String from) {
        return new LeaderClient() {
            @Override
            public void forward(Term term, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {
                lane.execute(() -> deliver(from, term, batch, timeoutMillis, reply));
            }

            @Override
            public void close() {}
        };
    }

    private void deliver(String from, Term term, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {
        ForwardReply unknown = ForwardReply.refused(ForwardReply.Kind.UNKNOWN, "cut", 0);
        PeerService peer = peers.get(term.leader());
        Fate fate = peer == null ? Fate.REFUSE : plan.apply(from, term.leader());
        switch (fate) {
            case DELIVER -> send(peer, term, batch, timeoutMillis, answer -> lane.execute(() -> reply.accept(answer)));
            case REFUSE -> reply.accept(ForwardReply.refused(ForwardReply.Kind.UNREACHABLE, "refused", 0));
            case LOSE_CALL -> reply.accept(unknown);
            case LOSE_ANSWER -> {
                send(peer, term, batch, timeoutMillis, answer -> {});
                lane.schedule(world.random().nextInt(30), () -> reply.accept(unknown));
            }
            case ARRIVE_LATE -> {
                late.add(() -> send(peer, term, batch, timeoutMillis, answer -> {}));
                reply.accept(unknown);
            }
        }
    }

    private static void send(
            PeerService peer, Term term, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {
        peer.forwarded(term.epoch(), batch, timeoutMillis, reply);
    }
}
