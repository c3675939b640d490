package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.InvalidRequestException;
import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.WriteResult;
import io.wesdb.internal.cluster.Election;
import io.wesdb.internal.log.memory.Call.Kind;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.write.LeaderLines.Loss;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Leadership handed over, in one thread with the real parts. */
class HandoverTest {
    private static final String INSERT = "INSERT INTO w(id) VALUES (?)";
    /** What one change of leader may take, by simulated time. */
    private static final long SOON_MILLIS = 1_000;

    @TempDir
    Path directory;

    private SimulatedCluster cluster;
    private SimulatedNode leader;

    @BeforeEach
    void threeNodes() throws Exception {
        cluster = new SimulatedCluster(1, directory, "a", "b", "c");
        leader = cluster.leader();
        done(leader.write(10_000, "CREATE TABLE w(id TEXT)"));
        cluster.settle();
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private <T> T done(CompletableFuture<T> future) throws Exception {
        cluster.world.runUntil("it to end", 60_000, future::isDone);
        return future.get();
    }

    private Throwable failure(CompletableFuture<?> future) {
        cluster.world.runUntil("it to end", 60_000, future::isDone);
        return assertThrows(ExecutionException.class, future::get).getCause();
    }

    private static CompletableFuture<String> transfer(SimulatedNode asked, String successor) {
        return asked.replicator.handover().transfer(successor, Duration.ofSeconds(10));
    }

    private List<SimulatedNode> followers() {
        return cluster.nodes.values().stream().filter(node -> node != leader).toList();
    }

    @Test
    void anyNodeMayBeAskedForAnySuccessorAndWritesThroughAllNodesAreDoneOnceAndNeverFail() throws Exception {
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (String asked : List.of("a", "b", "c")) {
            for (String successor : List.of("a", "b", "c")) {
                CompletableFuture<String> handed = transfer(cluster.node(asked), successor);
                while (!handed.isDone()) {
                    cluster.nodes.values().forEach(node -> writes.add(node.write(30_000, INSERT, "w" + writes.size())));
                    cluster.world.run(1);
                }
                assertEquals(successor, handed.get());
                cluster.world.runUntil(
                        "it to lead", 1_000, () -> cluster.node(successor).leads());
            }
        }
        for (CompletableFuture<WriteResult> write : writes) {
            done(write);
        }
        cluster.settle();
        assertEquals(
                List.of(writes.size() + " " + writes.size()),
                Tables.column(cluster.file("a"), "SELECT count(*) || ' ' || count(DISTINCT id) FROM w"));
    }

    @Test
    void withoutANameSomeOtherNodeLeads() throws Exception {
        String next = done(transfer(leader, null));
        assertTrue(followers().stream().anyMatch(node -> node.name.equals(next)));
    }

    @Test
    void whatIsUnderWayIsDrainedBeforeTheTermEnds() throws Exception {
        leader.faults().next(1, Kind.APPEND, Fate.HOLD_ANSWER);
        CompletableFuture<WriteResult> write = leader.write(30_000, INSERT, "x");
        CompletableFuture<String> handed = transfer(followers().get(0), null);
        cluster.world.run(500);
        assertTrue(leader.leads() && !handed.isDone(), "an append is under way");
        leader.faults().heal();
        done(handed);
        done(write);
    }

    @Test
    void aLeaderWhoseAppendsDoNotEndGoesOnLeadingAndTheCallerIsTold() throws Exception {
        leader.faults().next(1, Kind.APPEND, Fate.HOLD_ANSWER);
        CompletableFuture<WriteResult> write = leader.write(60_000, INSERT, "x");
        assertInstanceOf(NotDoneException.class, failure(transfer(leader, null)));
        leader.faults().heal();
        done(write);
        done(followers().get(0).write(10_000, INSERT, "y"));
        assertTrue(leader.leads());
    }

    @Test
    void aNodeThatIsNotThereIsAnErrorOfTheCallerAndNobodyElseServingIsNotDone() throws Exception {
        assertInstanceOf(
                InvalidRequestException.class, failure(transfer(followers().get(0), "x")));
        for (SimulatedNode node : followers()) {
            node.cluster.election().withdraw();
        }
        cluster.world.run(10);
        assertInstanceOf(NotDoneException.class, failure(transfer(leader, null)));
        assertInstanceOf(
                NotDoneException.class, failure(transfer(leader, followers().get(0).name)));
        assertTrue(leader.leads());
    }

    @Test
    void theLeaderItselfIsDoneAtOnce() throws Exception {
        long epoch = leader.replicator.state().term().epoch();
        assertEquals(leader.name, done(transfer(followers().get(0), leader.name)));
        cluster.world.run(1_000);
        assertEquals(epoch, leader.replicator.state().term().epoch());
    }

    @Test
    void withoutZooKeeperNothingIsDone() {
        SimulatedNode asked = followers().get(0);
        asked.faults().disconnect();
        assertInstanceOf(NotDoneException.class, failure(transfer(asked, null)));
        asked.faults().reconnect();
    }

    @Test
    void aPlaceInTheElectionThatIsRemovedByMistakeCostsATermAndNothingElse() throws Exception {
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            long epoch = cluster.leader().replicator.state().term().epoch();
            String name = List.of("a", "b", "c").get(i % 3);
            cluster.store.loseElection(name);
            for (int j = 0; j < 20; j++) {
                cluster.nodes.values().forEach(node -> writes.add(node.write(30_000, INSERT, "w" + writes.size())));
                cluster.world.run(1);
            }
            cluster.world.run(200);
            assertTrue(cluster.leader().replicator.state().term().epoch() <= epoch + 1);
        }
        for (CompletableFuture<WriteResult> write : writes) {
            done(write);
        }
        cluster.settle();
        assertEquals(
                List.of(writes.size() + " " + writes.size()),
                Tables.column(cluster.file("a"), "SELECT count(*) || ' ' || count(DISTINCT id) FROM w"));
    }

