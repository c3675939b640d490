package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.SqlException;
import io.wesdb.WriteResult;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.log.memory.Call.Kind;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.write.Caller;
import io.wesdb.internal.write.WriteSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Admission, turns and deadlines of writes, in one thread with the real parts. */
class FairWritesTest {
    private static final Caller HOG = Caller.named("hog");
    private static final Caller POLITE = Caller.named("polite");
    private static final int MOST_PENDING = 10_000;
    private static final int BATCH = 4_096;

    /** Short writes of one caller in one turn. */
    private static final int TURN = 256;

    @TempDir
    Path directory;

    private SimulatedCluster cluster;
    private SimulatedNode leader;
    private SimulatedNode follower;

    @BeforeEach
    void threeNodes() {
        cluster = new SimulatedCluster(1, directory, "a", "b", "c");
        leader = cluster.leader();
        follower = cluster.nodes.values().stream()
                .filter(node -> !node.leads())
                .findFirst()
                .orElseThrow();
        CompletableFuture<WriteResult> table = leader.write(10_000, "CREATE TABLE w(id TEXT)");
        cluster.world.runUntil("the table", 60_000, table::isDone);
        cluster.settle();
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private static CompletableFuture<WriteResult> insert(
            SimulatedNode node, Caller caller, long timeoutMillis, Object... values) {
        SqlStatement insert =
                new SqlStatement("INSERT INTO w(id) VALUES (substr(?, 1, 20))", new ArrayList<>(Arrays.asList(values)));
        return node.write(caller, timeoutMillis, new Command(List.of(insert)));
    }

    private void await(CompletableFuture<?>... writes) {
        cluster.world.runUntil(
                "the writes to end", 60_000, () -> Arrays.stream(writes).allMatch(CompletableFuture::isDone));
    }

    private static Throwable failure(CompletableFuture<?> write) {
        return assertThrows(ExecutionException.class, write::get).getCause();
    }

    private List<String> rows() {
        cluster.settle();
        return Tables.column(cluster.file(follower.name), "SELECT id FROM w ORDER BY rowid");
    }

    @Test
    void whatWaitedForAWriteThatWasGivenUpIsSent() {
        leader.faults().next(1, Kind.APPEND, Fate.HOLD_CALL);
        int[] forwarded = {0};
        cluster.network.onForward = (batch, timeoutMillis) -> forwarded[0]++;
        CompletableFuture<WriteResult> impatient = insert(follower, POLITE, 1_000, "first");
        cluster.world.run(10);
        CompletableFuture<WriteResult> patient = insert(follower, POLITE, 30_000, "second");
        cluster.world.run(2_000);
        assertTrue(impatient.isCompletedExceptionally());
        assertEquals(2, forwarded[0], "the second is on its way, though nothing else has happened");
        leader.faults().heal();
        await(patient);
    }

    @Test
    void whoGivesOneWriteWaitsForWhatIsUnderWayOfTheHogAndATurnOfHis() throws Exception {
        leader.faults().next(1, Kind.APPEND, Fate.HOLD_CALL);
        List<CompletableFuture<WriteResult>> hogs = new ArrayList<>();
        for (int i = 0; i < MOST_PENDING; i++) {
            hogs.add(insert(follower, HOG, 30_000, "hog" + i));
        }
        cluster.world.run(10);
        CompletableFuture<WriteResult> polite = insert(follower, POLITE, 30_000, "polite");
        cluster.world.run(10);
        leader.faults().heal();
        await(hogs.toArray(new CompletableFuture<?>[0]));
        await(polite);
        polite.get();
        List<String> rows = rows();
        int place = rows.indexOf("polite");
        assertTrue(place >= 0 && place <= BATCH + TURN, "place " + place + " of " + rows.size());
        List<String> ofTheHog = rows.stream().filter(id -> id.startsWith("hog")).toList();
        List<String> given = new ArrayList<>();
        for (int i = 0; i < hogs.size(); i++) {
            if (!hogs.get(i).isCompletedExceptionally()) {
                given.add("hog" + i);
            }
        }
        assertEquals(given, ofTheHog, "in the order in which they were given, and those refused not at all");
        assertEquals(MOST_PENDING * 8 / 9, given.size(), "eight ninths of the room");
    }

    @Test
    void aHogThatHasFilledItsShareIsToldWhenToReturnAndTheOthersAreLetIn() throws Exception {
        cluster.close();
        cluster = new SimulatedCluster(1, Files.createDirectory(directory.resolve("small")));
        cluster.writeSettings = WriteSettings.defaults(100, 1 << 20);
        SimulatedNode node = cluster.start("a");
        cluster.leader();
        List<CompletableFuture<WriteResult>> last = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            last.clear();
            node.faults().plan(Kind.APPEND, Fate.HOLD_CALL);
            for (int i = 0; i < 100; i++) {
                last.add(insert(node, HOG, 30_000, "hog" + i));
            }
            cluster.world.run(400);
            if (round < 4) {
                node.faults().heal();
                cluster.world.run(100);
            }
        }
        long refused = last.stream().filter(CompletableFuture::isDone).count();
        assertEquals(12, refused, "he may have eight ninths of what is pending");
        NotDoneException why = assertInstanceOf(NotDoneException.class, failure(last.get(99)));
        assertEquals(ErrorCode.OVERLOADED, why.code());
        assertEquals(400, why.retryAfter().toMillis(), 250, "88 writes each 400 ms");
        CompletableFuture<WriteResult> polite = insert(node, POLITE, 30_000, "polite");
        assertFalse(polite.isDone(), "it is not refused");
        node.faults().heal();
        await(polite);
        assertInstanceOf(SqlException.class, failure(polite), "there is no table, so it was done as far as it could");
    }

