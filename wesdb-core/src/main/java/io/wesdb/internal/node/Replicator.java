package io.wesdb.internal.node;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.Role;
import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.EntryCodec;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.ReplicatedLog.BegunTerm;
import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.sqlite.ContentSnapshot;
import io.wesdb.internal.sqlite.EntryOutcome;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaPosition;
import io.wesdb.internal.sqlite.StorageException;
import io.wesdb.internal.truncation.Truncator;
import io.wesdb.internal.write.ForwardReply;
import io.wesdb.internal.write.PeerService;
import io.wesdb.internal.write.Sequencer;
import io.wesdb.internal.write.SequencerSettings;
import io.wesdb.internal.write.WriteGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replicating part of a node: one lane that owns the roles, the write gateway, the sequencer and the open file.
 * Everything that comes from outside (watches, elections, peers, answers, applied entries) is moved onto the lane first,
 * so nothing here needs a lock.
 *
 * <p><b>Serving.</b> A node serves as follower or leader while its file is sound and at the head (I9). A fault of the
 * file takes it out of service: {@link Recovery} makes it sound again, the log brings it to the present, and it serves
 * again by itself.
 *
 * <p><b>Taking over.</b> Elected → begin a term (the fence rises) → the head as of then → apply up to it → serve. The
 * election is a suggestion; if the term is lost to a newer one, this node steps down whatever the election says.
 */
final class Replicator implements PeerService {
    private static final Logger LOG = LoggerFactory.getLogger(Replicator.class);

    /** The pause before something that failed for want of the log is tried again. */
    private static final long RETRY_MILLIS = 100;

    private static final long READ_FIRST_MILLIS = 10_000;

    /** A node that has come to the head of its arrival serves if the head has not run away from it by more than this. */
    private static final int MAX_LAG_WHEN_READY = 1_000;

    /** How many bytes of entries that the leader told may wait for the lane (I12). */
    private static final long MAX_TOLD_BYTES = 8L * 1024 * 1024;

    /** A file that was found sound is not checked for the sake of a read for so long. */
    private static final long CHECK_FOR_READ_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Lane lane;
    private final Lane applierLane;
    private final Lane syncLane;
    /** Where the election is left, which may wait for ZooKeeper. */
    private final Lane leaving;

    private final ReplicatorParts parts;
    private final Environment env;
    private final ReplicatedLog log;
    private final Election election;
    private final String node;
    private final Sequencer sequencer;
    private final WriteGateway gateway;
    private final Recovery recovery;
    private final Verification verification;
    private final Maintenance maintenance;
    private final Truncator truncator;
    private final Handover handover;
    private final LeaderWatch leaderWatch;
    private final AtomicLong toldBytes = new AtomicLong();
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
    private long logFirst;
    private ReplicaPosition position = ReplicaPosition.START;
    private long lastAtHeadNanos;
    private long checkedForReadNanos;
    private @Nullable LocalReplica local;
    private CompletableFuture<Void> localClosed = CompletableFuture.completedFuture(null);
    private @Nullable Term term;
    private @Nullable BegunTerm begun;
    private @Nullable String fault;
    private volatile ReplicaState state;

    Replicator(ReplicatorParts parts) {
        this.parts = parts;
        this.env = parts.env();
        this.log = parts.cluster().log();
        this.election = parts.cluster().election();
        this.node = parts.node();
        this.lane = env.newLane("replicator");
        this.applierLane = env.newLane("applier");
        this.syncLane = env.newLane("sync");
        this.leaving = env.newLane("leaving");
        this.lastAtHeadNanos = env.clock().nanos();
        this.checkedForReadNanos = env.clock().nanos() - CHECK_FOR_READ_NANOS;
        this.sequencer = new Sequencer(
                lane,
                env.clock(),
                log,
                SequencerSettings.defaults(parts.writeSettings().maxPendingBytes()),
                this::hasRoom,
                this::digest,
                new FromSequencer());
        this.gateway = new WriteGateway(
                lane,
                env,
                log,
                new SessionId(env.randomLong(), env.randomLong()),
                node,
                parts.writeSettings(),
                sequencer,
                parts.peers(),
                this::reaches,
                0);
        this.verification = new Verification(lane, parts, gateway, this::digestAt, new FromVerification());
        this.maintenance = new Maintenance(lane, env, gateway, parts.optimizeInterval());
        List<FileUser> fileUsers = new ArrayList<>(parts.fileUsers());
        fileUsers.add(verification);
        this.recovery = new Recovery(lane, syncLane, parts, fileUsers, new FromRecovery());
        this.truncator = new Truncator(
                lane, env.clock(), log, parts.cluster().membership(), node, parts.truncationSettings(), this::syncFile);
        SignsOfLife signs =
                new SignsOfLife(lane, parts.leaderLines(), parts.cluster().membership());
        this.handover =
                new Handover(lane, env.clock(), node, election, parts.cluster().membership(), signs, sequencer);
        this.leaderWatch = new LeaderWatch(
                lane, node, parts.leaderLines(), election, parts.cluster().membership(), signs);
        gateway.refuse(notReady("it has not caught up yet"));
        this.state = newState();
    }