    /** The followers, the next in the election first. */
    private List<SimulatedNode> queue() throws Exception {
        return done(leader.cluster.election().candidates()).stream()
                .map(candidate -> cluster.node(candidate.node()))
                .filter(node -> node != null && node != leader)
                .toList();
    }

    private void awaitTermOf(SimulatedNode node, long millis) {
        cluster.world.runUntil(node.name + " to lead", millis, node::leads);
    }

    @Test
    void aLeaderAndTheNextThatCloseTogetherDrainTheirWritesUnderTheOneThatStays() throws Exception {
        SimulatedNode next = queue().get(0);
        SimulatedNode last = queue().get(1);
        leader.faults().next(1, Kind.APPEND, Fate.HOLD_ANSWER);
        CompletableFuture<WriteResult> first = leader.write(10_000, INSERT, "1");
        cluster.world.run(2);
        CompletableFuture<WriteResult> second = next.write(10_000, INSERT, "2");
        next.replicator.close(5_000);
        leader.replicator.close(5_000);
        cluster.world.run(1);
        leader.faults().heal();
        awaitTermOf(last, SOON_MILLIS);
        done(first);
        done(second);
        done(next.replicator.closed());
    }

    @Test
    void aSuccessorThatBeginsToCloseAsItIsElectedLetsTheNextOneLead() throws Exception {
        SimulatedNode next = queue().get(0);
        SimulatedNode last = queue().get(1);
        CompletableFuture<String> handed = transfer(leader, next.name);
        CompletableFuture<WriteResult> write = next.write(10_000, INSERT, "1");
        next.faults().next(1, Kind.RAISE_FENCE, Fate.HOLD_ANSWER);
        cluster.world.runUntil(
                "the place to be given up", 5_000, () -> first(last).equals(next.name));
        next.replicator.close(5_000);
        next.faults().heal();
        awaitTermOf(last, SOON_MILLIS);
        done(write);
        done(next.replicator.closed());
        assertTrue(handed.isDone() || failure(handed) != null);
    }

