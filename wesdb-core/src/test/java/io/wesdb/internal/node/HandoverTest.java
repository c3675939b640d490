package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
        assertInstanceOf(OutcomeUnknownException.class, failure(transfer(leader, null)));
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

    private String first(SimulatedNode asked) {
        CompletableFuture<List<Election.Candidate>> candidates =
                asked.cluster.election().candidates();
        cluster.world.runUntil("the queue", 1_000, candidates::isDone);
        return candidates.join().get(0).node();
    }
}
