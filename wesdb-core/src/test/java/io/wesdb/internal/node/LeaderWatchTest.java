package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.WriteResult;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.write.LeaderLines.Loss;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When a leader is taken for dead, and when not, in one thread with the real parts. */
class LeaderWatchTest {
    private static final String INSERT = "INSERT INTO w(id) VALUES (?)";
    /** What is seen of a dead process and done about it, by simulated time. */
    private static final long SOON_MILLIS = 500;

    @TempDir
    Path directory;

    private SimulatedCluster cluster;
    private SimulatedNode leader;
    private SimulatedNode follower;

    @BeforeEach
    void threeNodes() throws Exception {
        cluster = new SimulatedCluster(1, directory, "a", "b", "c");
        leader = cluster.leader();
        follower = other(leader);
        done(leader.write(10_000, "CREATE TABLE w(id TEXT)"));
        cluster.settle();
        cluster.world.run(1_000); // the lines are open
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private SimulatedNode other(SimulatedNode node) {
        return cluster.nodes.values().stream()
                .filter(each -> each != node)
                .findFirst()
                .orElseThrow();
    }

    private <T> T done(CompletableFuture<T> future) throws Exception {
        cluster.world.runUntil("a write to end", 60_000, future::isDone);
        return future.get();
    }

    private static long epoch(SimulatedNode node) {
        return node.replicator.state().term().epoch();
    }

    private void assertNothingHappens() {
        long epoch = epoch(leader);
        cluster.world.run(20_000);
        assertEquals(epoch, epoch(follower), "the term went on");
        assertTrue(leader.leads());
    }

    private void awaitAnotherLeader(long millis) {
        long epoch = epoch(follower);
        cluster.world.runUntil(
                "another leader",
                millis,
                () -> cluster.nodes.values().stream()
                        .anyMatch(node -> node != leader && node.leads() && epoch(node) > epoch));
    }

    @Test
    void aLeaderWhoseProcessDiedIsReplacedThoughItsSessionLastsAndNoWriteFails() throws Exception {
        CompletableFuture<WriteResult> before = follower.write(10_000, INSERT, "before");
        cluster.world.run(1);
        leader.die();
        CompletableFuture<WriteResult> after = follower.write(10_000, INSERT, "after");
        awaitAnotherLeader(SOON_MILLIS);
        done(before);
        done(after);
        cluster.settle();
        assertEquals(
                List.of("after", "before"), Tables.column(cluster.file(follower.name), "SELECT id FROM w ORDER BY id"));
    }

    @Test
    void theNodeThatDiedComesBackUnderItsIdAndCanBeTakenForDeadAgainInItsNewLife() throws Exception {
        String name = leader.name;
        leader.die();
        awaitAnotherLeader(SOON_MILLIS);
        SimulatedNode back = cluster.start(name, "life-2", "life");
        cluster.world.runUntil("the node to serve again", 60_000, back::serves);
        leader = cluster.leader();
        CompletableFuture<String> handed =
                leader.replicator.handover().transfer(name, java.time.Duration.ofSeconds(10));
        assertEquals(name, done(handed));
        leader = cluster.node(name);
        follower = other(leader);
        cluster.world.run(1_000);
        leader.die();
        awaitAnotherLeader(SOON_MILLIS);
    }

    @Test
    void aLeaderAndTheNextInTheQueueThatDiedAreBothReplacedThoughTheirSessionsLast() throws Exception {
        SimulatedNode next = next();
        follower = cluster.nodes.values().stream()
                .filter(node -> node != leader && node != next)
                .findFirst()
                .orElseThrow();
        next.die();
        cluster.world.run(1_000);
        leader.die();
        CompletableFuture<WriteResult> write = follower.write(10_000, INSERT, "1");
        awaitAnotherLeader(2 * SOON_MILLIS);
        done(write);
    }

    @Test
    void ofTheNextInTheQueueSilenceSaysNothing() throws Exception {
        SimulatedNode next = next();
        next.faults().disconnect();
        cluster.network.linePlan = (from, to) -> to.equals(next.name) ? Loss.SILENT : null;
        leader.die();
        long epoch = epoch(next);
        cluster.world.run(5_000);
        assertTrue(cluster.nodes.values().stream().allMatch(node -> epoch(node) == epoch), "its session decides");
        cluster.store.expire(next.name);
        follower = cluster.nodes.values().stream()
                .filter(node -> node != leader && node != next)
                .findFirst()
                .orElseThrow();
        awaitAnotherLeader(SOON_MILLIS);
    }

    private SimulatedNode next() throws Exception {
        return cluster.node(done(leader.cluster.election().candidates()).get(1).node());
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void aLineThatIsLostAndComesBackIsNoDeath(Loss how) {
        cluster.network.cut(follower.name, leader.name, how);
        assertNothingHappens();
    }

    @Test
    void silenceIsNoDeath() {
        cluster.network.linePlan = (from, to) -> Loss.SILENT;
        cluster.nodes.keySet().forEach(name -> cluster.network.cut(name, leader.name, Loss.SILENT));
        assertNothingHappens();
        cluster.nodes.keySet().forEach(name -> cluster.network.cut(name, leader.name, Loss.ENDED));
        assertNothingHappens();
    }

    @Test
    void refusalsWithoutALineThatEndedBeforeAreNoDeath() {
        cluster.network.linePlan = (from, to) -> Loss.REFUSED;
        cluster.nodes.keySet().forEach(name -> cluster.network.cut(name, leader.name, Loss.SILENT));
        assertNothingHappens();
    }

    @Test
    void fewerRefusalsThanItTakesAreNoDeath() {
        int[] refusals = {0};
        cluster.network.linePlan = (from, to) -> ++refusals[0] < LeaderWatch.REFUSALS ? Loss.REFUSED : null;
        cluster.network.cut(follower.name, leader.name, Loss.ENDED);
        assertNothingHappens();
        assertEquals(LeaderWatch.REFUSALS, refusals[0]);
    }

    @Test
    void aSilentAttemptBetweenRefusalsEndsTheSuspicion() {
        int[] attempts = {0};
        cluster.network.linePlan = (from, to) -> ++attempts[0] == LeaderWatch.REFUSALS - 1 ? Loss.SILENT : Loss.REFUSED;
        cluster.network.cut(follower.name, leader.name, Loss.ENDED);
        assertNothingHappens();
    }

    @Test
    void aFalseAlarmCostsOneTermAndNoWriteAndIsNotRepeatedAgainstTheSameLife() throws Exception {
        SimulatedNode accused = leader;
        SimulatedNode accuser = follower;
        CompletableFuture<WriteResult> write = accused.write(10_000, INSERT, "1");
        cluster.network.linePlan =
                (from, to) -> from.equals(accuser.name) && to.equals(accused.name) ? Loss.REFUSED : null;
        cluster.network.cut(accuser.name, accused.name, Loss.ENDED);
        awaitAnotherLeader(SOON_MILLIS);
        done(write);
        done(accused.write(10_000, INSERT, "2"));
        assertFalse(accused.leads());
        // It leads again, the accuser's line is open for a moment, and the same happens once more.
        SimulatedNode between = cluster.leader();
        cluster.network.linePlan = (from, to) -> null;
        done(between.replicator.handover().transfer(accused.name, java.time.Duration.ofSeconds(10)));
        cluster.world.run(1_000);
        assertNotEquals(between, cluster.leader());
        cluster.network.linePlan =
                (from, to) -> from.equals(accuser.name) && to.equals(accused.name) ? Loss.REFUSED : null;
        cluster.network.cut(accuser.name, accused.name, Loss.ENDED);
        assertNothingHappens();
    }

    @Test
    void aLeaderWithoutASuccessorKeepsItsPlace() {
        cluster.nodes.values().stream()
                .filter(node -> node != leader)
                .forEach(node -> node.cluster.election().withdraw());
        cluster.network.linePlan = (from, to) -> Loss.REFUSED;
        cluster.network.cut(follower.name, leader.name, Loss.ENDED);
        assertNothingHappens();
    }

    @Test
    void anAccuserWithoutZooKeeperAccusesWhenItHasItAgain() {
        cluster.nodes.values().stream()
                .filter(node -> node != leader)
                .forEach(node -> node.faults().disconnect());
        leader.die();
        cluster.world.run(2_000);
        cluster.nodes.values().forEach(node -> node.faults().reconnect());
        awaitAnotherLeader(2 * LeaderWatch.RETRY_MILLIS + SOON_MILLIS);
    }
}