    @Test
    void aSuccessorIsOneThatGivesASignOfLifeThoughDeadOnesHaveTheirPlacesStill() throws Exception {
        SimulatedNode dead = queue().get(0);
        SimulatedNode last = queue().get(1);
        long epoch = leader.replicator.state().term().epoch();
        dead.die();
        assertInstanceOf(NotDoneException.class, failure(transfer(leader, dead.name)));
        assertEquals(epoch, leader.replicator.state().term().epoch());
        assertTrue(leader.leads());
        assertEquals(last.name, done(transfer(last, null)));
        awaitTermOf(last, 100);
    }

    @Test
    void aNodeThatIsStoppedIsNoSuccessor() throws Exception {
        SimulatedNode stopped = queue().get(0);
        SimulatedNode last = queue().get(1);
        cluster.network.linePlan = (from, to) -> to.equals(stopped.name) ? Loss.SILENT : null;
        stopped.faults().disconnect();
        assertInstanceOf(NotDoneException.class, failure(transfer(leader, stopped.name)));
        assertEquals(last.name, done(transfer(leader, null)));
    }

    @Test
    void aSuccessorThatHasLostZooKeeperLosesItsPlaceAndWritesWaitForNoSession() throws Exception {
        SimulatedNode deaf = queue().get(0);
        SimulatedNode last = queue().get(1);
        deaf.faults().disconnect();
        CompletableFuture<String> handed = transfer(leader, deaf.name);
        cluster.world.run(20);
        CompletableFuture<WriteResult> write = leader.write(SOON_MILLIS, INSERT, "1");
        assertInstanceOf(NotDoneException.class, failure(handed));
        awaitTermOf(last, SOON_MILLIS);
        done(write);
    }

    @Test
    void aLeaderWhoseOnlySuccessorDoesNotComeGoesOnLeading() throws Exception {
        queue().get(1).crash();
        SimulatedNode deaf = queue().get(0);
        deaf.faults().disconnect();
        long epoch = leader.replicator.state().term().epoch();
        CompletableFuture<String> handed = transfer(leader, null);
        cluster.world.run(20);
        done(leader.write(SOON_MILLIS, INSERT, "1"));
        assertEquals(epoch, leader.replicator.state().term().epoch());
        deaf.faults().reconnect();
        cluster.store.notice(deaf.name);
        cluster.world.run(1_000);
        done(deaf.write(SOON_MILLIS, INSERT, "2"));
        assertTrue(handed.isDone() || !failure(handed).toString().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"dead", "stopped", "without ZooKeeper"})
    void aClosingLeaderIsFollowedAtOnceThoughTheNextIs(String how) throws Exception {
        SimulatedNode next = queue().get(0);
        SimulatedNode last = queue().get(1);
        switch (how) {
            case "dead" -> next.die();
            case "stopped" -> {
                cluster.network.linePlan = (from, to) -> to.equals(next.name) ? Loss.SILENT : null;
                next.faults().disconnect();
            }
            default -> next.faults().disconnect();
        }
        leader.replicator.close(5_000);
        CompletableFuture<WriteResult> write = last.write(2 * SOON_MILLIS, INSERT, "1");
        awaitTermOf(last, 2 * SOON_MILLIS);
        done(write);
        done(leader.replicator.closed());
    }

