package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The longer runs that break and replace nodes, short. */
@Timeout(300)
class LongRunsTest {
    /** Runs it, and fails with what it printed if a promise did not hold. */
    static void holds(LongRun.Body body) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        int exitCode = LongRun.run(new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), false), body);

        assertEquals(0, exitCode, out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void nodesThatAreKilledAtRandomMomentsComeBackEqualAndNoAcknowledgedWriteIsMissing() throws Exception {
        KillSoak soak = new KillSoak();
        soak.kills = 4;
        soak.seed = 1;
        holds(soak::run);
    }

    @Test
    void zooKeeperHoldsNoMoreThanTheBoundAndAMarginAndTheAbsentNodeReturnsThroughASnapshot() throws Exception {
        BoundedLog run = new BoundedLog();
        run.bound = 200;
        run.writes = 1_000;
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
        run.writes = 2_000;
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

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void whatTheClusterDoesIsWhatBareSqliteDoes(long seed) throws Exception {
        SqlSideBySide run = new SqlSideBySide();
        run.seed = seed;
        run.statements = 1_500;
        run.chapter = 1_500;
        run.shrink = Duration.ofSeconds(60);
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
    void eachTransferIsDoneExactlyOnceAndNoReadSeesAnotherTotalWhileLeadersComeAndGo() throws Exception {
        Bank run = new Bank();
        run.seconds = 1;
        run.seed = 1;
        run.faults = List.of(
                NodeFaults.Kind.LEADER_KILLED,
                NodeFaults.Kind.LEADER_PAUSED_BRIEFLY,
                NodeFaults.Kind.LEADERSHIP_HANDED_OVER);
        holds(run::run);
    }

    @Test
    void aKeyThatIsRememberedIsAnsweredAndEachWriteIsExecutedOnce() throws Exception {
        KeyWindow run = new KeyWindow();
        run.keys = 2_000;
        run.withRows = 100;
        run.looksAtIt = 1;
        holds(run::run);
    }

    @Test
    void underFourTimesTheLoadEveryRefusedWriteIsNotDoneAndAPoliteCallerIsNeverRefused() throws Exception {
        Overload run = new Overload();
        run.seconds = 0.5;
        run.rounds = 1;
        run.first = 64;
        run.most = 64;
        holds(run::run);
    }
}
