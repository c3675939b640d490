package io.wesdb.internal.write;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.EncodedBatch;
import io.wesdb.internal.log.EntryCodec;
import io.wesdb.internal.log.OutcomeDigest;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.ReplicatedLog.AppendResult;
import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.log.ReplicatedLog.Term;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's part of a write: puts batches into entries and the entries into the log.
 *
 * <p><b>Grouping.</b> With nothing under way, what is queued is appended at once; while an append is under way, batches
 * gather, and the next entry leaves when the answer comes or when enough has gathered to fill it. So a lone caller waits
 * for nothing, and under load the entries grow by themselves.
 *
 * <p><b>Nodes</b> need no turns here: what each may have under way is bounded in batches and in bytes ({@link WriteSettings}),
 * so nobody's batch waits for more than a few of each other node.
 *
 * <p><b>Lost answers (I6).</b> Appends take effect in order, so an append whose answer was lost leaves only the question
 * how far the pipeline got. Nothing more is sent until that is known: the head is read, and <em>after</em> it the
 * term. If the term is still ours, no one else can have appended, so what is at or below the head is committed and the
 * rest is appended again, byte for byte. If it is not ours, the batches are answered as unknown, and their origins find
 * them in the log or not.
 *
 * <p>Owned by the replicator lane: every method is called there, and replies are given there.
 */
public final class Sequencer {
    private static final Logger LOG = LoggerFactory.getLogger(Sequencer.class);

    /** Told what becomes of the term. Called on the lane. */
    public interface Listener {
        /** An entry of this term is in the log; entries come in the order of their indexes. */
        void committed(long index, byte[] entry);

        /** The term is over; nothing of it will be committed any more that was not told yet. */
        void termLost(Term term, String why);
    }

    private static final long MAX_BYTES_FOR_ANY_THREAD = 256 * 1024;

    private record Queued(EncodedBatch batch, long deadlineNanos, Consumer<ForwardReply> reply) {}

    private static final class Append {
        final long index;
        final byte[] entry;
        final List<Queued> batches;

        @Nullable AppendResult result;

        int sendings;

        Append(long index, byte[] entry, List<Queued> batches) {
            this.index = index;
            this.entry = entry;
            this.batches = batches;
        }

        void reply(ForwardReply reply) {
            batches.forEach(queued -> queued.reply().accept(reply));
        }
    }

    private final Lane lane;
    private final Clock clock;
    private final ReplicatedLog log;
    private final SequencerSettings settings;
    private final Listener listener;
    private final BooleanSupplier room;
    private final Supplier<OutcomeDigest> digest;
    private final Deque<Queued> queue = new ArrayDeque<>();
    private final Deque<Append> inFlight = new ArrayDeque<>();
    private final DrainTime drainTime;
    private long queuedBytes;
    private long committedBytes;
    private @Nullable Term term;
    private long nextIndex;
    private long lastTimeMillis;
    private long logBytes;
    private boolean resolving;
    private boolean handingOver;
    private boolean awaitingThread;
    private int repeats;

    /**
     * @param room whether this node's own applier keeps up; while it does not, nothing is appended
     * @param digest what this node's own replica has come to
     */
    public Sequencer(
            Lane lane,
            Clock clock,
            ReplicatedLog log,
            SequencerSettings settings,
            BooleanSupplier room,
            Supplier<OutcomeDigest> digest,
            Listener listener) {
        this.room = room;
        this.digest = digest;
        this.lane = lane;
        this.clock = clock;
        this.drainTime = new DrainTime(clock.nanos());
        this.log = log;
        this.settings = settings;
        this.listener = listener;
    }

    /**
     * Begins to serve a term that this node has begun in the log, once this node has applied up to its head.
     *
     * @param lastTimeMillis the time of the last entry; no entry's time will be less
     * @param logBytesBefore the bytes of all entries up to the last one
     */
    public void lead(Term newTerm, Head head, long lastTimeMillis, long logBytesBefore) {
        stop("a new term begins");
        this.term = newTerm;
        this.nextIndex = head.index() + 1;
        this.lastTimeMillis = lastTimeMillis;
        this.logBytes = logBytesBefore;
        this.resolving = false;
        this.handingOver = false;
        this.awaitingThread = false;
        this.repeats = 0;
    }

    /** The term that is being served, or null. */
    public @Nullable Term term() {
        return term;
    }

