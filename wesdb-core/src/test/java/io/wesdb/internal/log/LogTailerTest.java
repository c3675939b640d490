package io.wesdb.internal.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.log.ReplicatedLog.AppendResult;
import io.wesdb.internal.log.ReplicatedLog.BegunTerm;
import io.wesdb.internal.log.memory.Call;
import io.wesdb.internal.log.memory.FaultPlan;
import io.wesdb.internal.log.memory.InMemoryLog;
import io.wesdb.internal.log.memory.InMemoryLogStore;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogTailerTest {
    private static final int MIB = 1024 * 1024;
    private static final int ENTRIES = 100;

    private final SimulatedWorld world = new SimulatedWorld(1);
    private final InMemoryLogStore store = new InMemoryLogStore(world.lane("zookeeper"));
    private final InMemoryLog log = store.log("a");
    private final List<Long> delivered = new ArrayList<>();
    private final List<Long> unreadable = new ArrayList<>();

    @BeforeEach
    void fill() {
        List<AppendResult> results = new ArrayList<>();
        log.beginTerm("a", "a:1").thenAccept((BegunTerm begun) -> {
            for (int i = 1; i <= ENTRIES; i++) {
                log.append(begun.term(), i, new byte[MIB]).thenAccept(results::add);
            }
        });
        world.runUntil("the log to fill", 1_000, () -> results.size() == ENTRIES);
    }

    private LogTailer tailer(long applied, long maxBytes) {
        return new LogTailer(
                world.lane("replicator"),
                log,
                new LogTailer.Sink() {
                    @Override
                    public void entry(long index, byte[] entry) {
                        delivered.add(index);
                    }

                    @Override
                    public void missing(long index) {
                        unreadable.add(index);
                    }

                    @Override
                    public void damaged(long index, String why) {
                        unreadable.add(index);
                    }
                },
                applied,
                256,
                maxBytes,
                100);
    }

    @Test
    void noMoreBytesAreFetchedThanMayWaitAndAllComeInOrderAsTheyAreApplied() {
        LogTailer tailer = tailer(0, 8 * MIB);
        tailer.headMoved(ENTRIES);
        world.run(1_000);
        assertTrue(delivered.size() >= 4 && delivered.size() <= 8, delivered.size() + " MiB are waiting");
        while (delivered.size() < ENTRIES) {
            int before = delivered.size();
            tailer.applied(before);
            world.runUntil("more", 1_000, () -> delivered.size() > before);
            assertTrue(delivered.size() - before <= 8);
        }
        assertEquals(LongStream.rangeClosed(1, ENTRIES).boxed().toList(), delivered);
    }

    @Test
    void anEntryLargerThanTheBoundIsFetchedAlone() {
        LogTailer tailer = tailer(0, MIB / 2);
        tailer.headMoved(ENTRIES);
        world.run(1_000);
        assertEquals(List.of(1L), delivered);
        tailer.applied(1);
        world.run(1_000);
        assertEquals(List.of(1L, 2L), delivered);
    }

    private static byte[] entry(int bytes) {
        return new byte[bytes];
    }

    private long reads;

    @BeforeEach
    void countReads() {
        store.faults("a").plan(call -> {
            reads += call.kind() == Call.Kind.READ ? 1 : 0;
            return FaultPlan.Fate.DELIVER;
        });
    }

    @Test
    void whatIsToldIsDeliveredInOrderAndNotFetched() {
        LogTailer tailer = tailer(0, 64 * MIB);
        for (long i = 1; i <= 10; i++) {
            tailer.told(i, entry(10));
            tailer.headMoved(i);
        }
        world.run(1_000);
        assertEquals(LongStream.rangeClosed(1, 10).boxed().toList(), delivered);
        assertEquals(0, reads);
    }

    @Test
    void whatIsMissingBeforeIsFetched() {
        LogTailer tailer = tailer(0, 64 * MIB);
        tailer.told(4, entry(10));
        assertEquals(List.of(), delivered);
        tailer.told(6, entry(10));
        world.run(1_000);
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L), delivered);
        assertEquals(4, reads);
    }

    @Test
    void whatIsToldTwiceOrLateOrIsBeingFetchedIsDeliveredOnce() {
        LogTailer tailer = tailer(0, 64 * MIB);
        tailer.headMoved(3);
        tailer.told(1, entry(10));
        tailer.told(3, entry(10));
        tailer.told(3, entry(10));
        world.run(1_000);
        tailer.told(2, entry(10));
        tailer.told(4, entry(10));
        world.run(1_000);
        assertEquals(List.of(1L, 2L, 3L, 4L), delivered);
        // What is accounted for as ahead is given back: as many may be fetched as at the beginning.
        tailer.applied(4);
        tailer.headMoved(ENTRIES);
        world.run(1_000);
        assertTrue(delivered.size() >= 4 + 32, delivered.size() + " delivered");
    }

    /** How large entries are is not known yet, so one is fetched at a time: the next one must not wait for ever. */
    @Test
    void aFetchThatComesAfterItsEntryWasToldLetsTheNextOneBegin() {
        store.faults("a").next(1, Call.Kind.READ, FaultPlan.Fate.HOLD_ANSWER);
        LogTailer tailer = tailer(0, 64 * MIB);
        tailer.headMoved(1);
        world.run(10);
        tailer.told(1, entry(10));
        tailer.headMoved(2);
        tailer.applied(1);
        world.run(10);
        assertEquals(List.of(1L), delivered);
        store.faults("a").releaseAnswers();
        world.run(1_000);
        assertEquals(List.of(1L, 2L), delivered);
    }

    @Test
    void whatIsMissingIsFetchedHoweverLargeEntriesWereAndWhateverWasToldAfterIt() {
        LogTailer tailer = tailer(0, MIB / 4);
        tailer.headMoved(1);
        world.run(1_000);
        tailer.applied(1);
        tailer.told(3, entry(10));
        world.run(1_000);
        assertEquals(List.of(1L, 2L, 3L), delivered);
    }

    @Test
    void whatIsBeyondTheBoundsIsLeftToTheLog() {
        LogTailer tailer = tailer(0, 4 * MIB);
        tailer.told(1, entry(3 * MIB));
        tailer.told(2, entry(3 * MIB));
        tailer.told(300, entry(10));
        world.run(1_000);
        assertEquals(List.of(1L), delivered);
        tailer.applied(1);
        world.runUntil("the second", 1_000, () -> delivered.contains(2L));
        assertTrue(reads >= 1);
    }

    @Test
    void aNodeThatLeadsTakesNothingThatIsToldUntilItFetchesAgain() {
        LogTailer tailer = tailer(0, 64 * MIB);
        tailer.suspend();
        tailer.told(1, entry(10));
        world.run(1_000);
        assertEquals(List.of(), delivered);
        tailer.own(1, entry(20));
        tailer.told(2, entry(10));
        tailer.resume();
        tailer.applied(1);
        world.run(1_000);
        assertEquals(List.of(1L, 2L), delivered);
        assertEquals(1, reads);
    }

    @Test
    void anEntryThatHasLeftTheLogIsTold() {
        store.truncate(10);
        LogTailer tailer = tailer(0, 64 * MIB);
        tailer.headMoved(ENTRIES);
        world.run(1_000);
        assertTrue(unreadable.contains(1L));
        assertEquals(List.of(), delivered, "nothing is passed over");
    }
}
