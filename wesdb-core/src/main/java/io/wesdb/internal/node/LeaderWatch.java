package io.wesdb.internal.node;

import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.cluster.Election.Candidate;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.write.LeaderLines;
import io.wesdb.internal.write.LeaderLines.Line;
import io.wesdb.internal.write.LeaderLines.Loss;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A follower's watch over the leader's process, so that one that died is replaced without waiting for its session's end.
 *
 * <p>While another node leads, a line to it is kept open. It counts as dead when <em>its machine</em> says so: the line
 * that was open has ended, and then fresh attempts are refused, {@value #REFUSALS} in a row, {@value #PROBE_MILLIS} ms
 * apart. Silence says nothing (a network that is cut, a process that is stopped): that is left to the session. Then the
 * leader's place in the election is removed, and the next candidate begins its term. If that one is dead too, which
 * nobody has noticed yet, its machine refuses as well: whoever is first in a queue without the leader, begins no term
 * and is refused so often loses his place in the same way.
 *
 * <p><b>When that is wrong</b> (a leader that lives but whose listener is gone, a firewall that answers with resets) it
 * costs one change of leader and never more: the fence, not this, keeps terms apart (I4), and the leader notices the newer
 * term and queues up again. Whoever was wrong once about an incarnation never accuses it again, so a cut on one side
 * cannot make leadership go to and fro.
 *
 * <p>Owned by the replicator lane: every method is called there.
 */
final class LeaderWatch {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderWatch.class);

    static final int REFUSALS = 4;
    static final long PROBE_MILLIS = 30;

    /** The pause before a line is tried that cannot be had at present. */
    static final long RETRY_MILLIS = 500;

    /** More lives of nodes than one sees accused in its own; beyond it the oldest is forgotten (I12). */
    private static final int MAX_ACCUSED = 256;

    private final Lane lane;
    private final String self;
    private final LeaderLines lines;
    private final Election election;
    private final Membership membership;
    private final SignsOfLife signs;

    /** By node and incarnation, the one place that this node has removed, or tried to. */
    private final Map<String, String> accused = new LinkedHashMap<>();

    private @Nullable Watched watched;

    /** One term of another node. */
    private static final class Watched {
        final Term term;

        @Nullable String incarnation;

        @Nullable Line line;

        boolean open;

        /** Whether the last line that was open has ended, and no attempt since came to anything but a refusal. */
        boolean suspected;

        int refusals;

        /** Of the candidate that should follow, when this leader has no place any more. */
        @Nullable VacancyProbe probe;

        /** Asked for when the suspicion begins, so that nothing is to be waited for when it is confirmed. */
        CompletableFuture<List<Candidate>> candidates = CompletableFuture.completedFuture(List.of());

        Watched(Term term) {
            this.term = term;
        }
    }

    LeaderWatch(
            Lane lane, String self, LeaderLines lines, Election election, Membership membership, SignsOfLife signs) {
        this.lane = lane;
        this.self = self;
        this.lines = lines;
        this.election = election;
        this.membership = membership;
        this.signs = signs;
    }

    /** A newer term began: its leader is watched from now on, unless that is this node. */
    void termChanged(Term term) {
        stop();
        if (!term.leader().equals(self)) {
            Watched next = new Watched(term);
            watched = next;
            call(next);
        }
    }

    /** Ends it until the next term. */
    void stop() {
        Watched last = watched;
        watched = null;
        if (last != null && last.line != null) {
            last.line.close();
        }
        if (last != null && last.probe != null) {
            last.probe.end();
        }
    }

    private void call(Watched of) {
        if (of == watched) {
            of.line = lines.connect(of.term.address(), of.term.leader(), new LeaderLines.Listener() {
                @Override
                public void opened() {
                    lane.execute(() -> LeaderWatch.this.opened(of));
                }

                @Override
                public void lost(Loss how) {
                    lane.execute(() -> LeaderWatch.this.lost(of, how));
                }
            });
        }
    }

    private void callLater(Watched of, long millis) {
        lane.schedule(millis, () -> call(of));
    }

    private void opened(Watched of) {
        if (of == watched) {
            of.open = true;
            of.suspected = false;
            of.incarnation = incarnation(of.term);
        }
    }

    /** Whose life the line belongs to: one that the node begins later must not be accused for this one's end. */
    private @Nullable String incarnation(Term term) {
        return membership.members().stream()
                .filter(member ->
                        member.node().equals(term.leader()) && member.address().equals(term.address()))
                .map(Member::incarnation)
                .findFirst()
                .orElse(null);
    }

    private void lost(Watched of, Loss how) {
        if (of != watched) {
            return;
        }
        boolean wasOpen = of.open;
        of.open = false;
        of.line = null;
        if (how == Loss.ENDED && wasOpen) {
            of.suspected = true;
            of.refusals = 0;
            if (of.incarnation == null) { // it was not known yet when the line opened
                of.incarnation = incarnation(of.term);
            }
            of.candidates = election.candidates();
            callLater(of, PROBE_MILLIS);
        } else if (how == Loss.REFUSED && of.suspected) {
            of.refusals++;
            if (of.refusals < REFUSALS) {
                callLater(of, PROBE_MILLIS);
            } else {
                accuse(of);
            }
        } else {
            of.suspected = false;
            callLater(of, RETRY_MILLIS);
        }
    }

    private void accuse(Watched of) {
        of.refusals = REFUSALS - 1; // should it come to nothing, the next refusal accuses again
        callLater(of, RETRY_MILLIS);
        CompletableFuture<List<Candidate>> known = of.candidates;
        of.candidates = election.candidates(); // for the next time
        known.whenComplete((candidates, failure) -> lane.execute(() -> {
            if (of == watched && of.suspected && candidates != null) {
                place(of, candidates).ifPresentOrElse(place -> removeIfAnotherIsThere(of, place, candidates), () -> {
                    lookAtTheNext(of);
                });
            }
        }));
    }

    private static Optional<Candidate> place(Watched of, List<Candidate> candidates) {
        return candidates.stream()
                .filter(candidate -> candidate.node().equals(of.term.leader())
                        && candidate.incarnation().equals(of.incarnation))
                .findFirst();
    }

    private void removeIfAnotherIsThere(Watched of, Candidate leader, List<Candidate> candidates) {
        if (candidates.stream().anyMatch(candidate -> !candidate.node().equals(leader.node()))) {
            remove(of, leader);
        }
    }

    /** The leader is gone and has no place any more: who should begin the next term? */
    private void lookAtTheNext(Watched of) {
        election.candidates()
                .whenComplete((candidates, failure) -> lane.execute(() -> {
                    boolean vacant = of == watched
                            && of.suspected
                            && candidates != null
                            && candidates.size() > 1
                            && place(of, candidates).isEmpty();
                    if (!vacant || (of.probe != null && !of.probe.over())) {
                        return;
                    }
                    Candidate next = candidates.get(0);
                    if (!next.node().equals(self)) {
                        signs.address(next).ifPresent(address -> {
                            VacancyProbe probe = new VacancyProbe(lane, lines, next, address, () -> remove(of, next));
                            of.probe = probe;
                            probe.call();
                        });
                    }
                }));
    }

    private void remove(Watched of, Candidate dead) {
        String before = accused.putIfAbsent(dead.node() + "/" + dead.incarnation(), dead.place());
        if (before != null && !before.equals(dead.place())) {
            LOG.debug("{} was taken for dead before, and lived; its session decides", dead.node());
            return;
        }
        if (accused.size() > MAX_ACCUSED) {
            accused.remove(accused.keySet().iterator().next());
        }
        LOG.warn(
                "{}: the process of {}, which leads term {} or should lead the next, is gone: its machine refuses connections; another node must lead",
                self,
                dead.node(),
                of.term.epoch());
        election.remove(dead, of.term.epoch())
                .whenComplete((removed, failure) -> lane.execute(() -> {
                    if (failure == null) {
                        lookAtTheNext(of);
                    } else {
                        LOG.warn(
                                "{} could not be taken out of the election, trying again: {}",
                                dead.node(),
                                failure.toString());
                    }
                }));
    }
}
