package io.wesdb.internal.node;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.Role;
import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.LogTailer;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.ReplicatedLog.BegunTerm;
import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.read.AppliedIndex;
import io.wesdb.internal.sqlite.Applier;
import io.wesdb.internal.sqlite.ApplierSettings;
import io.wesdb.internal.sqlite.ContentSnapshot;
import io.wesdb.internal.sqlite.EntryOutcome;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaPosition;
import io.wesdb.internal.write.ForwardReply;
import io.wesdb.internal.write.LeaderClient;
import io.wesdb.internal.write.PeerService;
import io.wesdb.internal.write.Sequencer;
import io.wesdb.internal.write.SequencerSettings;
import io.wesdb.internal.write.WriteGateway;
import io.wesdb.internal.write.WriteSettings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicating part of a node: one lane that owns the roles, the write gateway, the sequencer and the tailer, and
 * beside it the applier's lane. Everything that comes from outside (watches, elections, peers, answers, applied entries) is moved onto the lane first,
 * so nothing here needs a lock.
 *
 * <p><b>Taking over.</b> Elected → begin a term (the fence rises) → the head as of then → apply up to it → serve. The
 * election is a suggestion; if the term is lost to a newer one, this node steps down whatever the election says.
 */
final class Replicator implements PeerService {
    private static final Logger LOG = LoggerFactory.getLogger(Replicator.class);

    /** The pause before something that failed for want of the log is tried again. */
    private static final long RETRY_MILLIS = 100;

    /** How many entries may be fetched ahead of the applied one. */
    private static final int MAX_AHEAD = 256;

    /** And how many bytes, as far as can be foreseen. */
    private static final long MAX_AHEAD_BYTES = 64L * 1024 * 1024;

    private final Lane lane;
    /** Where the election is left, which may wait for ZooKeeper. */
    private final Lane leaving;

    private final Environment env;
    private final ReplicatedLog log;
    private final Election election;
    private final String node;
    private final AppliedIndex appliedIndex;
    private final LeaderListeners leaderListeners;
    private final Applier applier;
    private final Sequencer sequencer;
    private final WriteGateway gateway;
    private final LogTailer tailer;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    private String address = "";
    private Role role = Role.RECOVERING;
    private boolean connected;
    private boolean elected;
    private boolean beginning;
    private boolean closing;
    private long head;
    private long arrivalHead = Long.MAX_VALUE;
    private long durable;
    private ReplicaPosition position;
    private long lastAtHeadNanos;
    private @Nullable Term term;
    private @Nullable BegunTerm begun;
    private @Nullable String fault;
    private volatile ReplicaState state;

    Replicator(
            Environment env,
            ReplicatedLog log,
            Election election,
            String node,
            Replica replica,
            AppliedIndex appliedIndex,
            LeaderListeners leaderListeners,
            WriteSettings writeSettings,
            LeaderClient peers) {
        this.lane = env.newLane("replicator");
        this.env = env;
        this.log = log;
        this.election = election;
        this.node = node;
        this.appliedIndex = appliedIndex;
        this.leaderListeners = leaderListeners;
        this.position = replica.position();
        this.durable = position.applied();
        this.lastAtHeadNanos = env.clock().nanos();
        this.applier = new Applier(
                env.newLane("applier"), env.newLane("sync"), replica, ApplierSettings.defaults(), new FromApplier());
        this.tailer = new LogTailer(
                lane, log, new FromTailer(), position.applied(), MAX_AHEAD, MAX_AHEAD_BYTES, RETRY_MILLIS);
        this.sequencer = new Sequencer(
                lane,
                env.clock(),
                log,
                SequencerSettings.defaults(writeSettings.maxPendingBytes()),
                tailer::hasRoom,
                () -> position.outcomes(),
                new FromSequencer());
        SessionId session = new SessionId(env.randomLong(), env.randomLong());
        this.gateway = new WriteGateway(
                lane, env, log, session, node, writeSettings, sequencer, peers, this::reaches, position.applied());
        this.leaving = env.newLane("leaving");
        this.state = newState();
    }

    /**
     * Begins to follow the log; the future completes when this node has applied what was committed when it came.
     *
     * @param newAddress where this node's peers reach it
     */
    CompletableFuture<Void> start(String newAddress) {
        applier.start();
        lane.execute(() -> {
            address = newAddress;
            readArrivalHead();
        });
        log.start(new FromLog());
        return ready;
    }

