package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.Role;
import io.wesdb.WriteResult;
import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.log.memory.Call.Kind;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.log.memory.Faults;
import io.wesdb.internal.node.SimulatedCluster.Backing;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.node.SimulatedNetwork.Telling;
import io.wesdb.internal.truncation.TruncationSettings;
import io.wesdb.internal.write.Caller;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a leader tells its followers, and how callers gather in batches. */
class FollowingTest {
    private static final long PATIENCE = 20_000;
    private static final String INSERT = "INSERT INTO w(v) VALUES (?)";

    @TempDir
    Path directory;

    private SimulatedCluster cluster;
    private SimulatedNode leader;
    private int reads;

    private void begin(Backing backing) throws Exception {
        cluster = new SimulatedCluster(3, directory, TruncationSettings.defaults(), backing);
        cluster.between = (name, shared) -> countingReads(Cluster.class, shared);
        List.of("a", "b", "c").forEach(cluster::start);
        leader = cluster.leader();
        done(leader.write(PATIENCE, "CREATE TABLE w(v)"));
        cluster.world.run(1_000); // so that everybody knows the leader and follows it
        cluster.settle();
    }

    /** Passes everything on. */
    private <T> T countingReads(Class<T> type, T passedTo) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    reads += method.getName().equals("read") ? 1 : 0;
                    Object result = method.invoke(passedTo, arguments);
                    return result instanceof ReplicatedLog log ? countingReads(ReplicatedLog.class, log) : result;
                }));
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private <T> T done(CompletableFuture<T> future) throws Exception {
        cluster.world.runUntil("the answer", PATIENCE, future::isDone);
        return future.get();
    }

    private SimulatedNode follower() {
        return cluster.nodes.values().stream()
                .filter(node -> !node.leads())
                .findFirst()
                .orElseThrow();
    }

    private List<String> rows(SimulatedNode node) {
        return Tables.column(cluster.file(node.name), "SELECT v FROM w ORDER BY rowid");
    }

    @Test
    void aFollowerThatIsToldTheEntriesHardlyReadsAnyInTheLog() throws Exception {
        begin(Backing.ZOOKEEPER);
        reads = 0;
        for (int i = 0; i < 20; i++) {
            done((i % 2 == 0 ? follower() : leader).write(PATIENCE, INSERT, (long) i));
        }
        cluster.settle();
        assertTrue(reads <= 4, reads + " entries were read, of twenty by two followers");
        cluster.nodes.values().forEach(node -> assertEquals(20, rows(node).size()));
    }

    @Test
    void whatIsNotToldIsFoundInTheLog() throws Exception {
        begin(Backing.MEMORY);
        int[] told = {0};
        cluster.network.tellingPlan = (from, to) -> Telling.values()[told[0]++ % Telling.values().length];
        for (int i = 0; i < 40; i++) {
            done((i % 2 == 0 ? follower() : leader).write(PATIENCE, INSERT, (long) i));
            cluster.world.run(200);
        }
        assertTrue(told[0] > 20, told[0] + " told");
        cluster.settle();
        cluster.nodes.values().forEach(node -> assertEquals(40, rows(node).size()));
    }

    @Test
    void whatIsToldAndDamagedIsLeftToTheLog() throws Exception {
        begin(Backing.MEMORY);
        int[] damaged = {0};
        cluster.network.toldBytes = entry -> {
            byte[] wrong = entry.clone();
            wrong[wrong.length - 1 - damaged[0]++ % wrong.length] ^= 1;
            return wrong;
        };
        for (int i = 0; i < 10; i++) {
            done(follower().write(PATIENCE, INSERT, (long) i));
        }
        cluster.settle();
        assertTrue(damaged[0] >= 20);
        cluster.nodes.values().forEach(node -> {
            assertEquals(10, rows(node).size());
            assertTrue(node.replicator.state().fault() == null);
        });
    }

    /** The head was read before what the leader tells; that is no sign of a log that lost its end. */
    @Test
    void aNodeThatIsToldMoreWhileItArrivesIsNotAheadOfTheLog() throws Exception {
        begin(Backing.MEMORY);
        String name = follower().name;
        cluster.node(name).crash();
        SimulatedNode arriving = cluster.start(name);
        Faults faults = (Faults) arriving.faults();
        long before = leader.applied();
        // Two are read when it comes, for its connection and for its file; the third is the one of its arrival.
        int[] heads = {0};
        faults.plan(call -> call.kind() == Kind.HEAD && ++heads[0] == 3 ? Fate.HOLD_ANSWER : Fate.DELIVER);
        cluster.world.runUntil("it to open its file", PATIENCE, () -> heads[0] == 3);
        cluster.world.run(1_000); // it follows
        done(leader.write(PATIENCE, INSERT, 1L));
        cluster.world.runUntil("it to be told", PATIENCE, () -> arriving.applied() > before);
        assertEquals(Role.RECOVERING, arriving.replicator.state().role());
        faults.releaseAnswers();
        done(arriving.ready);
        assertEquals(Role.FOLLOWER, arriving.replicator.state().role());
    }

    /** Who writes one thing after the other is in the same batch as all others who do, whenever each began. */
    @Test
    void callersWhoComeBackShareABatch() throws Exception {
        begin(Backing.ZOOKEEPER);
        int callers = 16;
        int each = 40;
        int[] batches = {0};
        int[] left = {callers * each};
        cluster.network.onForward = (batch, timeoutMillis) -> batches[0]++;
        SimulatedNode node = follower();
        for (int i = 0; i < callers; i++) {
            go(node, Caller.named("c" + i), each, left);
            if (i == callers / 2 - 1) {
                cluster.world.runUntil("the first half to be under way", PATIENCE, () -> batches[0] == 1);
            }
        }
        cluster.world.runUntil("all to be done", 60_000, () -> left[0] == 0);
        assertTrue(batches[0] <= callers * each / 12, batches[0] + " batches for " + callers * each + " writes");
    }

    private void go(SimulatedNode node, Caller caller, int writes, int[] left) {
        if (writes == 0) {
            return;
        }
        Command insert = new Command(List.of(new SqlStatement(INSERT, new ArrayList<>(List.of(1L)))));
        CompletableFuture<WriteResult> write = node.write(caller, PATIENCE, insert);
        write.thenRun(() -> {
            left[0]--;
            node.env.workers().execute(() -> go(node, caller, writes - 1, left));
        });
    }
}
