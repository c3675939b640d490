package io.wesdb.internal.truncation;

import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.cluster.RegisteredNode;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.CorruptEntryException;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.EntryCodec;
import io.wesdb.internal.log.EntryDamagedException;
import io.wesdb.internal.log.EntryMissingException;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.truncation.TruncationPolicy.Cut;
import io.wesdb.internal.truncation.TruncationPolicy.Extent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the log within its bounds while this node leads (I11): looks regularly, and at once when a bound is passed by
 * some, at what the registered nodes have synced, and takes out of the log what {@link TruncationPolicy} says. One round is
 * under way at a time, and each can fail: the next one does what was left. Safety rests on the log's fence.
 *
 * <p>Owned by its lane: every method is called there.
 */
public final class Truncator {
    private static final Logger LOG = LoggerFactory.getLogger(Truncator.class);
    /** The part of a bound by which it must be passed before a round begins out of turn. */
    private static final int SLACK = 20;

    private final Lane lane;
    private final ReplicatedLog log;
    private final Membership membership;
    private final String node;
    private final TruncationSettings settings;
    private final Runnable wantsDurable;
    private final TruncationPolicy policy;
    private final RegisterKeeper keeper;
    private final LogSizes sizes;

    private @Nullable Term term;
    private Lane.@Nullable Timer timer;
    /** Changes with every term, so that what an earlier one had under way is told from what this one has. */
    private int generation;

    private boolean running;
    private boolean again;
    private long head;
    private long first;
    private long durable;
    private long dueAtEntries;
    private long dueAtBytes;
    private boolean headKnown;
    private boolean finished;
    private boolean heldBack;
    private boolean warned;

    private record Facts(long first, long head, List<RegisteredNode> nodes) {}

    /**
     * @param node this node's id
     * @param wantsDurable called on the lane, at most once a round, when the log is past its bound only because this
     *     node has not synced its file: it should, and then tell {@link #durable}
     */
    public Truncator(
            Lane lane,
            Clock clock,
            ReplicatedLog log,
            Membership membership,
            String node,
            TruncationSettings settings,
            Runnable wantsDurable) {
        this.lane = lane;
        this.log = log;
        this.membership = membership;
        this.node = node;
        this.settings = settings;
        this.wantsDurable = wantsDurable;
        this.policy = new TruncationPolicy(settings);
        this.keeper = new RegisterKeeper(membership, clock, policy, settings.intervalMillis());
        this.sizes = new LogSizes(settings.maxBytes());
    }

    /** This node leads, in a term that it has begun. */
    public void lead(Term begun) {
        stop();
        term = begun;
        keeper.begin();
        tick();
    }

