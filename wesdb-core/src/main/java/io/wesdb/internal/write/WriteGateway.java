package io.wesdb.internal.write;

import io.wesdb.ClosedException;
import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.WesDbException;
import io.wesdb.WriteResult;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.BatchCodec;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.sqlite.BatchOutcome;
import io.wesdb.internal.sqlite.EntryOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where every write of this node's callers enters, whoever leads.
 *
 * <p>Writes gather into batches, which go to the leader: to this node's own {@link Sequencer} or through the
 * {@link LeaderClient}. <b>The outcome never travels back.</b> It arises when this node's own replica executes the
 * batch, which is also why the next query on this node sees the write. A leader's answer only says whether a batch is on
 * its way.
 *
 * <p><b>Admission and turns.</b> {@link Admission} says which writes may be pending, {@link FairQueue} which go next, {@link
 * DrainTime} when somebody who was refused may come again. Writes of one caller come into the log in their order.
 *
 * <p><b>At most once (I5).</b> Batches are numbered within this node's session, and a replica skips a batch whose number is
 * not above the last one it executed for the session. So repeating a batch is always safe.
 *
 * <p><b>Never guessed (I6).</b> A batch whose sending was not refused for certain stays until one of these decides it:
 *
 * <ul>
 *   <li>this node's replica executes it: done;
 *   <li>the replica executes a batch of this session with a higher number: this one never can be, by the numbering;
 *   <li>a newer term began, the head was read after that, and the replica has come to that head without meeting it:
 *       it never can be, by the fence.
 * </ul>
 *
 * <p>In the latter two cases its commands are batched anew. A caller whose deadline passes before that is told {@link OutcomeUnknownException}; one
 * whose command was never sent is told {@link NotDoneException}.
 *
 * <p>{@link #submit} may be called from any thread; everything else is owned by the replicator lane.
 */
public final class WriteGateway {
    /** So many who wait need not wait for more. */
    private static final int LARGE_GROUP = 256;

    private final Lane lane;
    private final Environment env;
    private final ReplicatedLog log;
    private final SessionId session;
    private final String self;
    private final WriteSettings settings;
    private final Sequencer sequencer;
    private final LeaderClient peers;
    private final LongConsumer committedAt;

    private final Admission admission;
    private final DrainTime drainTime;
    private final Queue<PendingWrite> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger inInbox = new AtomicInteger();
    /** With so many in the inbox the lane has something to do; before, it would look at each for nothing. */
    private volatile int wakeAt = 1;

    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    /** Why no more writes are taken. */
    private volatile @Nullable WesDbException refusal;
    /** Why those that were taken are not sent either. */
    private volatile @Nullable WesDbException end;

    private final FairQueue waiting = new FairQueue();
    private final Regrouping regrouping = new Regrouping();
    private final TreeMap<Long, SentBatch> sent = new TreeMap<>();
    private long nextSequence = 1;
    private @Nullable Term term;
    private long applied;
    private long fenceEpoch;
    private long fenceIndex;
    private boolean readingFence;
    private boolean paused;
    private long sentBytes;
    private boolean ticking;

    /**
     * @param committedAt told the index of each batch that a leader has committed, often before the log's watch tells
     * @param applied the index that this node has applied already
     */
    public WriteGateway(
            Lane lane,
            Environment env,
            ReplicatedLog log,
            SessionId session,
            String self,
            WriteSettings settings,
            Sequencer sequencer,
            LeaderClient peers,
            LongConsumer committedAt,
            long applied) {
        this.lane = lane;
        this.env = env;
        this.drainTime = new DrainTime(env.clock().nanos());
        this.log = log;
        this.session = session;
        this.self = self;
        this.settings = settings;
        this.admission = new Admission(settings.maxPendingWrites(), settings.maxPendingBytes());
        this.sequencer = sequencer;
        this.peers = peers;
        this.committedAt = committedAt;
        this.applied = applied;
    }

    /** Why a write of this caller would be refused now, or null; for a look before any work is put into it. Any thread. */
    public @Nullable WesDbException refusal(Caller caller) {
        WesDbException refused = refusal;
        if (refused != null) {
            return refused;
        }
        Admission.Excess excess = admission.excess(caller);
        return excess == null ? null : overloaded(excess);
    }

    /**
     * Takes a command. The future is completed on the replicator lane: whoever hangs work of callers on it must move that
     * to another thread.
     *
     * @param caller whose writes keep their order, and who takes turns with the others
     * @param command as {@link BatchCodec#encodeCommand} wrote it
     * @param alone whether it needs an entry to itself
     */
    public CompletableFuture<WriteResult> submit(Caller caller, byte[] command, boolean alone, long deadlineNanos) {
        PendingWrite write = new PendingWrite(caller, command, alone, deadlineNanos);
        WesDbException refused = refusal;
        if (refused != null) {
            write.future.completeExceptionally(refused);
            return write.future;
        }
        Admission.Excess excess = admission.enter(caller, command.length);
        if (excess != null) {
            write.future.completeExceptionally(overloaded(excess));
            return write.future;
        }
        write.future.whenComplete((result, failure) -> admission.leave(caller, command.length));
        inbox.add(write);
        if (inInbox.incrementAndGet() >= wakeAt) {
            scheduleDrain();
        }
        WesDbException endedSince = end;
        if (endedSince != null && inbox.remove(write)) {
            // The lane may have ended between the two looks, and nobody would empty the inbox any more.
            inInbox.decrementAndGet();
            write.future.completeExceptionally(endedSince);
        }
        return write.future;
    }

    /** How many writes have not ended yet. Any thread. */
    public int pendingWrites() {
        return admission.pending();
    }

    /** Refuses every further write with {@code reason}; pending ones go on. Any thread. */
    public void refuse(WesDbException reason) {
        refusal = reason;
    }

    /** Takes writes again. Any thread. */
    public void accept() {
        end = null;
        refusal = null;
    }

    /** Ends every pending write: those never sent with {@code reason}, the others as unknown. */
    public void endAll(WesDbException reason) {
        refuse(reason);
        end = reason;
        drainInbox();
        waiting.removeAll().forEach(write -> write.future.completeExceptionally(reason));
        List<SentBatch> undecided = List.copyOf(sent.values());
        undecided.forEach(batch ->
                fail(batch, new OutcomeUnknownException("the write was sent, and then: " + reason.getMessage())));
    }

    /** A newer term began, led by this node or another. */
    public void termChanged(Term newTerm) {
        if (term != null && newTerm.epoch() <= term.epoch()) {
            return;
        }
        term = newTerm;
        paused = false;
        readFence();
        pump();
    }

    /** This node itself now serves the term that it has announced: what waited for that need not wait for its retry. */
    public void leaderServes() {
        resume();
    }

    /** This node's replica has executed entries. */
    public void applied(List<EntryOutcome> entries, long newApplied) {
        drainInbox(); // what came before they ended does not count as coming back
        int ended = 0;
        for (EntryOutcome entry : entries) {
            for (BatchOutcome batch : entry.batches()) {
                if (batch.session().equals(session)) {
                    ended += executed(entry.index(), batch);
                }
            }
        }
        applied = Math.max(applied, newApplied);
        decideByFence();
        regroup(ended);
        pump();
    }

    private void regroup(int ended) {
        long pauseNanos = ended == 0 ? 0 : regrouping.ended(ended, waiting.ready());
        if (pauseNanos > 0) {
            int number = regrouping.number();
            lane.scheduleNanos(pauseNanos, () -> {
                regrouping.over(number, waiting.ready());
                pump();
            });
        }
    }

    /**
     * The replica is at {@code index} and will not tell the outcomes on the way there: they were lost with an applier
     * that failed, or a snapshot took the place of its file. What was sent may be among them (I6).
     */
    public void jumped(long index) {
        if (index > applied) {
            applied = index;
            List<SentBatch> unseen = List.copyOf(sent.values());
            unseen.forEach(batch -> fail(
                    batch,
                    new OutcomeUnknownException(
                            "the write was sent, and this node's file has passed the point where it may be")));
        }
    }

    private void scheduleDrain() {
        if (drainScheduled.compareAndSet(false, true)) {
            lane.execute(() -> {
                drainScheduled.set(false);
                pump();
            });
        }
    }

    private void drainInbox() {
        int taken = 0;
        for (PendingWrite write = inbox.poll(); write != null; write = inbox.poll()) {
            taken++;
            WesDbException ended = end;
            if (ended != null) {
                write.future.completeExceptionally(ended);
            } else {
                waiting.add(write);
            }
        }
        if (taken > 0) {
            inInbox.addAndGet(-taken);
            startTicking();
        }
    }

    private void pump() {
        drainInbox();
        if (term != null && !paused) {
            sendBatches(term);
        }
        wakeAt = worthWaking();
        if (inInbox.get() >= wakeAt) {
            scheduleDrain(); // they came after the inbox was emptied, and may not have seen how many are enough
        }
    }

    /** How many more writes make a difference; what is due at a time, or when a batch ends, happens without them. */
    private int worthWaking() {
        boolean tick = ticking && term != null && !paused;
        if (tick && sent.isEmpty()) {
            return Math.max(1, Math.min(regrouping.missing(waiting.ready()), LARGE_GROUP - waiting.ready()));
        } else if (tick && mayHaveMoreInFlight()) {
            return Math.max(1, settings.fullBatchCommands() - waiting.ready());
        }
        return tick ? Integer.MAX_VALUE : 1;
    }

    private void sendBatches(Term to) {
        while (waiting.ready() > 0 && maySend()) {
            SentBatch batch = takeBatch();
            if (batch != null) {
                sent.put(batch.encoded.sequence(), batch);
                sentBytes += batch.encoded.bytes().length;
                regrouping.taken(batch.writes.size());
                send(to, batch);
            }
        }
    }

    private boolean mayHaveMoreInFlight() {
        return sent.size() < settings.maxInFlight() && sentBytes < settings.maxInFlightBytes();
    }

    /** The bounds on what is under way also bound how long what another node forwards has to wait at the leader for ours. */
    private boolean maySend() {
        int ready = waiting.ready();
        return sent.isEmpty()
                ? regrouping.maySend(ready) || ready >= LARGE_GROUP
                : mayHaveMoreInFlight() && ready >= settings.fullBatchCommands();
    }

    private @Nullable SentBatch takeBatch() {
        List<PendingWrite> writes = waiting.take(
                settings.maxBatchBytes() - BatchCodec.BATCH_OVERHEAD_BYTES,
                settings.maxBatchCommands(),
                env.clock().nanos(),
                write -> write.future.completeExceptionally(neverSent()));
        if (writes.isEmpty()) {
            return null;
        }
        EncodedBatch encoded = null;
        try {
            List<byte[]> commands = writes.stream().map(write -> write.command).toList();
            encoded = BatchCodec.encodeBatch(session, nextSequence++, env.randomLong(), commands, writes.get(0).alone);
            return new SentBatch(encoded, writes, env.clock().nanos());
        } finally {
            if (encoded == null) {
                waiting.putBack(writes); // there was no memory for the bytes: they must still be there to expire
            }
        }
    }

    private void send(Term to, SentBatch batch) {
        batch.sentEpoch = to.epoch();
        batch.unanswered = true;
        long now = env.clock().nanos();
        long deadlineNanos = batch.earliestDeadlineNanos(now);
        Consumer<ForwardReply> reply = answer -> {
            Runnable work = () -> answered(to.epoch(), batch, answer);
            if (answer.kind() == ForwardReply.Kind.COMMITTED) {
                lane.executeHere(work);
            } else {
                // A refusal may come from within the call, in the middle of our own loop; what follows it takes longer.
                lane.execute(work);
            }
        };
        if (to.leader().equals(self)) {
            sequencer.submit(to.epoch(), batch.encoded, deadlineNanos, reply);
        } else {
            long remaining = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - now);
            peers.forward(to, batch.encoded, Math.max(1, remaining), reply);
        }
    }

    private void answered(long epoch, SentBatch batch, ForwardReply reply) {
        boolean current = sent.get(batch.encoded.sequence()) == batch && batch.sentEpoch == epoch && batch.unanswered;
        if (reply.kind() == ForwardReply.Kind.COMMITTED) {
            committedAt.accept(reply.index()); // this node's replica is about to execute it
            return;
        } else if (!current) {
            pump(); // decided meanwhile
            return;
        }
        batch.unanswered = false;
        if (reply.kind() == ForwardReply.Kind.UNKNOWN) {
            batch.ambiguous = true;
            readFence();
            pause();
        } else if (batch.ambiguous) {
            pause(); // this sending was refused, but an earlier one may have come into the log
        } else {
            refused(batch, reply);
        }
        decideByFence();
        pump();
    }

    /** No sending of this batch came into the log, or ever will. */
    private void refused(SentBatch batch, ForwardReply reply) {
        switch (reply.kind()) {
            case OVERLOADED -> fail(batch, overloaded(reply));
            case EXPIRED -> {
                long now = env.clock().nanos();
                batch.writes.forEach(write -> write.spare(now));
                batchAnew(List.of(batch));
                expire();
            }
            default -> {
                batchAnew(List.of(batch));
                pause();
            }
        }
    }

    /** Only those for whom there is no room take turns: who has too much himself must not put off the others. */
    private NotDoneException overloaded(Admission.Excess excess) {
        return new NotDoneException(
                ErrorCode.OVERLOADED,
                excess.why(),
                excess.ofOne()
                        ? drainTime.of(admission.pending())
                        : drainTime.turn(admission.pending(), env.clock().nanos()));
    }

    private static NotDoneException overloaded(ForwardReply reply) {
        return new NotDoneException(
                ErrorCode.OVERLOADED,
                "the leader refused the write: " + reply.message(),
                Duration.ofMillis(Math.max(1, reply.retryAfterMillis())));
    }

    /** After a leader could not be reached: waits a little, then repeats what is undecided, in order. */
    private void pause() {
        if (!paused) {
            paused = true;
            lane.schedule(settings.retryMillis(), this::resume);
        }
    }

    private void resume() {
        paused = false;
        Term current = term;
        if (current != null) {
            for (SentBatch batch : List.copyOf(sent.values())) {
                // Undecided batches of older terms are for the fence to decide; those of this term are repeated.
                if (!batch.unanswered && batch.sentEpoch == current.epoch()) {
                    send(current, batch);
                }
            }
        }
        pump();
    }

    /** How many writes have ended. */
    private int executed(long index, BatchOutcome outcome) {
        SentBatch batch = sent.get(outcome.sequence());
        int ended = 0;
        if (batch != null) {
            decided(batch);
            ended = batch.writes.size();
            regrouping.roundTrip(env.clock().nanos() - batch.sentNanos);
            if (outcome.duplicate()) {
                fail(
                        batch,
                        new OutcomeUnknownException(
                                "the write was executed, but this node was not there to see with what result"));
            } else {
                Outcomes.complete(index, batch.writes, outcome.outcomes());
            }
        }
        // The numbering rules out everything before it.
        batchAnew(List.copyOf(sent.headMap(outcome.sequence()).values()));
        return ended;
    }

    /** Reads the head after a newer term than some undecided batch's has begun. */
    private void readFence() {
        Term current = term;
        if (current == null || readingFence || fenceEpoch >= current.epoch() || !undecidedBefore(current.epoch())) {
            return;
        }
        readingFence = true;
        log.head()
                .whenComplete((head, failure) -> lane.execute(() -> {
                    readingFence = false;
                    if (failure == null) {
                        fenceEpoch = current.epoch();
                        fenceIndex = head.index();
                        decideByFence();
                        readFence();
                        pump();
                    } else {
                        lane.schedule(settings.retryMillis(), this::readFence);
                    }
                }));
    }

    private boolean undecidedBefore(long epoch) {
        return sent.values().stream().anyMatch(batch -> batch.sentEpoch < epoch);
    }

    private void decideByFence() {
        if (fenceEpoch > 0 && applied >= fenceIndex && undecidedBefore(fenceEpoch)) {
            batchAnew(sent.values().stream()
                    .filter(batch -> batch.sentEpoch < fenceEpoch)
                    .toList());
        }
    }

    /** These batches will certainly never be executed: their commands go back to the front of the waiting ones. */
    private void batchAnew(List<SentBatch> batches) {
        List<PendingWrite> wanted = new ArrayList<>();
        for (SentBatch batch : batches) {
            decided(batch);
            batch.writes.stream().filter(write -> !write.future.isDone()).forEach(wanted::add);
        }
        waiting.putBack(wanted);
    }

    private void fail(SentBatch batch, WesDbException failure) {
        decided(batch);
        batch.writes.forEach(write -> write.future.completeExceptionally(failure));
    }

    private void decided(SentBatch batch) {
        if (sent.remove(batch.encoded.sequence(), batch)) {
            sentBytes -= batch.encoded.bytes().length;
            waiting.settle(batch.writes);
        }
    }

    private void startTicking() {
        if (ticking) {
            return;
        } else if (waiting.size() == 0 && sent.isEmpty()) {
            drainTime.rest();
            return;
        }
        ticking = true;
        lookHowFastTheyEnd();
        lane.schedule(settings.tickMillis(), () -> {
            ticking = false;
            lookHowFastTheyEnd();
            drainInbox();
            expire();
            pump(); // a caller whose write was given up may go on
            startTicking();
        });
    }

    private void lookHowFastTheyEnd() {
        long now = env.clock().nanos();
        drainTime.look(now, admission.ended());
        if (admission.pending() >= Math.min(LARGE_GROUP, settings.maxPendingWrites() / 2)
                || admission.pendingBytes() >= settings.maxPendingBytes() / 2) {
            drainTime.begin(now, admission.ended());
        } else {
            drainTime.rest();
        }
    }

    private void expire() {
        long now = env.clock().nanos();
        waiting.removeExpired(now, write -> write.future.completeExceptionally(neverSent()));
        // Of some of these nobody waits for any write any more, so nothing is gained by repeating them.
        List<SentBatch> unwanted = sent.values().stream()
                .filter(batch -> batch.expire(now, this::undecidedAtItsDeadline))
                .toList();
        unwanted.forEach(this::decided);
    }

    private void undecidedAtItsDeadline(PendingWrite write) {
        write.future.completeExceptionally(new OutcomeUnknownException(
                "the deadline passed after the write was sent and before the log could tell its outcome"));
        waiting.settle(write); // its caller may go on: whatever comes later cannot come before it
    }

    private NotDoneException neverSent() {
        return term == null || paused
                ? notDone(ErrorCode.NO_LEADER, "no leader could be reached before the deadline; nothing was done")
                : new NotDoneException(
                        ErrorCode.OVERLOADED,
                        "the write could not be sent before its deadline; nothing was done",
                        drainTime.of(admission.pending()));
    }

    static NotDoneException notDone(ErrorCode code, String message) {
        return new NotDoneException(code, message, Duration.ofMillis(100));
    }

    /** For a node that is closing: the reason that calls are refused with. */
    public static WesDbException closed() {
        return new ClosedException("the node is closed");
    }
}