    /** Whether nothing is queued or under way. */
    public boolean idle() {
        return queue.isEmpty() && inFlight.isEmpty();
    }

    /**
     * Takes no more batches, so that what is under way comes to its end and nothing of the term is left in doubt when
     * another node begins the next one. Until {@link #resume} or a newer term.
     */
    public void handOver() {
        handingOver = true;
    }

    /** Takes batches again in the term that lasts. */
    public void resume() {
        handingOver = false;
    }

    /** Queues a batch for the term {@code epoch}; {@code reply} is called exactly once. */
    public void submit(long epoch, EncodedBatch batch, long deadlineNanos, Consumer<ForwardReply> reply) {
        if (term == null || term.epoch() != epoch) {
            reply.accept(ForwardReply.refused(ForwardReply.Kind.NOT_LEADER, "this node does not lead that term", 0));
        } else if (handingOver) {
            reply.accept(ForwardReply.refused(ForwardReply.Kind.NOT_LEADER, "the leader is handing over", 0));
        } else if (!queue.isEmpty() && queuedBytes + batch.bytes().length > settings.maxQueuedBytes()) {
            reply.accept(ForwardReply.refused(
                    ForwardReply.Kind.OVERLOADED,
                    "the leader's queue is full",
                    drainTime.of(queuedBytes).toMillis()));
        } else {
            drainTime.begin(clock.nanos(), committedBytes);
            queue.add(new Queued(batch, deadlineNanos, reply));
            queuedBytes += batch.bytes().length;
            pump();
        }
    }

    /** Ends the term, if any: what is queued is refused, what is under way is answered as unknown. */
    public void stop(String why) {
        if (term != null) {
            endTerm(why, ForwardReply.Kind.UNKNOWN);
        }
    }

    /** This node has applied something: there may be room again. */
    public void applied() {
        pump();
    }

    /** To make an entry of very much takes long, and who stands in for the lane's thread may be waited for. */
    private void pump() {
        if (queuedBytes <= MAX_BYTES_FOR_ANY_THREAD) {
            appendAll();
        } else if (!awaitingThread && mayAppend()) {
            lane.schedule(0, () -> {
                awaitingThread = false;
                appendAll();
            });
            awaitingThread = true;
        }
    }

    private void appendAll() {
        while (term != null && mayAppend()) {
            List<Queued> batches = takeEntry();
            if (!batches.isEmpty()) {
                append(term, batches);
            }
        }
    }

    private boolean mayAppend() {
        if (resolving || queue.isEmpty() || !room.getAsBoolean()) {
            return false;
        }
        return inFlight.isEmpty()
                || (inFlight.size() < settings.maxInFlight() && queuedBytes >= settings.fullEntryBytes());
    }

    private List<Queued> takeEntry() {
        List<Queued> taken = new ArrayList<>();
        long bytes = 0;
        int commands = 0;
        for (Queued next = queue.peek(); next != null; next = queue.peek()) {
            EncodedBatch batch = next.batch();
            bytes += batch.bytes().length;
            commands += batch.commandCount();
            boolean full = bytes > settings.maxEntryBytes() || commands > settings.maxEntryCommands() || batch.alone();
            if (full && !taken.isEmpty()) {
                break;
            }
            queue.remove();
            queuedBytes -= batch.bytes().length;
            if (clock.nanos() - next.deadlineNanos() >= 0) {
                next.reply().accept(ForwardReply.refused(ForwardReply.Kind.EXPIRED, "its deadline passed", 0));
                bytes -= batch.bytes().length;
                commands -= batch.commandCount();
                continue;
            }
            taken.add(next);
            if (full) {
                break;
            }
        }
        return taken;
    }

    private void append(Term current, List<Queued> batches) {
        lastTimeMillis = Math.max(lastTimeMillis, clock.wallMillis());
        List<EncodedBatch> encoded = batches.stream().map(Queued::batch).toList();
        byte[] entry = EntryCodec.encode(current.epoch(), nextIndex, lastTimeMillis, logBytes, digest.get(), encoded);
        logBytes += entry.length;
        Append append = new Append(nextIndex++, entry, batches);
        inFlight.add(append);
        send(current, append);
    }

    private void send(Term current, Append append) {
        append.result = null;
        append.sendings++;
        log.append(current, append.index, append.entry).thenAccept(result -> {
            Runnable work = () -> answered(current, append, result);
            if (result == AppendResult.COMMITTED) {
                lane.executeHere(work);
            } else {
                lane.execute(work); // the client that is being closed may have its locks just now
            }
        });
    }

