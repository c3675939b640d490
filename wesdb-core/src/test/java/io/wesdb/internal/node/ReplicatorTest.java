package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.WriteResult;
import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.log.memory.Call.Kind;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.truncation.TruncationSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Scenarios of writing, forwarding and change of leader, in one thread with the real parts. */
class ReplicatorTest {
    private static final String INSERT = "INSERT INTO w(id, r) VALUES (?, random())";

    @TempDir
    Path directory;

    private SimulatedCluster cluster;
    private SimulatedNode leader;
    private SimulatedNode follower;

    @BeforeEach
    void threeNodes() throws Exception {
        cluster = new SimulatedCluster(1, directory, "a", "b", "c");
        leader = cluster.leader();
        follower = cluster.nodes.values().stream()
                .filter(node -> !node.leads())
                .findFirst()
                .orElseThrow();
        done(leader.write(10_000, "CREATE TABLE w(id TEXT, r INTEGER)"));
        cluster.settle();
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private <T> T done(CompletableFuture<T> future) throws Exception {
        cluster.world.runUntil("a write to end", 60_000, future::isDone);
        return future.get();
    }

    private Throwable failure(CompletableFuture<?> future) {
        cluster.world.runUntil("a write to end", 60_000, future::isDone);
        return org.junit.jupiter.api.Assertions.assertThrows(ExecutionException.class, future::get)
                .getCause();
    }

    private void assertPresentOnce(String... ids) {
        cluster.settle();
        for (SimulatedNode node : cluster.nodes.values()) {
            assertEquals(
                    List.of(ids), Tables.column(cluster.file(node.name), "SELECT id FROM w ORDER BY id"), node.name);
        }
        assertEquals(
                1,
                cluster.nodes.values().stream()
                        .map(node -> Tables.column(cluster.file(node.name), "SELECT id || r FROM w ORDER BY id"))
                        .distinct()
                        .count(),
                "random() differs between the nodes");
    }

    @Test
    void aWriteThroughAFollowerIsOnAllNodesAndTheFollowerHasAppliedItWhenItAnswers() throws Exception {
        WriteResult result = done(follower.write(10_000, INSERT, "x"));
        assertTrue(follower.applied() >= result.index());
        assertEquals(1, result.rowsAffected());
        assertPresentOnce("x");
    }

    @Test
    void writesThatComeWhileAnAppendIsUnderWayShareTheNextEntry() throws Exception {
        leader.faults().next(1, Kind.APPEND, Fate.HOLD_ANSWER);
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            writes.add(leader.write(10_000, INSERT, "w" + i));
            cluster.world.run(1);
        }
        leader.faults().heal();
        long first = done(writes.get(0)).index();
        for (int i = 1; i < 100; i++) {
            assertEquals(first + 1, done(writes.get(i)).index());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {"LOSE_CALL", "LOSE_ANSWER"})
    void anAppendWhoseAnswerIsLostIsResolvedInTheSameTerm(Fate fate) throws Exception {
        long epoch = leader.replicator.state().term().epoch();
        leader.faults().next(1, Kind.APPEND, fate);
        CompletableFuture<WriteResult> first = leader.write(10_000, INSERT, "1");
        CompletableFuture<WriteResult> second = follower.write(10_000, INSERT, "2");
        done(first);
        done(second);
        assertPresentOnce("1", "2");
        assertEquals(epoch, leader.replicator.state().term().epoch(), "no change of leader was needed");
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {"LOSE_CALL", "LOSE_ANSWER"})
    void anAppendWhoseAnswerIsLostIsResolvedAfterAChangeOfLeader(Fate fate) throws Exception {
        leader.faults().next(1, Kind.APPEND, fate);
        CompletableFuture<WriteResult> own = leader.write(10_000, INSERT, "1");
        CompletableFuture<WriteResult> forwarded = follower.write(10_000, INSERT, "2");
        // The leader has sent the append and gets no answer, nor can it ask: its session is gone.
        cluster.world.runUntil(
                "the append to be lost",
                1_000,
                () -> leader.replicator.gateway().pendingWrites() == 1);
        cluster.world.run(5);
        leader.faults().disconnect();
        cluster.store.expire(leader.name);
        cluster.world.runUntil(
                "another leader",
                60_000,
                () -> cluster.nodes.values().stream().anyMatch(node -> node != leader && node.leads()));
        done(forwarded);
        leader.faults().reconnect();
        cluster.store.notice(leader.name);
        done(own);
        assertPresentOnce("1", "2");
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {"HOLD_CALL", "LOSE_CALL", "HOLD_ANSWER", "LOSE_ANSWER"})
    void aDeposedLeaderThatWakesInTheMiddleOfAnAppendAppendsNothing(Fate fate) throws Exception {
        leader.faults().plan(Kind.APPEND, fate);
        CompletableFuture<WriteResult> before = leader.write(20_000, INSERT, "before");
        cluster.world.run(20);
        boolean inTheLog = fate == Fate.HOLD_ANSWER || fate == Fate.LOSE_ANSWER;

        cluster.store.expire(leader.name);
        SimulatedNode next = cluster.node("a") == leader ? cluster.node("b") : cluster.node("a");
        cluster.world.runUntil(
                "another leader",
                60_000,
                () -> cluster.nodes.values().stream().anyMatch(node -> node != leader && node.leads()));
        done(next.write(10_000, INSERT, "after"));
        assertEquals(
                inTheLog ? List.of("before", "after") : List.of("after"),
                Tables.column(cluster.file(next.name), "SELECT id FROM w ORDER BY rowid"));

        // It wakes: what it held back reaches the log now, and it still believes that it leads.
        leader.faults().heal();
        cluster.world.run(50);
        cluster.store.notice(leader.name);
        done(before);
        // Its own write was done by the next leader, once; nothing came in under its old term after the fence.
        assertPresentOnce("after", "before");
    }

    @ParameterizedTest
    @EnumSource(SimulatedNetwork.Fate.class)
    void aForwardedBatchIsExecutedOnceWhateverHappensToItsMessages(SimulatedNetwork.Fate fate) throws Exception {
        int[] times = {3};
        cluster.network.plan = (from, to) -> times[0]-- > 0 ? fate : SimulatedNetwork.Fate.DELIVER;
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        String[] ids = new String[20];
        for (int i = 0; i < 20; i++) {
            ids[i] = "id" + (char) ('a' + i);
            writes.add(follower.write(10_000, INSERT, ids[i]));
            cluster.world.run(2);
        }
        for (CompletableFuture<WriteResult> write : writes) {
            done(write);
        }
        cluster.network.arriveLate();
        cluster.world.run(100);
        assertPresentOnce(ids);
    }

    @Test
    void aBatchThatArrivesAfterItsTermIsNotExecuted() throws Exception {
        cluster.network.plan = (from, to) -> SimulatedNetwork.Fate.ARRIVE_LATE;
        CompletableFuture<WriteResult> write = follower.write(10_000, INSERT, "x");
        cluster.world.run(30);
        cluster.store.expire(leader.name);
        cluster.store.notice(leader.name);
        cluster.world.runUntil(
                "another leader",
                60_000,
                () -> cluster.nodes.values().stream().anyMatch(node -> node != leader && node.leads()));
        cluster.network.plan = (from, to) -> SimulatedNetwork.Fate.DELIVER;
        done(write);
        cluster.network.arriveLate();
        cluster.world.run(100);
        assertPresentOnce("x");
    }

    @Test
    void withoutALeaderAWriteEndsAsNotDoneAndIsNeverExecuted() throws Exception {
        cluster.network.plan = (from, to) -> SimulatedNetwork.Fate.REFUSE;
        NotDoneException failure =
                assertInstanceOf(NotDoneException.class, failure(follower.write(300, INSERT, "never")));
        assertEquals(ErrorCode.NO_LEADER, failure.code());
        cluster.network.plan = (from, to) -> SimulatedNetwork.Fate.DELIVER;
        done(follower.write(10_000, INSERT, "later"));
        assertPresentOnce("later");
    }

    @Test
    void aWriteWhoseAnswerIsNotKnownAtItsDeadlineEndsAsUnknown() throws Exception {
        cluster.network.plan = (from, to) -> SimulatedNetwork.Fate.LOSE_CALL;
        assertInstanceOf(OutcomeUnknownException.class, failure(follower.write(300, INSERT, "who knows")));
    }

    @Test
    void aWriteWhoseDeadlineHasPassedBeforeItIsAppendedIsNotAppended() throws Exception {
        leader.faults().next(1, Kind.APPEND, Fate.HOLD_CALL);
        CompletableFuture<WriteResult> first = leader.write(60_000, INSERT, "first");
        cluster.world.run(5);
        CompletableFuture<WriteResult> late = follower.write(100, INSERT, "late");
        cluster.world.run(1_000);
        assertInstanceOf(OutcomeUnknownException.class, failure(late), "it was sent, so its fate is not known here");
        leader.faults().heal();
        done(first);
        cluster.world.run(1_000);
        assertPresentOnce("first");
    }

    @Test
    void aRefusedCommandHasTheSameOutcomeForItsCallerOnAnyNode() {
        for (SimulatedNode node : cluster.nodes.values()) {
            io.wesdb.SqlException refused = assertInstanceOf(
                    io.wesdb.SqlException.class, failure(node.write(10_000, "INSERT INTO nowhere VALUES (1)")));
            assertEquals(1, refused.sqliteCode());
        }
    }

    @Test
    void aNodeThatStartsLateReplaysTheLogAndServesOnlyThen() throws Exception {
        done(leader.write(10_000, INSERT, "x"));
        SimulatedNode late = cluster.start("d");
        assertFalse(late.ready.isDone());
        cluster.world.runUntil("the new node to be ready", 60_000, late.ready::isDone);
        assertEquals(List.of("x"), Tables.column(cluster.file("d"), "SELECT id FROM w"));
    }

    private SimulatedNode begunButNotLeading() {
        cluster.nodes.values().stream()
                .filter(node -> node != leader)
                .forEach(node -> node.faults().plan(Kind.RAISE_FENCE, Fate.HOLD_ANSWER));
        cluster.store.expire(leader.name);
        cluster.world.run(50);
        return cluster.nodes.values().stream()
                .filter(node -> node.replicator.state().term().leader().equals(node.name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anAnswerToATermBegunInAnEarlierElectionDoesNotKeepANodeFromLeadingInTheNext() {
        SimulatedNode slow = begunButNotLeading();
        SimulatedNode other = cluster.nodes.values().stream()
                .filter(node -> node != slow && node != leader)
                .findFirst()
                .orElseThrow();
        cluster.store.expire(slow.name);
        cluster.store.notice(slow.name);
        other.faults().heal();
        cluster.world.runUntil("the other to lead", 60_000, other::leads);
        cluster.store.notice(leader.name);
        cluster.world.run(50);
        slow.faults().heal(); // the answer comes now
        cluster.world.run(200);
        other.crash();
        leader.crash();
        cluster.world.runUntil("the only candidate to lead", 120_000, slow::leads);
    }

    @Test
    void aNodeThatHaltsWhileItsTermBeginsDoesNotLeadIt() {
        SimulatedNode node = begunButNotLeading();
        cluster.world.run(5);
        node.replicator.halt("a disk failed");
        node.faults().heal();
        cluster.world.run(50);
        assertEquals(io.wesdb.Role.HALTED, node.replicator.state().role());
    }

    @Test
    void aNodeThatRestartedOnItsFileDecidesByTheFenceTooWhenNothingWasWrittenSince() throws Exception {
        follower.crash();
        SimulatedNode back = cluster.start(follower.name);
        cluster.world.runUntil("the node to be ready", 60_000, back.ready::isDone);
        cluster.world.run(100);
        cluster.network.plan = (from, to) -> SimulatedNetwork.Fate.LOSE_CALL;
        CompletableFuture<WriteResult> write = back.write(30_000, INSERT, "x");
        cluster.world.run(30);
        leader.crash();
        cluster.network.plan = (from, to) -> SimulatedNetwork.Fate.DELIVER;
        done(write);
        assertPresentOnce("x");
    }

    @Test
    void anAppendThatWasRepeatedAndThenFencedIsNotTakenForOneThatNeverHappened() throws Exception {
        leader.faults().next(1, Kind.APPEND, Fate.HOLD_CALL);
        CompletableFuture<WriteResult> write = leader.write(30_000, INSERT, "x");
        cluster.world.run(10);
        leader.faults().disconnect();
        leader.faults()
                .plan(call -> call.kind() == Kind.TERM
                        ? Fate.HOLD_ANSWER
                        : call.kind() == Kind.EVENT ? Fate.HOLD_CALL : Fate.DELIVER);
        leader.faults().reconnect();
        cluster.world.run(300);
        leader.faults().arrive(); // the first sending was only long on its way
        cluster.world.run(20);
        cluster.store.expire(leader.name);
        cluster.world.runUntil(
                "another leader",
                60_000,
                () -> cluster.nodes.values().stream().anyMatch(node -> node != leader && node.leads()));
        leader.faults().releaseAnswers();
        cluster.world.run(50);
        leader.faults().heal();
        cluster.store.notice(leader.name);
        done(write);
        assertPresentOnce("x");
    }

    @Test
    void norIsOneThatIsResolvedUnderANewerTermOfWhichTheLeaderWasNotTold() throws Exception {
        boolean[] lost = new boolean[1];
        leader.faults().plan(call -> {
            if (call.kind() == Kind.APPEND && !lost[0]) {
                lost[0] = true;
                return Fate.LOSE_ANSWER;
            }
            return call.kind() == Kind.HEAD
                    ? Fate.HOLD_ANSWER
                    : call.kind() == Kind.EVENT ? Fate.HOLD_CALL : Fate.DELIVER;
        });
        CompletableFuture<WriteResult> write = leader.write(30_000, INSERT, "x");
        cluster.world.run(20);
        cluster.store.expire(leader.name);
        cluster.world.runUntil(
                "another leader",
                60_000,
                () -> cluster.nodes.values().stream().anyMatch(node -> node != leader && node.leads()));
        leader.faults().releaseAnswers();
        cluster.world.run(50);
        leader.faults().heal();
        cluster.store.notice(leader.name);
        done(write);
        assertPresentOnce("x");
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noHistoryOfFaultsLosesAddsOrRepeatsAWrite(int seed) throws Exception {
        cluster.close();
        new FaultHistory(seed, directory.resolve("h" + seed)).run();
    }

    /** Once the file was taken to be ahead of the log, for good. */
    @Test
    void aTermThatIsOverWhenItsBeginningIsToldIsNotServedAndHaltsNobody() throws Exception {
        List<Election.Candidate> queue = done(leader.cluster.election().candidates());
        SimulatedNode next = cluster.node(queue.get(1).node());
        SimulatedNode last = cluster.node(queue.get(2).node());
        next.faults().plan(call -> switch (call.kind()) {
            case EVENT -> Fate.HOLD_CALL;
            case HEAD_AFTER_FENCE -> Fate.HOLD_ANSWER;
            default -> Fate.DELIVER;
        });
        done(leader.write(10_000, INSERT, "1")); // which the next one does not see, but finds when it begins its term
        leader.crash();
        cluster.world.run(1_000);
        cluster.store.expire(next.name);
        cluster.world.runUntil("the other one to lead", 1_000, last::leads);
        for (int i = 2; i < 9; i++) {
            done(last.write(10_000, INSERT, "" + i));
        }
        next.faults().releaseCalls();
        cluster.world.runUntil(
                "the newer term to be known",
                1_000,
                () -> next.replicator.state().term().leader().equals(last.name));
        next.faults().heal();
        cluster.world.run(1_000);
        assertTrue(next.serves() && !next.leads());
        done(next.write(10_000, INSERT, "9"));
        assertPresentOnce("1", "2", "3", "4", "5", "6", "7", "8", "9");
    }

    /** Nodes that come back take snapshots, one from another, while all that goes on. */
    @ParameterizedTest
    @MethodSource("seeds")
    void norDoesOneWhoseLogIsSoShortThatNodesNeedSnapshots(int seed) throws Exception {
        cluster.close();
        TruncationSettings shortLog = new TruncationSettings(10, 1L << 40, Duration.ofDays(7), 2, 50);
        new FaultHistory(seed, directory.resolve("h" + seed), shortLog).run();
    }

    /** Nodes close, sessions outlast their processes, and answers of the election are lost as well. */
    @ParameterizedTest
    @MethodSource("seeds")
    void norDoesOneInWhichTheElectionComesToNoRest(int seed) throws Exception {
        cluster.close();
        new FaultHistory(seed, directory.resolve("h" + seed)).restless().run();
    }

    /** 30 of them, or as many as {@code -Dwesdb.seeds=from-to} says. */
    static IntStream seeds() {
        String[] range = System.getProperty("wesdb.seeds", "1-30").split("-", 2);
        return IntStream.rangeClosed(Integer.parseInt(range[0]), Integer.parseInt(range[1]));
    }
}