    /**
     * Opens the file, or comes by one, and begins to follow the log; the future completes when this node has applied
     * what was committed when it came.
     *
     * @param newAddress where this node's peers reach it
     */
    CompletableFuture<Void> start(String newAddress) {
        lane.execute(() -> {
            address = newAddress;
            recovery.open();
            readFirst();
        });
        verification.start();
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

    Verification verification() {
        return verification;
    }

    Handover handover() {
        return handover;
    }

    /** What is known now. Any thread. */
    ReplicaState state() {
        return state;
    }

    @Override
    public void forwarded(long epoch, EncodedBatch batch, long timeoutMillis, Consumer<ForwardReply> reply) {
        long deadlineNanos = env.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        lane.executeHere(() -> {
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
                leave(deadlineNanos);
            }
        });
        return closed;
    }

    /** Has somebody else lead if need be, and drains. */
    private void leave(long deadlineNanos) {
        BegunTerm notServed = begun;
        if (beginning && connected && env.clock().nanos() - deadlineNanos < 0) {
            lane.schedule(5, () -> leave(deadlineNanos)); // nobody else can tell whether that term has begun
        } else if (notServed != null && connected) {
            // Whoever is next in the election may be dead, and its session last.
            handover.succeed(notServed.term(), deadlineNanos).thenRun(() -> {
                leaveElection();
                drain(deadlineNanos);
            });
        } else {
            if (sequencer.term() == null) {
                leaveElection(); // elected while it drains, it would refuse to lead and hold up everyone
            }
            drain(deadlineNanos);
        }
    }

    private void drain(long deadlineNanos) {
        boolean drained = gateway.pendingWrites() == 0 && sequencer.idle();
        Term served = sequencer.term();
        if (!drained && serves() && env.clock().nanos() - deadlineNanos < 0) {
            lane.schedule(5, () -> drain(deadlineNanos));
        } else if (drained && connected && served != null) {
            handover.succeed(served, deadlineNanos).thenRun(this::end);
        } else {
            end();
        }
    }

    private void end() {
        sequencer.stop("the node is closing");
        gateway.endAll(WriteGateway.closed());
        handover.close(WriteGateway.closed());
        leaderWatch.stop();
        parts.peers().unfollow();
        leaving.execute(election::close); // the others need not wait until everything else here is closed
        truncator.stop();
        maintenance.follow();
        CompletableFuture.allOf(verification.close(), recovery.close(), closeLocal())
                .whenComplete((done, failure) -> closed.complete(null));
    }

    private boolean serves() {
        return StatusReport.serves(role);
    }

    private boolean hasRoom() {
        return local != null && local.tailer().hasRoom();
    }

    private OutcomeDigest digest() {
        return position.outcomes();
    }

    private OptionalLong digestAt(long index) {
        return local == null ? OptionalLong.empty() : local.digestAt(index);
    }

    /** The file is open: from its position on the log is followed. */
    private void opened(Replica replica) {
        if (local != null || closing || role == Role.HALTED) {
            applierLane.execute(replica::close);
            return;
        }
        LocalReplica opened = new LocalReplica(
                lane,
                applierLane,
                syncLane,
                log,
                replica,
                parts.applierSettings(),
                parts.appliedIndex(),
                parts.cutSnapshots(),
                new FromLocalReplica());
        local = opened;
        position = replica.position();
        durable = replica.durable();
        truncator.durable(durable);
        arrivalHead = Long.MAX_VALUE;
        if (role == Role.RECOVERING) {
            fault = null;
        }
        LOG.info("{} has opened its file at index {}", node, position.applied());
        opened.start();
        opened.tailer().headMoved(head);
        publish();
        gateway.jumped(position.applied());
        gateway.applied(List.of(), position.applied());
        readArrivalHead(opened);
    }

