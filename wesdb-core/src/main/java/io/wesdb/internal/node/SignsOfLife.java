package io.wesdb.internal.node;

import io.wesdb.internal.cluster.Election.Candidate;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.write.LeaderLines;
import io.wesdb.internal.write.LeaderLines.Line;
import io.wesdb.internal.write.LeaderLines.Loss;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Which candidates live. A place in the election lasts as long as its session, so it says little of a process that was
 * killed or stopped; a fresh line on which it proves who it is says that it lives now. Not that it has ZooKeeper: who
 * relies on it must be ready for a candidate that does not come.
 *
 * <p>Owned by the replicator lane: every method is called there.
 */
final class SignsOfLife {
    /** How long is waited for the first sign, and then for others. */
    static final long PATIENCE_MILLIS = 500;

    private static final long MORE_MILLIS = 50;

    private final Lane lane;
    private final LeaderLines lines;
    private final Membership membership;

    SignsOfLife(Lane lane, LeaderLines lines, Membership membership) {
        this.lane = lane;
        this.lines = lines;
        this.membership = membership;
    }

    /** Where that life of a node listens, as far as this node has heard. */
    Optional<String> address(Candidate candidate) {
        return membership.members().stream()
                .filter(member -> member.node().equals(candidate.node())
                        && member.incarnation().equals(candidate.incarnation()))
                .map(Member::address)
                .findFirst();
    }

    /** Those of {@code candidates} that give a sign of life, in the same order. Completed on the lane. */
    CompletableFuture<List<Candidate>> living(List<Candidate> candidates) {
        return new Round(candidates).living;
    }

    private final class Round {
        private final List<Candidate> candidates;
        private final Set<Candidate> waitedFor;
        private final Set<Candidate> alive = new HashSet<>();
        private final List<Line> open = new ArrayList<>();
        private final CompletableFuture<List<Candidate>> living = new CompletableFuture<>();

        Round(List<Candidate> candidates) {
            this.candidates = candidates;
            this.waitedFor = new HashSet<>(candidates);
            lane.schedule(PATIENCE_MILLIS, this::end);
            for (Candidate candidate : candidates) {
                address(candidate)
                        .ifPresentOrElse(
                                address -> open.add(lines.connect(address, candidate.node(), listener(candidate))),
                                () -> waitedFor.remove(candidate));
            }
            endIfAllIsKnown();
        }

        private LeaderLines.Listener listener(Candidate candidate) {
            return new LeaderLines.Listener() {
                @Override
                public void opened() {
                    lane.execute(() -> answered(candidate, true));
                }

                @Override
                public void lost(Loss how) {
                    lane.execute(() -> answered(candidate, false));
                }
            };
        }

        private void answered(Candidate candidate, boolean lives) {
            if (waitedFor.remove(candidate) && lives) {
                alive.add(candidate);
                lane.schedule(MORE_MILLIS, this::end);
            }
            endIfAllIsKnown();
        }

        private void endIfAllIsKnown() {
            if (waitedFor.isEmpty()) {
                end();
            }
        }

        private void end() {
            if (!living.isDone()) {
                open.forEach(Line::close);
                living.complete(candidates.stream().filter(alive::contains).toList());
            }
        }
    }
}
