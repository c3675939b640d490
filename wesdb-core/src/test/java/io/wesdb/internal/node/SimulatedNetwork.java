package io.wesdb.internal.node;

import io.wesdb.internal.env.Lane;
import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.snapshot.SnapshotClient;
import io.wesdb.internal.snapshot.SnapshotOffer;
import io.wesdb.internal.snapshot.SnapshotService;
import io.wesdb.internal.snapshot.SnapshotTransfer;
import io.wesdb.internal.write.EntryFeed;
import io.wesdb.internal.write.ForwardReply;
import io.wesdb.internal.write.LeaderClient;
import io.wesdb.internal.write.LeaderLines;
import io.wesdb.internal.write.LeaderLines.Loss;
import io.wesdb.internal.write.PeerService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

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
        ARRIVE_LATE,
        /** The connection ends before it has arrived, and all that was unanswered on it is lost. */
        CUT_BEFORE,
        /** The same once it has arrived. */
        CUT_AFTER
    }

    private static final ForwardReply UNKNOWN = ForwardReply.refused(ForwardReply.Kind.UNKNOWN, "cut", 0);

    private static final long FOLLOW_AGAIN_MILLIS = 500;

    private final SimulatedWorld world;
    private final Lane lane;
    private final Map<String, PeerService> peers = new HashMap<>();
    private final Map<String, SnapshotService> givers = new HashMap<>();
    private final Map<String, EntryFeed> feeds = new HashMap<>();
    /** Whom each node follows. */
    private final Map<String, Following> followings = new TreeMap<>();

    private final List<Runnable> late = new ArrayList<>();
    private final Set<Forward> unanswered = new LinkedHashSet<>();

    /** What is asked of a giver of snapshots and not answered yet, in the order of asking. */
    private final Map<CompletableFuture<?>, String> pulls = new LinkedHashMap<>();

    private final List<SimulatedLine> lines = new ArrayList<>();

    /** What becomes of a new line; null if it opens. */
    BiFunction<String, String, Loss> linePlan = (from, to) -> null;

    /** Told of each batch that is forwarded, and of how long it is still wanted. */
    BiConsumer<EncodedBatch, Long> onForward = (batch, timeoutMillis) -> {};

    BiFunction<String, String, Fate> plan = (from, to) -> Fate.DELIVER;

    /** What becomes of an entry that the one tells the other. */
    enum Telling {
        DELIVER,
        /** There is no room for it just then. */
        SKIP,
        /** It arrives, after others that are told later. */
        LATE,
        /** The connection ends. */
        CUT
    }

    /** From leader to follower. */
    BiFunction<String, String, Telling> tellingPlan = (from, to) -> Telling.DELIVER;

    /** What is made of the bytes on their way. */
    UnaryOperator<byte[]> toldBytes = entry -> entry;

    SimulatedNetwork(SimulatedWorld world) {
        this.world = world;
        this.lane = world.lane("network");
    }

    void attach(String node, PeerService service, SnapshotService givesSnapshots, EntryFeed feed) {
        peers.put(node, service);
        feeds.put(node, feed);
        givers.put(node, givesSnapshots);
    }

    /** The process is gone, and its machine says so. */
    void detach(String node) {
        peers.remove(node);
        givers.remove(node);
        feeds.remove(node);
        unfollow(node);
        List.copyOf(followings.values()).stream()
                .filter(following -> following.leader.equals(node))
                .forEach(Following::lose);
        lane.execute(() -> {
            for (Map.Entry<CompletableFuture<?>, String> pull : List.copyOf(pulls.entrySet())) {
                if (pull.getValue().equals(node)) {
                    pull.getKey().completeExceptionally(new IOException("the connection to " + node + " broke"));
                }
            }
            List.copyOf(unanswered).stream()
                    .filter(forward -> forward.to.equals(node))
                    .forEach(forward -> forward.answer(UNKNOWN));
        });
        List.copyOf(lines).stream().filter(line -> line.to.equals(node)).forEach(line -> line.lose(Loss.ENDED));
    }

    /** Every line from the one to the other ends, without either having died. */
    void cut(String from, String to, Loss how) {
        List.copyOf(lines).stream()
                .filter(line -> line.from.equals(from) && line.to.equals(to))
                .forEach(line -> line.lose(how));
    }

    LeaderLines lines(String from) {
        return new LeaderLines() {
            @Override
            public Line connect(String address, String node, Listener listener) {
                SimulatedLine line = new SimulatedLine(from, address.substring(0, address.indexOf(':')), listener);
                lane.execute(line::open);
                return line;
            }

            @Override
            public void close() {}
        };
    }

    private final class SimulatedLine implements LeaderLines.Line {
        private final String from;
        private final String to;
        private final LeaderLines.Listener listener;
        private boolean over;

        SimulatedLine(String from, String to, LeaderLines.Listener listener) {
            this.from = from;
            this.to = to;
            this.listener = listener;
        }

        void open() {
            Loss refusal = peers.containsKey(to) ? linePlan.apply(from, to) : Loss.REFUSED;
            if (over) {
                return;
            } else if (refusal != null) {
                lose(refusal);
            } else {
                lines.add(this);
                listener.opened();
            }
        }

        void lose(Loss how) {
            lines.remove(this);
            if (!over) {
                over = true;
                listener.lost(how);
            }
        }

        @Override
        public void close() {
            over = true;
            lines.remove(this);
        }
    }

    /** A node's address is its name and ":1". */
    SnapshotClient snapshots(String from) {
        return new SnapshotClient() {
            @Override
            public CompletableFuture<SnapshotTransfer> connect(String address) {
                String to = address.substring(0, address.indexOf(':'));
                return CompletableFuture.supplyAsync(
                        () -> {
                            SnapshotService giver = givers.get(to);
                            if (giver == null || plan.apply(from, to) != Fate.DELIVER) {
                                throw new IllegalStateException(to + " cannot be reached");
                            }
                            return new SimulatedTransfer(from, to, giver, giver.begin(from));
                        },
                        lane);
            }

            @Override
            public void close() {}
        };
    }

    /** Breaks when the plan says so, or the giver is gone, though its node may be back since. */
    private final class SimulatedTransfer implements SnapshotTransfer {
        private final String from;
        private final String to;
        private final SnapshotService giver;
        private final SnapshotTransfer given;

        SimulatedTransfer(String from, String to, SnapshotService giver, SnapshotTransfer given) {
            this.from = from;
            this.to = to;
            this.giver = giver;
            this.given = given;
        }

        private <T> CompletableFuture<T> pass(Supplier<CompletableFuture<T>> call) {
            CompletableFuture<T> answer = new CompletableFuture<>();
            pulls.put(answer, to);
            answer.whenComplete((value, failure) -> pulls.remove(answer));
            lane.execute(() -> {
                if (givers.get(to) != giver || plan.apply(from, to) != Fate.DELIVER) {
                    answer.completeExceptionally(new IOException("the connection to " + to + " broke"));
                    return;
                }
                call.get()
                        .whenComplete((value, failure) -> lane.execute(() -> {
                            if (failure == null) {
                                answer.complete(value);
                            } else {
                                answer.completeExceptionally(failure);
                            }
                        }));
            });
            return answer;
        }

        @Override
        public CompletableFuture<SnapshotOffer> offer(long minIndex, String resumeId) {
            return pass(() -> given.offer(minIndex, resumeId));
        }

        @Override
        public CompletableFuture<byte[]> chunk(String snapshotId, long offset, int length) {
            return pass(() -> given.chunk(snapshotId, offset, length));
        }

        @Override
        public void close() {
            given.close();
        }
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
            public void follow(Term term, EntryFeed.Follower follower) {
                unfollow();
                Following following = new Following(from, term.leader(), follower);
                followings.put(from, following);
                lane.execute(following::open);
            }

            @Override
            public void unfollow() {
                SimulatedNetwork.this.unfollow(from);
            }

            @Override
            public void close() {
                unfollow();
            }
        };
    }

    private void unfollow(String follower) {
        Following last = followings.remove(follower);
        if (last != null) {
            last.over = true;
            last.end();
        }
    }

    /** One node that follows another, until it follows nobody or somebody else. */
    private final class Following implements EntryFeed.Follower {
        private final String self;
        private final String leader;
        private final EntryFeed.Follower follower;
        private EntryFeed source;
        private boolean over;

        Following(String self, String leader, EntryFeed.Follower follower) {
            this.self = self;
            this.leader = leader;
            this.follower = follower;
        }

        void open() {
            if (over || source != null) {
                return;
            }
            source = feeds.get(leader);
            if (source == null) {
                lose();
            } else {
                source.add(this);
            }
        }

        private void end() {
            if (source != null) {
                source.remove(this);
                source = null;
            }
        }

        void lose() {
            end();
            lane.schedule(FOLLOW_AGAIN_MILLIS, this::open);
        }

        @Override
        public void entry(long index, byte[] entry) {
            switch (tellingPlan.apply(leader, self)) {
                case DELIVER -> lane.execute(() -> tell(index, entry));
                case LATE -> lane.schedule(1 + world.random().nextInt(60), () -> tell(index, entry));
                case CUT -> lane.execute(this::lose);
                case SKIP -> {}
            }
        }

        private void tell(long index, byte[] entry) {
            if (!over) {
                follower.entry(index, toldBytes.apply(entry));
            }
        }
    }

    /** One batch on its way. */
    private final class Forward {
        private final String from;
        private final String to;
        private final Consumer<ForwardReply> reply;

        Forward(String from, String to, Consumer<ForwardReply> reply) {
            this.from = from;
            this.to = to;
            this.reply = reply;
            unanswered.add(this);
        }

        void answer(ForwardReply answer) {
            if (unanswered.remove(this)) {
                reply.accept(answer);
            }
        }
    }

    private void deliver(String from, Term term, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {
        onForward.accept(batch, timeoutMillis);
        Forward forward = new Forward(from, term.leader(), reply);
        PeerService peer = peers.get(term.leader());
        Fate fate = peer == null ? Fate.REFUSE : plan.apply(from, term.leader());
        switch (fate) {
            case DELIVER ->
                send(peer, term, batch, timeoutMillis, answer -> lane.execute(() -> forward.answer(answer)));
            case REFUSE -> forward.answer(ForwardReply.refused(ForwardReply.Kind.UNREACHABLE, "refused", 0));
            case LOSE_CALL -> forward.answer(UNKNOWN);
            case LOSE_ANSWER -> {
                send(peer, term, batch, timeoutMillis, answer -> {});
                lane.schedule(world.random().nextInt(30), () -> forward.answer(UNKNOWN));
            }
            case ARRIVE_LATE -> {
                late.add(() -> send(peer, term, batch, timeoutMillis, answer -> {}));
                forward.answer(UNKNOWN);
            }
            case CUT_BEFORE -> cutForwards(from, term.leader());
            case CUT_AFTER -> {
                send(peer, term, batch, timeoutMillis, answer -> {});
                cutForwards(from, term.leader());
            }
        }
    }

    private void cutForwards(String from, String to) {
        List.copyOf(unanswered).stream()
                .filter(forward -> forward.from.equals(from) && forward.to.equals(to))
                .forEach(forward -> forward.answer(UNKNOWN));
    }

    private static void send(
            PeerService peer, Term term, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {
        peer.forwarded(term.epoch(), batch, timeoutMillis, reply);
    }
}