    private void readArrivalHead(LocalReplica arriving) {
        long applied = position.applied(); // what the leader tells may come before the answer
        log.head()
                .whenComplete((read, failure) -> lane.execute(() -> {
                    if (closing || local != arriving) {
                        return;
                    } else if (failure != null) {
                        LOG.warn("the log's head cannot be read, trying again: {}", failure.toString());
                        lane.schedule(RETRY_MILLIS, () -> readArrivalHead(arriving));
                    } else {
                        arrivalHead = read.index();
                        reaches(read.index());
                        if (!isAhead(applied, read)) {
                            becomeReady();
                        }
                    }
                }));
    }

    private void becomeReady() {
        boolean arrived = local != null && position.applied() >= arrivalHead;
        if (closing || serves() || role == Role.HALTED || !arrived || head - position.applied() > MAX_LAG_WHEN_READY) {
            return;
        }
        LOG.info("{} is ready at index {}", node, position.applied());
        role = Role.FOLLOWER;
        fault = null;
        recovery.arrived();
        publish();
        gateway.accept();
        ready.complete(null);
        election.start(new FromElection());
    }

    /** For status only. */
    private void readFirst() {
        if (closing) {
            return;
        }
        log.first()
                .whenComplete((read, failure) -> lane.execute(() -> {
                    if (failure == null) {
                        logFirst = read;
                        publish();
                    }
                    lane.schedule(READ_FIRST_MILLIS, this::readFirst);
                }));
    }

    private void syncFile() {
        if (local != null) {
            local.sync();
        }
    }

    /** A log that ends before what this node has applied is not the log that it has followed: a person must decide. */
    private boolean isAhead(long appliedBefore, Head read) {
        if (local == null || appliedBefore <= read.index()) {
            return false;
        }
        halt(Recovery.aheadOfTheLog(appliedBefore, read.index()));
        return true;
    }

    /** After a connection was lost the ensemble may be another, or have another state. */
    private void compareWithHead() {
        long applied = position.applied();
        log.head()
                .whenComplete((read, failure) -> lane.execute(() -> {
                    if (failure == null && !closing) {
                        boolean unused = isAhead(applied, read);
                    }
                }));
    }

    /** The log reaches at least to {@code index}. */
    private void reaches(long index) {
        head = Math.max(head, index);
        if (local != null) {
            local.tailer().headMoved(index);
        }
        publish();
    }

    /** A head that was read for somebody else. Any thread. */
    void headRead(long index) {
        if (index > state.applied()) {
            lane.execute(() -> reaches(index));
        }
    }

    /** The leader has told an entry. Any thread. */
    private void told(long index, byte[] entry) {
        if (!EntryCodec.isSound(entry, index)) {
            LOG.warn("{}: what the leader told of entry {} is damaged, and is left to the log", node, index);
            return;
        }
        log.fed();
        if (toldBytes.addAndGet(entry.length) > MAX_TOLD_BYTES) {
            toldBytes.addAndGet(-entry.length);
            lane.execute(() -> reaches(index)); // the lane does not keep up: it may fetch the entry when it does
            return;
        }
        lane.executeHere(() -> {
            toldBytes.addAndGet(-entry.length);
            head = Math.max(head, index);
            if (local != null) {
                local.tailer().told(index, entry);
            }
            publish();
        });
    }

    private void follow(Term changed) {
        if (closing || role == Role.HALTED || changed.leader().equals(node)) {
            parts.peers().unfollow();
        } else {
            parts.peers().follow(changed, this::told);
        }
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
        follow(changed);
        gateway.termChanged(changed);
        handover.termChanged(changed);
        if (!closing) {
            leaderWatch.termChanged(changed);
        }
        parts.leaderListeners().changed(changed);
    }