    @Test
    void whatOneNodeHasUnderWayAtTheLeaderIsBoundedInBytes() {
        Set<Long> underWay = new HashSet<>();
        long[] bytes = {0, 0};
        cluster.network.onForward = (batch, timeoutMillis) -> {
            if (underWay.add(batch.sequence())) {
                bytes[0] += batch.bytes().length;
                bytes[1] = Math.max(bytes[1], batch.bytes().length);
            }
        };
        leader.faults().plan(Kind.APPEND, Fate.HOLD_CALL);
        String text = "x".repeat(3 * 1024 * 1024);
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            writes.add(insert(follower, Caller.named("big" + i), 30_000, text));
        }
        for (int i = 0; i < 1_000; i++) {
            writes.add(insert(follower, Caller.named("small" + i), 30_000, "small"));
        }
        cluster.world.run(1_000);
        assertTrue(bytes[0] > 0 && bytes[0] <= 4 * 1024 * 1024 + bytes[1], bytes[0] + " bytes");
        leader.faults().heal();
        await(writes.toArray(new CompletableFuture<?>[0]));
        assertEquals(1_008, rows().size());
    }

    @Test
    void whatIsLeftOfAWritesTimeTravelsWithIt() throws Exception {
        List<Long> told = new ArrayList<>();
        cluster.network.onForward = (batch, timeoutMillis) -> told.add(timeoutMillis);
        leader.faults().plan(Kind.APPEND, Fate.HOLD_CALL);
        CompletableFuture<WriteResult> first = insert(follower, HOG, 30_000, "first");
        cluster.world.run(10);
        CompletableFuture<WriteResult> second = insert(follower, POLITE, 1_000, "second");
        cluster.world.run(600);
        leader.faults().heal();
        await(first, second);
        second.get();
        assertEquals(2, told.size());
        assertTrue(told.get(1) > 0 && told.get(1) <= 400, "it had waited for 600 of its 1,000 ms: " + told);
    }

    @Test
    void aWriteWhoseDeadlineHasPassedWhereItWaitedIsNotSentAndIsKnownNotToBeDone() throws Exception {
        leader.faults().plan(Kind.APPEND, Fate.HOLD_CALL);
        CompletableFuture<WriteResult> first = insert(follower, HOG, 30_000, "first");
        cluster.world.run(10);
        CompletableFuture<WriteResult> late = insert(follower, POLITE, 100, "late");
        cluster.world.run(200);
        assertEquals(
                ErrorCode.OVERLOADED,
                assertInstanceOf(NotDoneException.class, failure(late)).code());
        leader.faults().heal();
        await(first);
        cluster.world.run(1_000);
        assertEquals(List.of("first"), rows());
    }

    /** The leader is so slow that nothing is put into the log in time which has but 50 ms. */
    @Test
    void impatientWritesDoNotKeepAPatientOneOutOfTheLog() throws Exception {
        leader.faults().plan(Kind.APPEND, Fate.HOLD_ANSWER);
        insert(leader, HOG, 60_000, "leader's");
        cluster.world.run(10);
        CompletableFuture<WriteResult> patient = null;
        int impatient = 0;
        for (int round = 0; round < 6 && (patient == null || !patient.isDone()); round++) {
            insert(leader, Caller.named("leader's" + round), 60_000, "leader's");
            for (int i = 0; i < 10; i++) {
                insert(follower, Caller.named("impatient" + impatient++), 50, "impatient");
                if (patient == null) {
                    patient = insert(follower, POLITE, 60_000, "patient");
                }
                cluster.world.run(10);
            }
            leader.faults().releaseAnswers();
            cluster.world.run(1);
        }
        assertTrue(patient.isDone(), "after " + impatient + " impatient writes it is still refused with them");
        patient.get();
        leader.faults().heal();
        assertTrue(rows().contains("patient"));
    }
}
