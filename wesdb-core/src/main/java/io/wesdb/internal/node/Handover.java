package io.wesdb.internal.node;

import io.wesdb.ErrorCode;
import io.wesdb.InvalidRequestException;
import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.WesDbException;
import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.cluster.Election.Candidate;
import io.wesdb.internal.cluster.Election.Wish;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.write.Sequencer;
import io.wesdb.internal.write.WriteGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leadership handed from one living node to another, with nothing left in doubt.
 *
 * <p><b>Asking.</b> Any node may be asked. It says through the election, so through ZooKeeper, which term is to end and who
 * is to follow, and waits until it sees the next term.
 *
 * <p><b>Handing over.</b> The leader picks a candidate that gives a sign of life; takes no more batches, whose origins
 * therefore keep them; lets its appends come to their end; and leaves the election such that the successor is elected at
 * that moment. Its term stays as it is, paused, until a newer one is known. If none comes, or something else fails, it
 * takes the successor out of the election and goes on leading: whether it left in fact is decided by the fence, as
 * always (I4). A leader that closes does the same, and tries one candidate after another.
 *
 * <p>Owned by the replicator lane: every method but {@link #transfer} is called there.
 */
final class Handover {
    private static final Logger LOG = LoggerFactory.getLogger(Handover.class);

    /** How long appends under way may take before the leader rather goes on leading. */
    private static final long DRAIN_MILLIS = 2_000;

    /** How long a successor may take to begin its term, for which it needs ZooKeeper only. */
    static final long FOLLOW_MILLIS = 500;

    private static final long POLL_MILLIS = 1;

    /** How often a closing node looks whether a node that serves has queued up. */
    private static final long QUEUEING_MILLIS = 20;

    private static final int MAX_REQUESTS = 64;

    private final Lane lane;
    private final Clock clock;
    private final String self;
    private final Election election;
    private final Membership membership;
    private final Sequencer sequencer;
    private final SignsOfLife signs;
    private final List<Request> requests = new ArrayList<>();
    private @Nullable Term term;
    private @Nullable Wish wish;
    private boolean underWay;
    private boolean closed;

    /** The wish that is being acted upon. */
    private @Nullable Wish tried;

    /** The last one that came through the election and was given up. */
    private @Nullable Wish settled;

    /** Counts what was begun, so that what is given up ends at its next step. */
    private int attempt;

    /** Who is to follow, while the election says or may say so and the term is paused. */
    private @Nullable Candidate leaving;

    /** Of a closing node: completes when another node leads, or none can be found. */
    private @Nullable CompletableFuture<Void> succeeded;

    private long queueingUntilNanos;

    /** Waits for a term after {@code epoch}. */
    private record Request(long epoch, @Nullable String successor, CompletableFuture<String> newLeader) {}

    Handover(
            Lane lane,
            Clock clock,
            String self,
            Election election,
            Membership membership,
            SignsOfLife signs,
            Sequencer sequencer) {
        this.lane = lane;
        this.clock = clock;
        this.self = self;
        this.election = election;
        this.membership = membership;
        this.sequencer = sequencer;
        this.signs = signs;
    }

    /**
     * Has the leader hand over to {@code successor}, or to whoever is next. Completes with the new leader's id, at the
     * latest after {@code timeout}, on the lane. Any thread.
     */
    CompletableFuture<String> transfer(@Nullable String successor, Duration timeout) {
        CompletableFuture<String> newLeader = new CompletableFuture<>();
        lane.execute(() -> {
            Lane.Timer timer = lane.schedule(
                    timeout.toMillis(),
                    () -> newLeader.completeExceptionally(new OutcomeUnknownException(
                            "the leader did not hand over within " + timeout + "; it may still do so")));
            newLeader.whenComplete((leader, failure) -> timer.cancel());
            begin(successor, newLeader);
        });
        return newLeader;
    }

    private void begin(@Nullable String successor, CompletableFuture<String> newLeader) {
        requests.removeIf(request -> request.newLeader().isDone());
        if (closed) {
            newLeader.completeExceptionally(WriteGateway.closed());
        } else if (term == null) {
            newLeader.completeExceptionally(notDone(ErrorCode.NO_LEADER, "there is no leader that could hand over"));
        } else if (requests.size() >= MAX_REQUESTS) {
            newLeader.completeExceptionally(
                    notDone(ErrorCode.OVERLOADED, "too many wait for a change of leader: " + MAX_REQUESTS));
        } else {
            election.candidates()
                    .whenComplete((candidates, failure) -> lane.execute(() -> {
                        if (candidates == null) {
                            newLeader.completeExceptionally(
                                    notDone(ErrorCode.NO_LEADER, "ZooKeeper does not answer: " + failure));
                        } else {
                            ask(candidates, successor, newLeader);
                        }
                    }));
        }
    }

    private void ask(List<Candidate> candidates, @Nullable String successor, CompletableFuture<String> newLeader) {
        Term ending = term;
        if (ending == null || newLeader.isDone()) {
            return;
        } else if (closed) {
            newLeader.completeExceptionally(WriteGateway.closed());
            return;
        } else if (ending.leader().equals(successor)) {
            newLeader.complete(successor);
            return;
        }
        WesDbException refusal = refusal(ending, candidates, successor);
        if (refusal != null) {
            newLeader.completeExceptionally(refusal);
            return;
        }
        requests.add(new Request(ending.epoch(), successor, newLeader));
        Wish asked = new Wish(ending.epoch(), successor);
        if (ending.leader().equals(self)) {
            asked(asked);
            return;
        }
        election.ask(asked)
                .whenComplete((done, failure) -> lane.execute(() -> {
                    if (failure != null) {
                        newLeader.completeExceptionally(new OutcomeUnknownException(
                                "ZooKeeper was lost while the leader was asked; it may still hand over"));
                    }
                }));
    }

    private @Nullable WesDbException refusal(Term ending, List<Candidate> candidates, @Nullable String successor) {
        if (!possible(ending, candidates, successor).isEmpty()) {
            return null;
        } else if (successor == null) {
            return notDone(
                    ErrorCode.NOT_READY, "no other node serves, so '" + ending.leader() + "' must go on leading");
        } else if (membership.members().stream()
                .anyMatch(member -> member.node().equals(successor))) {
            return notDone(ErrorCode.NOT_READY, "the node '" + successor + "' does not serve, so it cannot lead");
        }
        return new InvalidRequestException("no node '" + successor + "' is present");
    }

    private static List<Candidate> possible(Term ending, List<Candidate> candidates, @Nullable String successor) {
        return candidates.stream()
                .filter(candidate -> successor == null
                        ? !candidate.node().equals(ending.leader())
                        : candidate.node().equals(successor))
                .toList();
    }

    /** Who could take over and lives, the most caught-up first. Completed on the lane. */
    private CompletableFuture<List<Candidate>> successors(Term ending, @Nullable String successor) {
        CompletableFuture<List<Candidate>> found = new CompletableFuture<>();
        election.candidates()
                .whenComplete((candidates, failure) -> lane.execute(() -> {
                    if (candidates == null) {
                        found.completeExceptionally(failure);
                    } else {
                        signs.living(possible(ending, candidates, successor))
                                .thenAccept(living -> found.complete(living.stream()
                                        .sorted(Comparator.comparing(this::applied, Comparator.reverseOrder()))
                                        .toList()));
                    }
                }));
        return found;
    }

    private long applied(Candidate candidate) {
        return membership.members().stream()
                .filter(member -> member.node().equals(candidate.node()))
                .mapToLong(Member::applied)
                .max()
                .orElse(0);
    }

    /** A newer term began. */
    void termChanged(Term newTerm) {
        term = newTerm;
        leaving = null;
        if (succeeded != null) {
            succeeded.complete(null);
        }
        for (Request request : List.copyOf(requests)) {
            if (newTerm.epoch() > request.epoch()) {
                requests.remove(request);
                if (request.successor() == null || newTerm.leader().equals(request.successor())) {
                    request.newLeader().complete(newTerm.leader());
                } else {
                    request.newLeader()
                            .completeExceptionally(notDone(
                                    ErrorCode.NOT_READY, "'" + newTerm.leader() + "' has become the leader instead"));
                }
            }
        }
    }

    /** Somebody has asked some leader to hand over. What was tried in vain, perhaps long ago, is not tried again. */
    void asked(Wish newWish) {
        boolean known = newWish.number() >= 0 && (newWish.equals(tried) || newWish.equals(settled));
        if (newWish.equals(settled)) {
            settle(newWish);
        }
        boolean over = term != null && newWish.epoch() < term.epoch();
        if (!known && !over) {
            wish = newWish;
            begin();
        }
    }

    private void settle(Wish failed) {
        if (failed.number() >= 0) {
            settled = failed;
            election.settle(failed).whenComplete((done, failure) -> {
                if (failure != null) {
                    LOG.debug("{} is not settled yet, and will be when it is told again", failed);
                }
            });
        }
    }

    /** This node serves a new term, which it may have been asked to hand over already. */
    void leads() {
        underWay = false;
        leaving = null;
        begin();
    }

    /** Whether the election is being left such that this node's term goes on until another one's is known. */
    boolean isLeaving() {
        return leaving != null;
    }

    /** The election says that this node leads: if it was leaving, its successor did not come. */
    void elected() {
        Term ending = sequencer.term();
        if (ending != null && leaving != null && !closed) {
            goOn(ending, leaving.node() + " has left the election", false);
        }
    }

    /**
     * This node closes, and what it led has come to its end, or has not begun: has a candidate that lives take over.
     * Completes on the lane when a newer term is known, when nobody can be found, or at the deadline.
     */
    CompletableFuture<Void> succeed(Term ending, long deadlineNanos) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        closed = true;
        attempt++; // a transfer that is still being prepared ends here
        succeeded = done;
        sequencer.handOver();
        Lane.Timer timer = lane.schedule(
                Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - clock.nanos())), () -> done.complete(null));
        done.whenComplete((end, failure) -> timer.cancel());
        queueingUntilNanos = clock.nanos() + TimeUnit.MILLISECONDS.toNanos(FOLLOW_MILLIS);
        Set<String> tried = new HashSet<>();
        if (leaving == null) {
            succeed(ending, tried, done);
        } else {
            lane.schedule(FOLLOW_MILLIS, () -> succeed(ending, tried, done)); // a transfer is at its last step already
        }
        return done;
    }

    private void succeed(Term ending, Set<String> tried, CompletableFuture<Void> done) {
        if (done.isDone() || (term != null && term.epoch() > ending.epoch())) {
            done.complete(null);
            return;
        }
        successors(ending, null).whenComplete((living, failure) -> {
            Optional<Candidate> next = living == null
                    ? Optional.empty()
                    : living.stream()
                            .filter(candidate -> !tried.contains(candidate.node()))
                            .findFirst();
            if (done.isDone()) {
                return;
            } else if (next.isEmpty() && clock.nanos() - queueingUntilNanos < 0 && othersServe(tried)) {
                lane.schedule(QUEUEING_MILLIS, () -> succeed(ending, tried, done));
                return;
            } else if (next.isEmpty()) {
                done.complete(null);
                return;
            }
            Candidate successor = next.get();
            tried.add(successor.node());
            leaving = successor;
            election.handOver(successor, ending.epoch())
                    .whenComplete((left, fault) -> lane.execute(() -> {
                        if (fault != null) {
                            done.complete(null);
                        } else if (!left) {
                            succeed(ending, tried, done);
                        } else {
                            lane.schedule(FOLLOW_MILLIS, () -> passOver(ending, successor, tried, done));
                        }
                    }));
        });
    }

    /** Those passed over by the last handover queue up again by themselves, which takes them a moment. */
    private boolean othersServe(Set<String> tried) {
        return membership.members().stream()
                .anyMatch(member -> !member.node().equals(self)
                        && !tried.contains(member.node())
                        && StatusReport.serves(member.role()));
    }

    private void passOver(Term ending, Candidate successor, Set<String> tried, CompletableFuture<Void> done) {
        if (!done.isDone()) {
            LOG.warn("{} is closing, and {} does not take over from it", self, successor.node());
            election.remove(successor, ending.epoch())
                    .whenComplete((removed, failure) -> lane.execute(() -> succeed(ending, tried, done)));
        }
    }

    /** Ends what waits for a change of leader. */
    void close(WesDbException why) {
        closed = true;
        attempt++;
        requests.forEach(request -> request.newLeader().completeExceptionally(why));
        requests.clear();
    }

    private void begin() {
        Term ending = sequencer.term();
        Wish asked = wish;
        if (closed || underWay || ending == null || asked == null || asked.epoch() != ending.epoch()) {
            return;
        }
        wish = null;
        underWay = true;
        tried = asked;
        int mine = ++attempt;
        // Everything that can be known before is found out while writes still go on.
        successors(ending, asked.successor()).whenComplete((living, failure) -> {
            if (mine != attempt || sequencer.term() != ending) {
                return;
            } else if (living == null || living.isEmpty()) {
                goOn(ending, living == null ? "ZooKeeper does not answer" : "nobody who could take over answers", true);
                return;
            }
            Candidate successor = living.get(0);
            LOG.info("{} hands term {} over to {}", self, ending.epoch(), successor.node());
            sequencer.handOver();
            drain(mine, ending, successor, clock.nanos() + TimeUnit.MILLISECONDS.toNanos(DRAIN_MILLIS));
        });
    }

    private void drain(int mine, Term ending, Candidate successor, long deadlineNanos) {
        if (mine != attempt || sequencer.term() != ending) {
            return;
        } else if (sequencer.idle()) {
            leave(ending, successor);
        } else if (clock.nanos() - deadlineNanos < 0) {
            lane.schedule(POLL_MILLIS, () -> drain(mine, ending, successor, deadlineNanos));
        } else {
            goOn(ending, "what is under way does not come to its end", true);
        }
    }

    /** From here on the election says that this node is no longer the leader; its paused term lasts until the next. */
    private void leave(Term ending, Candidate successor) {
        leaving = successor;
        election.handOver(successor, ending.epoch())
                .whenComplete((left, failure) -> lane.execute(() -> {
                    if (leaving != successor) {
                        return;
                    } else if (failure != null) {
                        goOn(ending, failure.toString(), false);
                    } else if (!left) {
                        goOn(ending, successor.node() + " has left the election", true);
                    } else {
                        lane.schedule(FOLLOW_MILLIS, () -> notFollowed(ending, successor));
                    }
                }));
    }

    /** Without its place in the election the one that does not come holds up nobody else. */
    private void notFollowed(Term ending, Candidate successor) {
        if (leaving == successor && sequencer.term() == ending) {
            election.remove(successor, ending.epoch()).whenComplete((removed, failure) -> {
                if (failure != null) {
                    LOG.warn("{} could not be taken out of the election: {}", successor.node(), failure.toString());
                }
            });
            goOn(ending, successor.node() + " does not begin a term", false);
        }
    }

    /** @param certain whether this node has certainly not left the election, so that no newer term will come of it */
    private void goOn(Term ending, String why, boolean certain) {
        if (sequencer.term() != ending || closed) {
            return;
        }
        LOG.warn("{} goes on leading term {}: {}", self, ending.epoch(), why);
        underWay = false;
        leaving = null;
        sequencer.resume();
        Wish failed = tried;
        tried = null;
        if (failed != null) {
            settle(failed);
        }
        if (certain && failed != null) {
            for (Request request : List.copyOf(requests)) {
                if (request.epoch() == failed.epoch() && Objects.equals(request.successor(), failed.successor())) {
                    requests.remove(request);
                    request.newLeader()
                            .completeExceptionally(
                                    notDone(ErrorCode.NOT_READY, "'" + self + "' goes on leading: " + why));
                }
            }
        }
        begin();
    }

    private static NotDoneException notDone(ErrorCode code, String message) {
        return new NotDoneException(code, message, Duration.ofSeconds(1));
    }
}