    /** Completes when nothing of this node writes to its file any more. */
    CompletableFuture<Void> closed() {
        return closed;
    }

    WriteGateway gateway() {
        return gateway;
    }

    /** What is known now. Any thread. */
    ReplicaState state() {
        return state;
    }

    @Override
    public void forwarded(long epoch, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {
        long deadlineNanos = env.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        lane.execute(() -> {
            if (closing) {
                // Our own callers' writes are still drained; others' find the next leader.
                reply.accept(ForwardReply.refused(ForwardReply.Kind.NOT_LEADER, "the leader is closing", 0));
            } else {
                sequencer.submit(epoch, batch, deadlineNanos, reply);
            }
        });
    }

    /**
     * Ends it: no more writes are taken, those under way may end within {@code drainMillis}, then everything pending is
     * ended. The future completes when the database file is closed; a second call gives the same one.
     */
    CompletableFuture<Void> close(long drainMillis) {
        gateway.refuse(WriteGateway.closed());
        long deadlineNanos = env.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(drainMillis);
        lane.execute(() -> {
            if (!closing) {
                closing = true;
                drain(deadlineNanos);
            }
        });
        return closed;
    }

    private void drain(long deadlineNanos) {
        boolean drained = gateway.pendingWrites() == 0 && sequencer.idle();
        if (!drained && role != Role.HALTED && env.clock().nanos() - deadlineNanos < 0) {
            lane.schedule(5, () -> drain(deadlineNanos));
            return;
        }
        sequencer.stop("the node is closing");
        tailer.stop();
        gateway.endAll(WriteGateway.closed());
        leaving.execute(election::close); // the others need not wait until everything else here is closed
        applier.close().thenRun(() -> closed.complete(null));
    }

    private void readArrivalHead() {
        log.head()
                .whenComplete((read, failure) -> lane.execute(() -> {
                    if (closing) {
                        return;
                    } else if (failure != null) {
                        LOG.warn("the log's head cannot be read, trying again: {}", failure.toString());
                        lane.schedule(RETRY_MILLIS, this::readArrivalHead);
                    } else if (read.index() < position.applied()) {
                        halt("this node's file is ahead of the log: it has applied " + position.applied()
                                + ", the log ends at " + read.index());
                    } else {
                        arrivalHead = read.index();
                        headMoved(read);
                        becomeReady();
                    }
                }));
    }

    private void becomeReady() {
        if (role == Role.RECOVERING && position.applied() >= arrivalHead) {
            LOG.info("{} is ready at index {}", node, position.applied());
            role = Role.FOLLOWER;
            publish();
            ready.complete(null);
            election.start(new FromElection());
        }
    }

    private void headMoved(Head moved) {
        reaches(moved.index());
    }

    /** The log reaches at least to {@code index}. */
    private void reaches(long index) {
        head = Math.max(head, index);
        tailer.headMoved(index);
        publish();
    }

    private void termChanged(Term changed) {
        if (term != null && changed.epoch() <= term.epoch()) {
            return;
        }
        term = changed;
        Term serving = sequencer.term();
        if (serving != null && serving.epoch() < changed.epoch()) {
            sequencer.stop("term " + changed.epoch() + " of " + changed.leader() + " began");
        }
        if (begun != null && begun.term().epoch() < changed.epoch()) {
            begun = null;
            giveWay();
        }
        LOG.info("{}: term {} is led by {}", node, changed.epoch(), changed.leader());
        publish();
        gateway.termChanged(changed);
        leaderListeners.changed(changed);
    }

    private void beginTerm() {
        if (!elected || beginning || begun != null || sequencer.term() != null || closing || role == Role.HALTED) {
            return;
        }
        beginning = true;
        log.beginTerm(node, address)
                .whenComplete((newTerm, failure) -> lane.execute(() -> {
                    beginning = false;
                    if (failure != null) {
                        LOG.warn("{}: a term could not be begun, trying again: {}", node, failure.toString());
                        lane.schedule(RETRY_MILLIS, this::beginTerm);
                    } else {
                        begun = elected && !closing && role != Role.HALTED ? newTerm : null;
                        headMoved(newTerm.head());
                        termChanged(newTerm.term());
                        lead();
                    }
                }));
    }

    /** Serves the term that was begun, once this node has applied all that is older. */
    private void lead() {
        BegunTerm mine = begun;
        if (mine == null
                || !elected
                || closing
                || role == Role.HALTED
                || position.applied() < mine.head().index()) {
            return;
        }
        begun = null;
        if (term != null && term.epoch() > mine.term().epoch()) {
            // The answer was so long on its way that the term is over already.
            giveWay();
            return;
        }
        LOG.info(
                "{} leads term {} from index {}",
                node,
                mine.term().epoch(),
                mine.head().index() + 1);
        tailer.suspend();
        sequencer.lead(mine.term(), mine.head(), position.timeMillis(), position.logBytes());
        role = Role.LEADER;
        publish();
        gateway.leaderServes();
    }

    /** The election says that we lead and the log says that we do not: lets the others go first. */
    private void giveWay() {
        if (elected && !closing) {
            elected = false;
            election.resign();
        }
    }

    /** Ends this node for good but for its reads of status. On the lane. */
    void halt(String why) {
        if (role == Role.HALTED) {
            return;
        }
        LOG.error("{} halts: {}", node, why);
        fault = why;
        role = Role.HALTED;
        elected = false;
        begun = null;
        sequencer.stop(why);
        tailer.stop();
        gateway.endAll(notReady("this node has halted: " + why));
        publish();
        ready.completeExceptionally(notReady(why));
        leaving.execute(election::close); // another node must lead
    }

    private static NotDoneException notReady(String why) {
        return new NotDoneException(ErrorCode.NOT_READY, why, Duration.ofSeconds(1));
    }

    private void publish() {
        if (connected && position.applied() >= head) {
            lastAtHeadNanos = env.clock().nanos();
        }
        state = newState();
    }

    private ReplicaState newState() {
        return new ReplicaState(
                role,
                term,
                Math.max(head, position.applied()),
                position.applied(),
                durable,
                connected,
                lastAtHeadNanos,
                fault);
    }

    private final class FromLog implements ReplicatedLog.Listener {
        @Override
        public void headMoved(Head moved) {
            lane.execute(() -> Replicator.this.headMoved(moved));
        }

        @Override
        public void termChanged(Term changed) {
            lane.execute(() -> Replicator.this.termChanged(changed));
        }

        @Override
        public void connectionChanged(boolean now) {
            lane.execute(() -> {
                if (connected && !now) {
                    lastAtHeadNanos = position.applied() >= head ? env.clock().nanos() : lastAtHeadNanos;
                }
                connected = now;
                publish();
            });
        }
    }

    private final class FromElection implements Election.Listener {
        @Override
        public void elected() {
            lane.execute(() -> {
                elected = role != Role.HALTED;
                beginTerm();
            });
        }

        @Override
        public void revoked() {
            lane.execute(() -> {
                elected = false;
                begun = null;
                sequencer.stop("the election was lost");
            });
        }
    }

    private final class FromSequencer implements Sequencer.Listener {
        @Override
        public void committed(long index, byte[] entry) {
            head = Math.max(head, index);
            tailer.own(index, entry);
        }

        @Override
        public void termLost(Term lost, String why) {
            LOG.info("{} no longer leads term {}: {}", node, lost.epoch(), why);
            if (role == Role.LEADER) {
                role = Role.FOLLOWER;
            }
            publish();
            tailer.resume();
            giveWay();
        }
    }

    private final class FromTailer implements LogTailer.Sink {
        @Override
        public void entry(long index, byte[] entry) {
            applier.add(index, entry);
        }

        @Override
        public void unreadable(long index, String why) {
            halt("this node cannot catch up from the log: entry " + index + ": " + why);
        }
    }

    private final class FromApplier implements Applier.Listener {
        @Override
        public void applied(List<EntryOutcome> outcomes, ReplicaPosition newPosition) {
            appliedIndex.advance(newPosition.applied());
            lane.execute(() -> {
                position = newPosition;
                publish();
                tailer.applied(newPosition.applied());
                gateway.applied(outcomes, newPosition.applied());
                sequencer.applied();
                becomeReady();
                lead();
            });
        }

        @Override
        public void durable(long index) {
            lane.execute(() -> {
                durable = index;
                publish();
            });
        }

        @Override
        public void outcomesDiffer(long index, long own, long leaders) {
            LOG.error("{}: the outcomes up to index {} are not the leader's", node, index);
        }

        @Override
        public void contentSnapshot(ContentSnapshot snapshot) {
            snapshot.close();
        }

        @Override
        public void halted(String why, Throwable cause) {
            LOG.error("{}: applying failed", node, cause);
            lane.execute(() -> halt(why));
        }
    }
}
