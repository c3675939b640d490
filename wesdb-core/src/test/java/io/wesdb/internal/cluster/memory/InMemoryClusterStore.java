package io.wesdb.internal.cluster.memory;

import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.cluster.NewCluster;
import io.wesdb.internal.cluster.RegisteredNode;
import io.wesdb.internal.cluster.Reports;
import io.wesdb.internal.log.LogUnavailableException;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.memory.Faults;
import io.wesdb.internal.log.memory.InMemoryLog;
import io.wesdb.internal.log.memory.InMemoryLogStore;
import io.wesdb.internal.log.memory.SerialExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Everything that the nodes of a cluster share, in memory. Candidates queue in the order of their coming and the first is
 * elected; {@link #expire} ends a node's session without the node noticing, {@link #notice} lets it.
 *
 * <p>Thread safe; listeners run on a serial executor over the one given.
 */
public final class InMemoryClusterStore implements SharedStore {
    private final InMemoryLogStore logs;
    private final SerialExecutor serial;
    private final ClusterConfig config;
    private final InMemoryReports reports;
    private final Map<String, Member> members = new TreeMap<>();
    private final Map<String, RegisteredNode> register = new TreeMap<>();
    private final List<InMemoryElection> candidates = new ArrayList<>();
    private final Map<String, InMemoryElection> elections = new LinkedHashMap<>();
    private long nextPlace;
    /** Whether the answer to what was just done to the election is lost. */
    public BooleanSupplier losesAnswer = () -> false;

    private int wishes;
    private Election.Wish wish;

    public InMemoryClusterStore(ClusterConfig config) {
        this(config, Runnable::run);
    }

    public InMemoryClusterStore(ClusterConfig config, Executor executor) {
        this(NewCluster.empty(config), executor);
    }

    public InMemoryClusterStore(NewCluster cluster, Executor executor) {
        this.config = cluster.config();
        this.logs = new InMemoryLogStore(executor, config.baseIndex(), cluster.baseEpoch());
        this.serial = new SerialExecutor(executor);
        this.reports = new InMemoryReports(serial);
    }

    public InMemoryLogStore logs() {
        return logs;
    }

    /** What drives the connection of {@code node} to the log. */
    @Override
    public Faults faults(String node) {
        return logs.faults(node);
    }

    public InMemoryReports reports() {
        return reports;
    }

    @Override
    public long first() {
        return logs.firstNow();
    }

    @Override
    public int entries() {
        return logs.sizeNow();
    }

    @Override
    public void onCommit(BiConsumer<Long, byte[]> listener) {
        logs.onCommit = listener;
    }

    /** A new session of {@code node}. */
    public synchronized Cluster cluster(String node) {
        InMemoryLog log = logs.log(node);
        InMemoryElection election = new InMemoryElection(node, log);
        elections.put(node, election);
        return new InMemoryCluster(log, election, new InMemoryMembership(log), reports.connect(node));
    }

    /** The session of {@code node} ends for everyone else: it is absent, and the next candidate is elected. */
    @Override
    public void expire(String node) {
        InMemoryElection election;
        synchronized (this) {
            members.remove(node);
            election = elections.get(node);
        }
        serial.execute(() -> dequeue(election));
    }

    /** The process of {@code node} is gone: its place lasts as long as its session, and it takes no other. */
    @Override
    public void die(String node) {
        InMemoryElection election;
        synchronized (this) {
            election = elections.get(node);
        }
        election.closed = true;
    }

    /** The node whose session expired learns of it, and is a candidate again, the last one. */
    @Override
    public void notice(String node) {
        InMemoryElection election;
        synchronized (this) {
            election = elections.get(node);
        }
        serial.execute(() -> {
            if (candidates.contains(election)) {
                return; // it has resigned meanwhile, and queued up anew
            }
            election.tell(false);
            enqueue(election);
        });
    }

    /** Takes {@code node} off the register though it may be present. */
    public synchronized void strike(String node) {
        register.remove(node);
    }

    @Override
    public void losesAnswer(BooleanSupplier loses) {
        losesAnswer = loses;
    }

    private void enqueue(InMemoryElection election) {
        if (election.listener != null && !election.withdrawn && !election.closed && !candidates.contains(election)) {
            election.place = "place-" + nextPlace++;
            candidates.add(election);
            candidates.get(0).tell(true);
        }
    }

    /** The place of {@code node} in the election is removed by mistake, if there is another candidate. */
    @Override
    public void loseElection(String node) {
        serial.execute(() -> {
            InMemoryElection election = elections.get(node);
            if (candidates.size() > 1 && candidates.contains(election)) {
                lose(election);
            }
        });
    }

    /** A leader does not notice; any other queues up anew. */
    private void lose(InMemoryElection election) {
        dequeue(election);
        if (!election.leading) {
            enqueue(election);
        }
    }

    private void lose(String place) {
        candidates.stream()
                .filter(election -> election.place.equals(place))
                .findFirst()
                .ifPresent(this::lose);
    }

    private Void answer() {
        if (losesAnswer.getAsBoolean()) {
            throw new LogUnavailableException("the answer was lost", null);
        }
        return null;
    }

    private void tellWish() {
        Election.Wish told = wish;
        if (told != null) {
            elections.values().stream()
                    .filter(election -> election.listener != null && !election.closed)
                    .forEach(election -> election.listener.asked(told));
        }
    }

    /** All are told the last wish once more, as after a reconnection. */
    @Override
    public void repeatWish() {
        serial.execute(this::tellWish);
    }

    /** One atomic step, later, if the connection is there. */
    private <T> CompletableFuture<T> request(InMemoryLog log, Supplier<T> step) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        serial.execute(() -> {
            try {
                if (!log.connected()) {
                    throw new LogUnavailableException("the answer was lost", null);
                }
                T value;
                synchronized (this) {
                    value = step.get();
                }
                answer.complete(value);
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private void dequeue(InMemoryElection election) {
        candidates.remove(election);
        if (!candidates.isEmpty()) {
            candidates.get(0).tell(true);
        }
    }

    private final class InMemoryCluster implements Cluster {
        private final InMemoryLog log;
        private final Election election;
        private final Membership membership;
        private final Reports reports;

        InMemoryCluster(InMemoryLog log, Election election, Membership membership, Reports reports) {
            this.log = log;
            this.election = election;
            this.membership = membership;
            this.reports = reports;
        }

        @Override
        public ClusterConfig config() {
            return config;
        }

        @Override
        public ReplicatedLog log() {
            return log;
        }

        @Override
        public Election election() {
            return election;
        }

        @Override
        public Membership membership() {
            return membership;
        }

        @Override
        public Reports reports() {
            return reports;
        }

        @Override
        public void close() {
            election.close();
            reports.close();
            membership.close();
            log.close();
        }
    }

    private final class InMemoryElection implements Election {
        private final String node;
        private final InMemoryLog log;
        private Listener listener;
        private String place = "";
        private boolean leading;
        private boolean withdrawn;
        private volatile boolean closed;

        InMemoryElection(String node, InMemoryLog log) {
            this.node = node;
            this.log = log;
        }

        private Candidate candidate() {
            Member member = members.get(node);
            return new Candidate(place, node, member == null ? "" : member.incarnation());
        }

        @Override
        public CompletableFuture<List<Candidate>> candidates() {
            return request(
                    log,
                    () -> candidates.stream().map(InMemoryElection::candidate).toList());
        }

        @Override
        public CompletableFuture<Boolean> handOver(Candidate successor, long epoch) {
            return request(log, () -> {
                if (logs.isOver(epoch)) {
                    return false;
                }
                List<InMemoryElection> before = new ArrayList<>();
                for (InMemoryElection each : candidates) {
                    if (each.place.equals(successor.place())) {
                        candidates.removeAll(before);
                        each.tell(true);
                        boolean lost = losesAnswer.getAsBoolean();
                        if (!lost) {
                            tell(false); // else it does not notice that its place is gone
                        }
                        before.stream().filter(other -> other != this).forEach(InMemoryClusterStore.this::enqueue);
                        if (lost) {
                            throw new LogUnavailableException("the answer was lost", null);
                        }
                        enqueue(this);
                        return true;
                    }
                    before.add(each);
                }
                return false;
            });
        }

        @Override
        public CompletableFuture<Void> remove(Candidate dead, long epoch) {
            return request(log, () -> {
                if (!logs.isOver(epoch)) {
                    lose(dead.place());
                }
                return answer();
            });
        }

        @Override
        public CompletableFuture<Void> ask(Wish wish) {
            return request(log, () -> {
                InMemoryClusterStore.this.wish = new Wish(wish.epoch(), wish.successor(), wishes++);
                tellWish();
                return answer();
            });
        }

        @Override
        public CompletableFuture<Void> settle(Wish settled) {
            return request(log, () -> {
                if (settled.equals(wish)) {
                    wish = null;
                }
                return answer();
            });
        }

        @Override
        public void start(Listener newListener) {
            serial.execute(() -> {
                listener = newListener;
                withdrawn = false;
                enqueue(this);
            });
        }

        private void tell(boolean leads) {
            if (leads != leading && !closed) {
                leading = leads;
                if (leads) {
                    listener.elected();
                } else {
                    listener.revoked();
                }
            }
        }

        @Override
        public void resign() {
            serial.execute(() -> {
                candidates.remove(this);
                tell(false);
                if (!candidates.isEmpty()) {
                    candidates.get(0).tell(true);
                }
                enqueue(this);
            });
        }

        @Override
        public void withdraw() {
            serial.execute(() -> {
                boolean led = leading;
                withdrawn = true;
                candidates.remove(this);
                tell(false);
                if (led && !candidates.isEmpty()) {
                    candidates.get(0).tell(true);
                }
            });
        }

        @Override
        public void close() {
            closed = true;
            serial.execute(() -> dequeue(this));
        }

        @Override
        public String toString() {
            return "candidate " + node;
        }
    }

    private final class InMemoryMembership implements Membership {
        private final InMemoryLog log;
        private Member self;

        InMemoryMembership(InMemoryLog log) {
            this.log = log;
        }

        /** Does not wait: nothing leaves in the meantime. */
        @Override
        public void join(Member newSelf, String predecessor, Duration timeout) {
            synchronized (InMemoryClusterStore.this) {
                Member present = members.get(newSelf.node());
                if (present != null
                        && !present.incarnation().equals(newSelf.incarnation())
                        && !present.incarnation().equals(predecessor)) {
                    throw new NodeIdTakenException("another node with the id '" + newSelf.node() + "' is present");
                }
                self = newSelf;
                register.remove(self.node()); // its first entry clears all marks
                publish();
            }
        }

        private void publish() {
            members.put(self.node(), self);
            RegisteredNode present = RegisteredNode.present(self.node(), self.durable());
            RegisteredNode known = register.get(self.node());
            if (known == null || known.durable() != present.durable() || known.absentSinceMillis() != 0) {
                register.put(self.node(), present);
            }
        }

        @Override
        public void update(Member newSelf) {
            synchronized (InMemoryClusterStore.this) {
                if (self != null) {
                    self = newSelf;
                    publish();
                }
            }
        }

        @Override
        public List<Member> members() {
            synchronized (InMemoryClusterStore.this) {
                return List.copyOf(members.values());
            }
        }

        @Override
        public CompletableFuture<List<RegisteredNode>> registered() {
            return request(log, () -> List.copyOf(register.values()));
        }

        @Override
        public CompletableFuture<Boolean> mark(RegisteredNode seen, RegisteredNode marked) {
            return request(log, () -> register.replace(seen.node(), seen, marked));
        }

        @Override
        public CompletableFuture<Void> remove(String node) {
            return request(log, () -> {
                if (members.containsKey(node)) {
                    throw new NodePresentException(node);
                } else if (register.remove(node) == null) {
                    throw new UnknownNodeException(node);
                }
                return null;
            });
        }

        @Override
        public void close() {
            synchronized (InMemoryClusterStore.this) {
                Member present = self == null ? null : members.get(self.node());
                if (present != null && present.incarnation().equals(self.incarnation())) {
                    members.remove(self.node());
                }
                self = null;
            }
        }
    }
}