    @Test
    void aNodeThatClosesBeforeItServesItsTermIsFollowedAtOnceThoughTheNextIsDead() throws Exception {
        SimulatedNode next = queue().get(0);
        SimulatedNode last = queue().get(1);
        next.faults().plan(Kind.READ, Fate.LOSE_ANSWER); // so that it cannot come to the head
        cluster.network.tellingPlan = (from, to) -> SimulatedNetwork.Telling.SKIP;
        done(leader.write(SOON_MILLIS, INSERT, "1"));
        transfer(leader, next.name);
        cluster.world.runUntil(
                "it to begin",
                2_000,
                () -> next.replicator.state().term().leader().equals(next.name));
        cluster.world.run(50);
        assertFalse(next.leads());
        SimulatedNode dead = done(last.cluster.election().candidates()).stream()
                .map(candidate -> cluster.node(candidate.node()))
                .filter(node -> node != next)
                .findFirst()
                .orElseThrow();
        SimulatedNode alive = dead == last ? leader : last;
        dead.die();
        next.replicator.close(5_000);
        awaitTermOf(alive, 2 * SOON_MILLIS);
        done(next.replicator.closed());
    }

    @Test
    void aClosingLeaderWaitsForThoseWhoAreJustQueueingUpBehindOneThatIsDead() throws Exception {
        SimulatedNode dead = queue().get(0);
        SimulatedNode last = queue().get(1);
        dead.die();
        cluster.store.expire(last.name); // of its place only: it describes itself again
        cluster.world.run(600);
        leader.replicator.close(5_000);
        cluster.world.run(100);
        cluster.store.notice(last.name);
        awaitTermOf(last, 400);
    }

    @Test
    void aLeaderThatClosesAloneDoesNotWaitForASuccessor() throws Exception {
        for (SimulatedNode node : queue()) {
            node.die();
        }
        leader.replicator.close(60_000);
        cluster.world.runUntil("it to close", SOON_MILLIS, leader.replicator.closed()::isDone);
    }

    @Test
    void aWishThatComesWhileAHandoverFailsIsFulfilledAfterIt() throws Exception {
        String first = queue().get(0).name;
        String second = queue().get(1).name;
        leader.faults().next(1, Kind.APPEND, Fate.HOLD_ANSWER);
        CompletableFuture<WriteResult> write = leader.write(60_000, INSERT, "x");
        CompletableFuture<String> failing = transfer(leader, first);
        cluster.world.run(1_000);
        CompletableFuture<String> waiting = transfer(leader, second);
        cluster.world.run(1_500);
        leader.faults().heal();
        assertInstanceOf(NotDoneException.class, failure(failing));
        assertEquals(second, done(waiting));
        done(write);
    }

    @Test
    void aWishThatCameToNothingIsNotActedOnLaterWhenItIsToldAgain() throws Exception {
        long epoch = leader.replicator.state().term().epoch();
        leader.faults().next(1, Kind.APPEND, Fate.HOLD_ANSWER);
        CompletableFuture<WriteResult> write = leader.write(60_000, INSERT, "x");
        CompletableFuture<String> asked = transfer(queue().get(0), null);
        cluster.world.run(1_000);
        cluster.store.repeatWish();
        cluster.world.run(1_500);
        leader.faults().disconnect(); // what settles it may be lost
        cluster.world.run(10);
        leader.faults().reconnect();
        leader.faults().heal();
        done(write);
        cluster.store.repeatWish();
        cluster.world.run(3_000);
        assertEquals(epoch, leader.replicator.state().term().epoch());
        assertInstanceOf(OutcomeUnknownException.class, failure(asked));
    }

    @Test
    void whatIsAskedOfANodeThatClosesEndsWithIt() throws Exception {
        CompletableFuture<String> before = transfer(leader, null);
        leader.replicator.close(5_000);
        CompletableFuture<String> after = transfer(leader, null);
        done(leader.replicator.closed());
        cluster.world.run(1);
        assertTrue(before.isDone() && after.isDone());
    }

    private String first(SimulatedNode asked) {
        CompletableFuture<List<Election.Candidate>> candidates =
                asked.cluster.election().candidates();
        cluster.world.runUntil("the queue", 1_000, candidates::isDone);
        return candidates.join().get(0).node();
    }
}
