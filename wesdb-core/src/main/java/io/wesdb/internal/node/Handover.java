package io.wesdb.internal.node;

import io.wesdb.ErrorCode;
import io.wesdb.InvalidRequestException;
import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.WesDbException;
import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.cluster.Election.Candidate;
import io.wesdb.internal.cluster.Election.Wish;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.env.Clock;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.write.Sequencer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
 * <p><b>Handing over.</b> The leader takes no more batches, whose origins therefore keep them; lets its appends come to
 * their end; and leaves the election such that the successor is elected at that moment. If something of that fails, it
 * goes on leading: whether it left in fact is decided by the fence, as always (I4).
 *
 * <p>Owned by the replicator lane: every method but {@link #transfer} is called there.
 */
final class Handover {
    private static final Logger LOG = LoggerFactory.getLogger(Handover.class);

    /** How long appends under way may take before the leader rather goes on leading. */
    private static final long DRAIN_MILLIS = 2_000;

    private static final long POLL_MILLIS = 1;
    private static final int MAX_REQUESTS = 64;

    private final Lane lane;
    private final Clock clock;
    private final String self;
    private final Election election;
    private final Membership membership;
    private final Sequencer sequencer;
    private final List<Request> requests = new ArrayList<>();
    private @Nullable Term term;
    private @Nullable Wish wish;
    private boolean underWay;

    /** Waits for a term after {@code epoch}. */
    private record Request(long epoch, @Nullable String successor, CompletableFuture<String> newLeader) {}

    Handover(Lane lane, Clock clock, String self, Election election, Membership membership, Sequencer sequencer) {
        this.lane = lane;
        this.clock = clock;
        this.self = self;
        this.election = election;
        this.membership = membership;
        this.sequencer = sequencer;
    }

    /**
     * Has the leader hand over to {@code successor}, or to whoever is next. Completes with the new leader's id, at the
     * latest after {@code timeout}, on the lane. Any thread.
     */
    CompletableFuture<String> transfer(@Nullable String successor, Duration timeout) {
        CompletableFuture<String> newLeader = new CompletableFuture<>();
        lane.execute(() -> {
            lane.schedule(
                    timeout.toMillis(),
                    () -> newLeader.completeExceptionally(new OutcomeUnknownException(
                            "the leader did not hand over within " + timeout + "; it may still do so")));
            begin(successor, newLeader);
        });
        return newLeader;
    }

    private void begin(@Nullable String successor, CompletableFuture<String> newLeader) {
        requests.removeIf(request -> request.newLeader().isDone());
        if (term == null) {
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
        election.ask(asked).whenComplete((done, failure) -> {
            if (failure != null) {
                newLeader.completeExceptionally(new OutcomeUnknownException(
                        "ZooKeeper was lost while the leader was asked; it may still hand over"));
            }
        });
    }

    private @Nullable WesDbException refusal(Term ending, List<Candidate> candidates, @Nullable String successor) {
        if (choose(ending, candidates, successor).isPresent()) {
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

    private static Optional<Candidate> choose(Term ending, List<Candidate> candidates, @Nullable String successor) {
        return candidates.stream()
                .filter(candidate -> successor == null
                        ? !candidate.node().equals(ending.leader())
                        : candidate.node().equals(successor))
                .findFirst();
    }

    /** A newer term began. */
    void termChanged(Term newTerm) {
        term = newTerm;
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

    /** Somebody has asked some leader to hand over. */
    void asked(Wish newWish) {
        wish = newWish;
        begin();
    }

    /** This node serves a new term, which it may have been asked to hand over already. */
    void leads() {
        underWay = false;
        begin();
    }

    /** Ends what waits for a change of leader. */
    void close(WesDbException why) {
        requests.forEach(request -> request.newLeader().completeExceptionally(why));
        requests.clear();
    }

    private void begin() {
        Term ending = sequencer.term();
        Wish asked = wish;
        if (underWay || ending == null || asked == null || asked.epoch() != ending.epoch()) {
            return;
        }
        wish = null;
        underWay = true;
        // Everything that can be known before is found out while writes still go on.
        election.candidates()
                .whenComplete((candidates, failure) -> lane.execute(() -> {
                    Optional<Candidate> successor =
                            candidates == null ? Optional.empty() : choose(ending, candidates, asked.successor());
                    if (sequencer.term() != ending) {
                        return;
                    } else if (successor.isEmpty()) {
                        goOn(ending, "nobody can take over");
                        return;
                    }
                    LOG.info(
                            "{} hands term {} over to {}",
                            self,
                            ending.epoch(),
                            successor.get().node());
                    sequencer.handOver();
                    drain(ending, successor.get(), clock.nanos() + TimeUnit.MILLISECONDS.toNanos(DRAIN_MILLIS));
                }));
    }

    private void drain(Term ending, Candidate successor, long deadlineNanos) {
        if (sequencer.term() != ending) {
            return;
        } else if (sequencer.idle()) {
            leave(ending, successor);
        } else if (clock.nanos() - deadlineNanos < 0) {
            lane.schedule(POLL_MILLIS, () -> drain(ending, successor, deadlineNanos));
        } else {
            goOn(ending, "what is under way does not come to its end");
        }
    }

    /** From here on the election says that this node is no longer the leader, and the replicator acts upon that. */
    private void leave(Term ending, Candidate successor) {
        election.handOver(successor)
                .whenComplete((left, failure) -> lane.execute(() -> {
                    if (failure != null) {
                        goOn(ending, failure.toString());
                    } else if (!left) {
                        goOn(ending, successor.node() + " has left the election");
                    }
                }));
    }

    private void goOn(Term ending, String why) {
        if (sequencer.term() == ending) {
            LOG.warn("{} goes on leading term {}: {}", self, ending.epoch(), why);
            underWay = false;
            sequencer.resume();
        }
    }

    private static NotDoneException notDone(ErrorCode code, String message) {
        return new NotDoneException(code, message, Duration.ofSeconds(1));
    }
}