    /** This node does not lead any more. What is under way may still take effect as long as the term lasts. Idempotent. */
    public void stop() {
        generation++;
        term = null;
        running = false;
        again = false;
        headKnown = false;
        finished = false;
        heldBack = false;
        warned = false;
        first = 0;
        dueAtEntries = Long.MAX_VALUE;
        dueAtBytes = Long.MAX_VALUE;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    /**
     * The entry at {@code index} is committed. May also be told while another node leads, and saves reading then.
     *
     * @param logBytes {@link Entry#logBytes()}
     */
    public void committed(long index, long logBytes) {
        head = Math.max(head, index);
        sizes.committed(index, logBytes);
        if (term == null) {
            sizes.forgetBelow(index - TruncationPolicy.utmost(settings.maxEntries()));
        } else if (index - first + 1 > dueAtEntries || sizes.about(first) > dueAtBytes) {
            round();
        }
    }

    /** This node's own file is synced up to {@code index}. */
    public void durable(long index) {
        boolean more = index > durable;
        durable = index;
        if (more && heldBack) {
            round();
        }
    }

    private void tick() {
        timer = lane.schedule(settings.intervalMillis(), this::tick);
        round();
    }

    private void round() {
        Term mine = term;
        if (mine == null || running) {
            again = running;
            return;
        }
        running = true;
        int number = generation;
        CompletableFuture<Void> unused = then(facts(), facts -> {
                    head = Math.max(head, facts.head());
                    headKnown = true;
                    first = facts.first();
                    sizes.forgetBelow(first);
                    return then(extent(), extent -> truncate(mine, extent, facts.nodes()));
                })
                .whenCompleteAsync((done, failure) -> ended(number, failure), lane);
    }

    /** The next step, on the lane, unless this term of ours is over meanwhile. */
    private <T, U> CompletableFuture<U> then(CompletableFuture<T> before, Function<T, CompletableFuture<U>> step) {
        int number = generation;
        return before.thenComposeAsync(
                value -> number == generation
                        ? step.apply(value)
                        : CompletableFuture.failedFuture(new CancellationException("the term is over")),
                lane);
    }

    private CompletableFuture<Facts> facts() {
        CompletableFuture<Long> headRead =
                headKnown ? CompletableFuture.completedFuture(head) : log.head().thenApply(Head::index);
        return log.first()
                .thenCombine(headRead, Extent::unbounded)
                .thenCombine(
                        membership.registered(), (extent, nodes) -> new Facts(extent.first(), extent.head(), nodes));
    }

    private CompletableFuture<Extent> extent() {
        long from = first;
        if (head < from) {
            return CompletableFuture.completedFuture(Extent.unbounded(from, head));
        }
        return then(
                        beginningWithin(from, settings.maxBytes()),
                        bound -> then(
                                beginningWithin(from, TruncationPolicy.utmost(settings.maxBytes())),
                                utmost -> CompletableFuture.completedFuture(new Extent(from, head, bound, utmost))))
                .exceptionallyComposeAsync(
                        failure -> {
                            if (!isUnreadable(failure)) {
                                return CompletableFuture.failedFuture(failure);
                            }
                            LOG.debug("the log's size in bytes cannot be told", failure);
                            return CompletableFuture.completedFuture(Extent.unbounded(from, head));
                        },
                        lane);
    }

    /** Reads as many entries as it takes to know. */
    private CompletableFuture<Long> beginningWithin(long from, long maxBytes) {
        LogSizes.Step step =
                sizes.headIndex() < head ? new LogSizes.Step(head, false) : sizes.beginningWithin(from, maxBytes);
        if (step.known()) {
            return CompletableFuture.completedFuture(step.index());
        }
        return then(log.read(step.index()), entry -> {
            sizes.read(step.index(), entry.length, EntryCodec.logBytes(entry, step.index()));
            return beginningWithin(from, maxBytes);
        });
    }

    private static boolean isUnreadable(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof CorruptEntryException
                || cause instanceof EntryDamagedException
                || cause instanceof EntryMissingException;
    }

    private CompletableFuture<Void> truncate(Term mine, Extent extent, List<RegisteredNode> nodes) {
        Map<String, Member> present = new HashMap<>();
        membership.members().forEach(member -> present.put(member.node(), member));
        List<RegisteredNode> others =
                nodes.stream().filter(each -> !each.node().equals(node)).toList();
        Cut cut = policy.cut(extent, durable, others, present);
        heldBack = cut.heldBack();
        if (heldBack) {
            wantsDurable.run();
        }
        tell(cut);
        if (cut.first() == first && finished) {
            keeper.keep(others, present, present.containsKey(node), first);
            return CompletableFuture.completedFuture(null);
        }
        finished = false; // until the answer is here; if it is lost, the next round deletes what was left
        return then(log.truncate(mine, cut.first()), done -> {
            finished = true;
            first = cut.first();
            keeper.keep(others, present, present.containsKey(node), first);
            return CompletableFuture.completedFuture(null);
        });
    }

    /** Once, until the log is within its bound again. */
    private void tell(Cut cut) {
        if (cut.leaderAlone() && !warned) {
            warned = true;
            LOG.warn(
                    "the log is past one and a half times its bound of {} entries and {} bytes: what leaves it now is"
                            + " synced to disk here, on the leader, but not on most of the nodes",
                    settings.maxEntries(),
                    settings.maxBytes());
        } else if (cut.withinBound()) {
            warned = false;
        }
    }

    private void ended(int number, @Nullable Throwable failure) {
        if (number != generation) {
            return;
        }
        running = false;
        if (failure != null) {
            LOG.debug("the log was not truncated this time", failure);
        }
        dueAtEntries = dueAt(settings.maxEntries(), head - first + 1);
        dueAtBytes = dueAt(settings.maxBytes(), sizes.about(first));
        if (again) {
            again = false;
            round();
        }
    }

    private static long dueAt(long bound, long now) {
        return Math.max(bound, now) + Math.max(1, bound / SLACK);
    }
}