    private void beginTerm() {
        if (!elected || beginning || begun != null || sequencer.term() != null || closing || !serves()) {
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
                        begun = elected && serves() ? newTerm : null;
                        reaches(newTerm.head().index());
                        termChanged(newTerm.term());
                        if (begun != null && isOver(begun.term())) {
                            begun = null; // the answer was so long on its way
                            giveWay();
                        }
                        lead();
                    }
                }));
    }

    private boolean isOver(Term mine) {
        return term != null && term.epoch() > mine.epoch();
    }

    /** Serves the term that was begun, once this node has applied all that is older. */
    private void lead() {
        BegunTerm mine = begun;
        LocalReplica own = local;
        if (mine == null
                || own == null
                || !elected
                || closing
                || !serves()
                || position.applied() < mine.head().index()) {
            return;
        }
        begun = null;
        if (position.applied() > mine.head().index()) {
            // Either a newer term has appended, which this node may not know of yet, or the file is ahead of the log;
            // only a head that is read now can tell.
            compareWithHead();
            giveWay();
            return;
        }
        LOG.info(
                "{} leads term {} from index {}",
                node,
                mine.term().epoch(),
                mine.head().index() + 1);
        own.tailer().suspend();
        sequencer.lead(mine.term(), mine.head(), position.timeMillis(), position.logBytes());
        role = Role.LEADER;
        publish();
        gateway.leaderServes();
        handover.leads();
        truncator.lead(mine.term());
        verification.lead();
        maintenance.lead();
    }

    /** The election says that we lead and the log says that we do not: lets the others go first. */
    private void giveWay() {
        if (closing) {
            leaveElection();
        } else if (elected) {
            elected = false;
            election.resign();
        }
    }

    /** Until it serves again another node must lead. */
    private void leaveElection() {
        election.withdraw();
        elected = false;
        begun = null;
    }

    /** Stops serving and leading; the file stays as it is. */
    private void leaveService(Role newRole, String why) {
        LOG.warn("{} stops serving: {}", node, why);
        sequencer.stop(why);
        leaveElection();
        role = newRole;
        fault = why;
        gateway.refuse(closing ? WriteGateway.closed() : notReady("this node does not serve: " + why));
        publish();
    }

    /** Completes when nothing writes to the file that was open last. */
    private CompletableFuture<Void> closeLocal() {
        if (local != null) {
            localClosed = local.close();
            local = null;
        }
        return localClosed;
    }

    /** The file can be used no further now; trying again later may do. */
    private void reopenLater(String why) {
        if (!closing && role != Role.HALTED) {
            leaveService(Role.RECOVERING, why);
            closeLocal().thenRun(() -> lane.execute(() -> recovery.retryLater(why)));
        }
    }

    /** The file must go. */
    private void replace(Role whileReplacing, Replacement replacement) {
        if (!closing && role != Role.HALTED) {
            leaveService(role == Role.QUARANTINED ? role : whileReplacing, replacement.why());
            gateway.endAll(notReady("this node does not serve: " + replacement.why()));
            closeLocal().thenRun(() -> lane.execute(() -> recovery.replace(replacement)));
        }
    }

    /**
     * A read has met a fault of the storage. Of damage only SQLite's word in the middle of something speaks, so the file is checked as a
     * whole; but not again and again, for the sake of a query that fails on a sound file. Any thread.
     */
    void readFailed(StorageException fault) {
        if (fault.kind() != StorageException.Kind.DAMAGED) {
            return;
        }
        lane.execute(() -> {
            long now = env.clock().nanos();
            if (StatusReport.serves(role) && now - checkedForReadNanos >= CHECK_FOR_READ_NANOS) {
                checkedForReadNanos = now;
                LOG.warn("{}: a read has found damage: {}", node, fault.getMessage());
                replace(Role.RECOVERING, Replacement.ofDamagedFile(String.valueOf(fault.getMessage()), fault));
            }
        });
    }

    /** Ends this node for good but for its reads of status. On the lane. */
    void halt(String why) {
        if (role == Role.HALTED) {
            return;
        }
        LOG.error("{} halts: {}", node, why);
        leaveService(Role.HALTED, why);
        parts.peers().unfollow();
        gateway.endAll(notReady("this node has halted: " + why));
        ready.completeExceptionally(notReady(why));
        closeLocal();
    }

    private static NotDoneException notReady(String why) {
        return new NotDoneException(ErrorCode.NOT_READY, why, Duration.ofSeconds(1));
    }

    private void publish() {
        if (connected && local != null && position.applied() >= head) {
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
                fault,
                serves() ? null : recovery.progress(),
                verification.dispute(),
                logFirst);
    }

    private final class FromLog implements ReplicatedLog.Listener {
        @Override
        public void headMoved(Head moved) {
            lane.execute(() -> reaches(moved.index()));
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
                if (now && !connected) {
                    compareWithHead();
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
                elected = serves() && !closing;
                handover.elected();
                beginTerm();
            });
        }

        @Override
        public void revoked() {
            lane.execute(() -> {
                elected = false;
                begun = null;
                if (!handover.isLeaving()) {
                    sequencer.stop("the election was lost");
                }
            });
        }

        @Override
        public void asked(Election.Wish wish) {
            lane.execute(() -> {
                if (!closing) {
                    handover.asked(wish);
                }
            });
        }
    }

    private final class FromSequencer implements Sequencer.Listener {
        @Override
        public void committed(long index, byte[] entry) {
            head = Math.max(head, index);
            log.fed();
            if (local != null) {
                local.tailer().own(index, entry);
            }
            parts.feed().committed(index, entry);
            truncator.committed(index, EntryCodec.logBytes(entry));
        }

        @Override
        public void termLost(Term lost, String why) {
            LOG.info("{} no longer leads term {}: {}", node, lost.epoch(), why);
            if (role == Role.LEADER) {
                role = Role.FOLLOWER;
            }
            publish();
            truncator.stop();
            verification.follow();
            maintenance.follow();
            if (local != null) {
                local.tailer().resume();
            }
            giveWay();
        }
    }

    private final class FromLocalReplica implements LocalReplica.Listener {
        @Override
        public void applied(List<EntryOutcome> outcomes, ReplicaPosition newPosition) {
            position = newPosition;
            publish();
            if (local != null) {
                local.tailer().applied(newPosition.applied());
            }
            gateway.applied(outcomes, newPosition.applied());
            sequencer.applied();
            truncator.committed(newPosition.applied(), newPosition.logBytes());
            verification.applied(newPosition.applied());
            maintenance.applied(outcomes);
            becomeReady();
            lead();
        }

        @Override
        public void durable(long index) {
            durable = index;
            publish();
            truncator.durable(index);
        }

        @Override
        public void failed(String why, Throwable cause) {
            LOG.error("{}: applying failed", node, cause);
            if (!(cause instanceof StorageException fault)) {
                halt(why);
                return;
            }
            switch (fault.kind()) {
                case RETRY -> reopenLater(why);
                case DAMAGED -> replace(Role.RECOVERING, Replacement.ofDamagedFile(why, fault));
                default -> halt(why);
            }
        }

        @Override
        public void entryMissing(long index) {
            replace(
                    Role.RECOVERING,
                    Replacement.ofOldFile("it was away too long: entry " + index + " has left the log"));
        }

        @Override
        public void entryDamaged(long index, String why) {
            halt("this node cannot catch up from the log: entry " + index + ": " + why);
        }

        @Override
        public void outcomesDiffer(long index, long own, long leaders) {
            verification.outcomesDiffer(index, own, leaders);
        }

        @Override
        public void statisticsChanged() {
            parts.readersToRenew().run();
        }

        @Override
        public void contentSnapshot(ContentSnapshot snapshot) {
            LocalReplica of = local;
            verification.contentSnapshot(snapshot, damage -> {
                if (of != null && of == local) { // or the file that was damaged is not in use any more
                    replace(Role.RECOVERING, Replacement.ofDamagedFile(String.valueOf(damage.getMessage()), damage));
                }
            });
        }
    }

    private final class FromRecovery implements Recovery.Listener {
        @Override
        public void opened(Replica replica) {
            Replicator.this.opened(replica);
        }

        @Override
        public void replaced(long index) {
            checkedForReadNanos = env.clock().nanos() - CHECK_FOR_READ_NANOS; // that was another file
            verification.replaced(index);
        }

        @Override
        public void letGo() {
            durable = 0; // what the file that comes needs of the log is not known yet
            publish();
        }

        @Override
        public void progressed() {
            publish();
        }

        @Override
        public void hopeless(String why) {
            halt(why);
        }
    }

    private final class FromVerification implements Verification.Listener {
        @Override
        public void diverged(String why, Set<String> healthy) {
            replace(Role.QUARANTINED, Replacement.ofDivergedFile(why, healthy));
        }

        @Override
        public void disputeChanged() {
            publish();
        }
    }
}