    private void answered(Term of, Append append, AppendResult result) {
        if (of != term) {
            return; // the term ended meanwhile, and the batches were answered then
        }
        append.result = result;
        while (!inFlight.isEmpty() && inFlight.peek().result == AppendResult.COMMITTED) {
            committed(inFlight.remove());
        }
        if (!inFlight.isEmpty() && inFlight.peek().result == AppendResult.FENCED) {
            // What was sent once and fenced never happened; of what was repeated, an earlier sending may have.
            boolean repeatedAny = inFlight.stream().anyMatch(each -> each.sendings > 1);
            endTerm("fenced by a newer term", repeatedAny ? ForwardReply.Kind.UNKNOWN : ForwardReply.Kind.NOT_LEADER);
        } else if (inFlight.stream().anyMatch(each -> each.result != null && each.result != AppendResult.COMMITTED)) {
            // Some answer is not COMMITTED and not explained by the fence: find out, once all have come. (One that is
            // COMMITTED may come before its turn: for an entry that was sent twice the log has to look first.)
            if (!resolving) {
                LOG.warn("the answer to the append of entry {} was lost; resolving", inFlight.peek().index);
            }
            resolving = true;
            if (inFlight.stream().allMatch(each -> each.result != null)) {
                resolve(of);
            }
        } else {
            pump();
        }
    }

    private void committed(Append append) {
        repeats = 0;
        for (Queued queued : append.batches) {
            committedBytes += queued.batch().bytes().length;
        }
        drainTime.look(clock.nanos(), committedBytes);
        if (idle()) {
            drainTime.rest();
        }
        listener.committed(append.index, append.entry); // first: an origin that has the entry need not look for it
        append.reply(ForwardReply.committed(append.index));
    }

    private record Position(Head head, @Nullable Term term) {}

    private void resolve(Term of) {
        // The head first, the term after it: only if the term is still ours then is everything up to that head ours.
        log.head()
                .thenCompose(head -> log.term().thenApply(current -> new Position(head, current)))
                .whenComplete((position, failure) -> lane.execute(() -> resolved(of, position, failure)));
    }

    private void resolved(Term of, @Nullable Position position, @Nullable Throwable failure) {
        if (of != term) {
            return;
        } else if (failure != null || position == null) {
            lane.schedule(settings.retryMillis(), () -> {
                if (of == term) {
                    resolve(of);
                }
            });
            return;
        } else if (position.term() == null || position.term().epoch() != of.epoch()) {
            endTerm("a newer term began", ForwardReply.Kind.UNKNOWN);
            return;
        } else if (position.head().index() >= nextIndex) {
            endTerm("the log has entries of this term that it did not append", ForwardReply.Kind.UNKNOWN);
            return;
        }
        resolving = false;
        while (!inFlight.isEmpty() && inFlight.peek().index <= position.head().index()) {
            committed(inFlight.remove());
        }
        LOG.debug(
                "resolved: the log ends at {}, {} appends are repeated",
                position.head().index(),
                inFlight.size());
        if (++repeats > settings.maxRepeats()) {
            // What the log never takes must not hold up what is behind it for ever.
            endTerm("the log did not take entry " + inFlight.peek().index, ForwardReply.Kind.UNKNOWN);
        } else if (repeats > 1) {
            // Once more without anything committed in between: not in a tight circle.
            resolving = true;
            lane.schedule(settings.retryMillis(), () -> repeat(of));
        } else {
            repeat(of);
        }
    }

    private void repeat(Term of) {
        if (of == term) {
            resolving = false;
            List.copyOf(inFlight).forEach(append -> send(of, append));
            pump();
        }
    }

    private void endTerm(String why, ForwardReply.Kind inFlightAre) {
        Term ended = term;
        if (ended == null) {
            return;
        }
        drainTime.rest();
        term = null;
        resolving = false;
        List<Append> appends = List.copyOf(inFlight);
        List<Queued> queued = List.copyOf(queue);
        inFlight.clear();
        queue.clear();
        queuedBytes = 0;
        appends.forEach(append -> append.reply(ForwardReply.refused(inFlightAre, why, 0)));
        ForwardReply refusal = ForwardReply.refused(ForwardReply.Kind.NOT_LEADER, why, 0);
        queued.forEach(each -> each.reply().accept(refusal));
        listener.termLost(ended, why);
    }
}
