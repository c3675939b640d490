package io.wesdb.examples;

import static io.wesdb.examples.LongRunsTest.holds;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The longer runs that are about reads, short. */
@Timeout(300)
class ReadRunsTest {
    @Test
    void aSlowClientGetsEveryRowAndNoNumberOfThemStopsOtherQueries() throws Exception {
        SlowClient run = new SlowClient();
        run.rows = 100_000;
        run.rate = 64 * 1024;
        run.seconds = 1;
        run.rounds = 1;
        holds(run::run);
    }

    @Test
    void everyKindOfLongQueryIsEndedInEveryWayAndTheConnectionIsFitForUseAgain() throws Exception {
        Interrupts run = new Interrupts();
        run.rows = 20_000;
        run.times = 20_000;
        run.rounds = 1;
        run.longestMillis = 100;
        run.timed = false;
        run.seed = 1;
        holds(run::run);
    }

    @Test
    void linearizableReadsSeeEveryAcknowledgedWriteAndShareTheReadingsOfTheHead() throws Exception {
        ReadLevels run = new ReadLevels();
        run.seconds = 0.2;
        run.rounds = 1;
        holds(run::run);
    }

    @Test
    void linearizableReadsOnAllNodesAreLinearizableUnderFaultsAndTheCheckerRejectsLocalOnes() throws Exception {
        Linearizability run = new Linearizability();
        run.seconds = 1;
        run.seed = 1;
        run.faults = List.of(NodeFaults.Kind.FOLLOWER_PAUSED_BRIEFLY, NodeFaults.Kind.LEADER_PAUSED_LONG);
        holds(run::run);
    }
}
