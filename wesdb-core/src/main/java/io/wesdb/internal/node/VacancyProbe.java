package io.wesdb.internal.node;

import io.wesdb.internal.cluster.Election.Candidate;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.write.LeaderLines;
import io.wesdb.internal.write.LeaderLines.Line;
import io.wesdb.internal.write.LeaderLines.Loss;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a candidate who should lead, since he is the first in the queue, and does not. He counts as dead when fresh
 * attempts are refused as often in a row as a leader's would have to be; no line to him was open before, so this must be
 * asked of nobody but a candidate whom the whole cluster waits for.
 *
 * <p>Owned by the replicator lane: every method is called there.
 */
final class VacancyProbe {
    private final Lane lane;
    private final LeaderLines lines;
    private final Candidate candidate;
    private final String address;
    private final Runnable dead;
    private @Nullable Line line;
    private boolean over;
    private int refusals;

    /** @param dead called on the lane, unless the probe ends before */
    VacancyProbe(Lane lane, LeaderLines lines, Candidate candidate, String address, Runnable dead) {
        this.lane = lane;
        this.lines = lines;
        this.candidate = candidate;
        this.address = address;
        this.dead = dead;
    }

    /** Whether it has come to its end, with whatever result. */
    boolean over() {
        return over;
    }

    void call() {
        if (!over) {
            line = lines.connect(address, candidate.node(), new LeaderLines.Listener() {
                @Override
                public void opened() {
                    lane.execute(VacancyProbe.this::end);
                }

                @Override
                public void lost(Loss how) {
                    lane.execute(() -> VacancyProbe.this.lost(how));
                }
            });
        }
    }

    private void lost(Loss how) {
        if (over) {
            return;
        } else if (how != Loss.REFUSED) {
            end();
        } else if (++refusals < LeaderWatch.REFUSALS) {
            lane.schedule(LeaderWatch.PROBE_MILLIS, this::call);
        } else {
            end();
            dead.run();
        }
    }

    void end() {
        over = true;
        if (line != null) {
            line.close();
        }
    }
}
