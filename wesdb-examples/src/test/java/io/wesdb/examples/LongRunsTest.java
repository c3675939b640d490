package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The longer runs, short. */
@Timeout(300)
class LongRunsTest {
    private static void holds(LongRun.Body body) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        int exitCode = LongRun.run(new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), false), body);

        assertEquals(0, exitCode, out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void nodesThatAreKilledAtRandomMomentsComeBackEqualAndNoAcknowledgedWriteIsMissing() throws Exception {
        KillSoak soak = new KillSoak();
        soak.kills = 6;
        soak.seed = 1;
        holds(soak::run);
    }

    @Test
    void zooKeeperHoldsNoMoreThanTheBoundAndAMarginAndTheAbsentNodeReturnsThroughASnapshot() throws Exception {
        BoundedLog run = new BoundedLog();
        run.bound = 200;
        run.writes = 2_000;
        run.callers = 1;
        holds(run::run);
    }

    @Test
    void aNodeJoinsUnderLoadThroughASnapshotAndIsEqual() throws Exception {
        Bootstrap run = new Bootstrap();
        run.size = 20 * 1024 * 1024;
        run.seconds = 2;
        holds(run::run);
    }

    @Test
    void aNodeReplaysWhatItMissedFasterThanItWasWritten() throws Exception {
        CatchUp run = new CatchUp();
        run.writes = 3_000;
        run.callers = 32;
        holds(run::run);
    }

    @Test
    void aStoppedNodeFailsNoWriteAndComesBackByItself() throws Exception {
        BadNodes run = new BadNodes();
        run.seconds = 3;
        run.rounds = 1;
        run.withoutFullDisk = true;
        holds(run::run);
    }

    @Test
    void noWriteFailsWhenTheLeaderHandsOverOrIsRestartedOrKilledAndNoneIsLostOrDoneTwice() throws Exception {
        LeaderChanges run = new LeaderChanges();
        run.seconds = 3;
        run.restarts = 0;
        run.leaderRestarts = 1;
        run.kills = 1;
        run.stops = 0;
        run.untimed = true;
        holds(run::run);
    }

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
