package io.wesdb.internal.log;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.log.ReplicatedLog.AppendResult;
import io.wesdb.internal.log.ReplicatedLog.BegunTerm;
import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.log.memory.FaultPlan.Fate;
import io.wesdb.internal.zookeeper.simulated.Pumped;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link ReplicatedLog} promises, whoever implements it. */
public abstract class ReplicatedLogContract {
    /** A new session of {@code node} with the log that all sessions of a test share. */
    protected abstract ReplicatedLog log(String node) throws Exception;

    /** Before the first session: the log begins after {@code baseIndex}, and its terms after {@code baseEpoch}. */
    protected abstract void beginAfter(long baseIndex, long baseEpoch);

    /** What becomes of the next {@code count} appends of {@code node}. */
    protected abstract void nextAppends(String node, int count, Fate fate);

    /** Lets the first held append of {@code node}, or the held answers, go on. */
    protected abstract void release(String node);

    /** Breaks the connection of {@code node} and lets it come again, in the same session. */
    protected abstract void reconnect(String node) throws Exception;

    @Test
    void entriesGetTheIndexesOneTwoThreeInTheOrderOfTheCalls() throws Exception {
        ReplicatedLog log = log("a");
        BegunTerm begun = begin(log, "a");
        assertEquals(new Head(0, 0), begun.head());
        List<CompletableFuture<AppendResult>> results = new ArrayList<>();
        for (int i = 1; i <= 300; i++) {
            results.add(log.append(begun.term(), i, entry(i)));
        }
        for (CompletableFuture<AppendResult> result : results) {
            assertEquals(AppendResult.COMMITTED, get(result));
        }
        assertEquals(new Head(300, begun.term().epoch()), get(log.head()));
        for (int i = 1; i <= 300; i++) {
            assertArrayEquals(entry(i), get(log.read(i)));
        }
    }

    @Test
    void anAppendBeyondAGapDoesNotHappen() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        assertEquals(AppendResult.UNKNOWN, get(log.append(term, 2, entry(2))));
        assertEquals(AppendResult.COMMITTED, get(log.append(term, 1, entry(1))));
        assertEquals(AppendResult.UNKNOWN, get(log.append(term, 3, entry(3))));
        assertEquals(1, get(log.head()).index());
        assertMissing(log, 3);
    }

    @Test
    void whatIsAtAnIndexNeverChanges() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        assertEquals(AppendResult.COMMITTED, get(log.append(term, 1, entry(1))));
        assertEquals(AppendResult.COMMITTED, get(log.append(term, 2, entry(2))));
        assertEquals(AppendResult.UNKNOWN, get(log.append(term, 1, entry(7))));
        assertEquals(AppendResult.UNKNOWN, get(log.append(term, 2, entry(7))));
        assertArrayEquals(entry(1), get(log.read(1)));
        assertArrayEquals(entry(2), get(log.read(2)));
        assertEquals(2, get(log.head()).index());
    }

    @Test
    void theSameEntryAppendedAgainAtItsPlaceIsCommitted() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        get(log.append(term, 1, entry(1)));
        assertEquals(AppendResult.COMMITTED, get(log.append(term, 1, entry(1))));
        get(log.append(term, 2, entry(2)));
        assertEquals(AppendResult.COMMITTED, get(log.append(term, 2, entry(2))));
        assertEquals(2, get(log.head()).index());
    }

    @Test
    void aDeposedLeaderAppendsNothing() throws Exception {
        ReplicatedLog first = log("a");
        ReplicatedLog second = log("b");
        Term old = begin(first, "a").term();
        assertEquals(AppendResult.COMMITTED, get(first.append(old, 1, entry(1))));

        BegunTerm newer = begin(second, "b");
        assertEquals(old.epoch() + 1, newer.term().epoch());
        assertEquals(new Head(1, old.epoch()), newer.head());

        List<CompletableFuture<AppendResult>> results = new ArrayList<>();
        for (int i = 2; i <= 20; i++) {
            results.add(first.append(old, i, entry(100 + i)));
        }
        for (CompletableFuture<AppendResult> result : results) {
            assertEquals(AppendResult.FENCED, get(result));
        }
        assertEquals(1, get(second.head()).index());
        assertEquals(AppendResult.COMMITTED, get(second.append(newer.term(), 2, entry(2))));
        assertArrayEquals(entry(2), get(first.read(2)));
    }

    @Test
    void appendsUnderWayWhenTheFenceRisesDoNotHappen() throws Exception {
        ReplicatedLog first = log("a");
        ReplicatedLog second = log("b");
        Term old = begin(first, "a").term();
        get(first.append(old, 1, entry(1)));
        nextAppends("a", 1, Fate.HOLD_CALL);
        CompletableFuture<AppendResult> held = first.append(old, 2, entry(102));
        CompletableFuture<AppendResult> behind = first.append(old, 3, entry(103));

        BegunTerm newer = begin(second, "b");
        assertEquals(1, newer.head().index());
        assertEquals(AppendResult.COMMITTED, get(second.append(newer.term(), 2, entry(2))));
        assertFalse(held.isDone());
        release("a");

        assertEquals(AppendResult.FENCED, get(held));
        assertEquals(AppendResult.FENCED, get(behind));
        assertEquals(new Head(2, newer.term().epoch()), get(second.head()));
        assertArrayEquals(entry(2), get(second.read(2)));
        assertMissing(second, 3);
    }

    @Test
    void anAppendBeforeTheFenceIsSeenByTheNextLeader() throws Exception {
        ReplicatedLog first = log("a");
        ReplicatedLog second = log("b");
        Term old = begin(first, "a").term();
        nextAppends("a", 1, Fate.HOLD_ANSWER);
        CompletableFuture<AppendResult> append = first.append(old, 1, entry(1));
        await().until(() -> get(second.head()).index() == 1);
        BegunTerm newer = begin(second, "b");
        assertEquals(new Head(1, old.epoch()), newer.head());
        release("a");
        assertEquals(AppendResult.COMMITTED, get(append));
    }

    @Test
    void aTermBegunAnewByTheSameNodeFencesItsOlderOne() throws Exception {
        ReplicatedLog log = log("a");
        Term old = begin(log, "a").term();
        Term newer = begin(log, "a").term();
        assertEquals(AppendResult.FENCED, get(log.append(old, 1, entry(1))));
        assertEquals(AppendResult.COMMITTED, get(log.append(newer, 1, entry(2))));
        assertArrayEquals(entry(2), get(log.read(1)));
    }

    @ParameterizedTest
    @EnumSource(names = {"LOSE_ANSWER", "LOSE_CALL"})
    void aLostAnswerIsUnknownAndTheHeadTells(Fate fate) throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        get(log.append(term, 1, entry(1)));
        nextAppends("a", 1, fate);
        CompletableFuture<AppendResult> lost = log.append(term, 2, entry(2));
        CompletableFuture<AppendResult> behind = log.append(term, 3, entry(3));
        assertEquals(AppendResult.UNKNOWN, get(lost));
        boolean happened = fate == Fate.LOSE_ANSWER;
        assertEquals(happened ? AppendResult.COMMITTED : AppendResult.UNKNOWN, get(behind));
        assertEquals(happened ? 3 : 1, get(log.head()).index());
        assertEquals(term, get(log.term()));

        // Appending what is not known to have happened again does no harm either way.
        assertEquals(AppendResult.COMMITTED, get(log.append(term, 2, entry(2))));
        assertEquals(AppendResult.COMMITTED, get(log.append(term, 3, entry(3))));
        assertEquals(3, get(log.head()).index());
    }

    @Test
    void everyNodeSeesTheTermAndTheHeadAsTheyAreNow() throws Exception {
        ReplicatedLog first = log("a");
        ReplicatedLog second = log("b");
        assertNull(get(second.term()));
        assertEquals(new Head(0, 0), get(second.head()));
        Term term = begin(first, "a").term();
        assertEquals(new Term(1, "a", "a:1"), term);
        for (int i = 1; i <= 50; i++) {
            assertEquals(AppendResult.COMMITTED, get(first.append(term, i, entry(i))));
            assertEquals(new Head(i, 1), get(second.head()));
        }
        assertEquals(term, get(second.term()));
    }

    @Test
    void theListenerIsToldWhatIsThereAtItsStartAndWhatChangesLater() throws Exception {
        ReplicatedLog leader = log("a");
        Term term = begin(leader, "a").term();
        get(leader.append(term, 1, entry(1)));

        RecordingListener listener = new RecordingListener();
        ReplicatedLog follower = log("b");
        follower.start(listener);
        await().until(() -> listener.sawHead(1) && listener.sawTerm(1));
        assertEquals(List.of(true), listener.connections);
        assertTrue(follower.connected());

        for (int i = 2; i <= 200; i++) {
            CompletableFuture<AppendResult> unused = leader.append(term, i, entry(i));
        }
        await().until(() -> listener.sawHead(200));
        begin(leader, "a");
        await().until(() -> listener.sawTerm(2));
        assertFalse(listener.overlapped.get());
    }

    @Test
    void theListenerOfAnEmptyLogIsToldTheHeadButNoTerm() throws Exception {
        RecordingListener listener = new RecordingListener();
        log("a").start(listener);
        await().until(() -> listener.heads.contains(new Head(0, 0)));
        assertTrue(listener.terms.isEmpty());
    }

    @Test
    void theListenerIsToldEverythingAgainAfterAReconnection() throws Exception {
        ReplicatedLog leader = log("a");
        Term term = begin(leader, "a").term();
        get(leader.append(term, 1, entry(1)));
        RecordingListener listener = new RecordingListener();
        ReplicatedLog follower = log("b");
        follower.start(listener);
        await().until(() -> listener.sawHead(1) && listener.sawTerm(1));
        listener.heads.clear();
        listener.terms.clear();

        reconnect("b");

        await().until(() -> listener.sawHead(1) && listener.sawTerm(1));
        assertEquals(List.of(true, false, true), listener.connections);
        get(leader.append(term, 2, entry(2)));
        await().until(() -> listener.sawHead(2));
    }

    @Test
    void aTwentyMebibyteEntryComesBackWholeInItsPlaceAmongOthers() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        byte[] large = random(20 * 1024 * 1024);
        CompletableFuture<AppendResult> before = log.append(term, 1, entry(1));
        CompletableFuture<AppendResult> between = log.append(term, 2, large);
        CompletableFuture<AppendResult> after = log.append(term, 3, entry(3));
        assertEquals(AppendResult.COMMITTED, get(before));
        assertEquals(AppendResult.COMMITTED, get(between));
        assertEquals(AppendResult.COMMITTED, get(after));
        assertArrayEquals(large, get(log("b").read(2)));
        assertArrayEquals(entry(3), get(log.read(3)));
        assertEquals(AppendResult.COMMITTED, get(log.append(term, 2, large)));
        assertEquals(AppendResult.UNKNOWN, get(log.append(term, 2, random(2 * 1024 * 1024))));
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 1, 524_287, 524_288, 524_289, 999_999, 1_000_000, 1_000_001, 1_048_575, 1_048_576, 1_048_577,
                1_572_864
            })
    void anEntryOfAnySizeAroundThePacketLimitComesBack(int length) throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        byte[] entry = random(length);
        assertEquals(AppendResult.COMMITTED, get(log.append(term, 1, entry)));
        assertArrayEquals(entry, get(log.read(1)));
    }

    @Test
    void anEntryNeedsNoMagicOfItsOwn() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        byte[] looksLikeAManifest = "WM-but-is-not-one".getBytes(StandardCharsets.US_ASCII);
        assertEquals(AppendResult.COMMITTED, get(log.append(term, 1, looksLikeAManifest)));
        assertArrayEquals(looksLikeAManifest, get(log.read(1)));
    }

    @Test
    void readingWhatIsNotThereSaysSo() throws Exception {
        assertMissing(log("a"), 1);
    }

    // --- the base of a restarted cluster ---

    @Test
    void aLogWithABaseGoesOnCounting() throws Exception {
        beginAfter(41, 7);
        ReplicatedLog log = log("a");
        assertNull(get(log.term()));
        assertEquals(new Head(41, 7), get(log.head()));
        assertEquals(42, get(log.first()));
        assertMissing(log, 41);
        assertMissing(log, 42);

        BegunTerm begun = begin(log, "a");
        assertEquals(8, begun.term().epoch());
        assertEquals(new Head(41, 7), begun.head());
        assertEquals(AppendResult.UNKNOWN, get(log.append(begun.term(), 1, entry(1))));
        assertEquals(AppendResult.UNKNOWN, get(log.append(begun.term(), 43, entry(43))));
        assertEquals(AppendResult.COMMITTED, get(log.append(begun.term(), 42, entry(42))));
        assertEquals(AppendResult.COMMITTED, get(log.append(begun.term(), 42, entry(42))));
        assertEquals(AppendResult.COMMITTED, get(log.append(begun.term(), 43, entry(43))));
        assertArrayEquals(entry(42), get(log.read(42)));
        assertMissing(log, 41);
        assertEquals(new Head(43, 8), get(log.head()));
        assertEquals(42, get(log.first()));
    }

    @Test
    void theListenerOfARestartedClustersEmptyLogIsToldTheBaseButNoTerm() throws Exception {
        beginAfter(41, 7);
        RecordingListener listener = new RecordingListener();
        log("a").start(listener);
        await().until(() -> listener.heads.contains(new Head(41, 7)));
        assertTrue(listener.terms.isEmpty());
    }

    // --- truncation ---

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000_000_000_000L})
    void whatIsBelowTheFirstIndexHasLeftTheLogAndTheRestStays(long base) throws Exception {
        beginAfter(base, 0);
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        assertEquals(base + 1, get(log.first()));
        appendUpTo(log, term, base + 1, base + 250);
        assertEquals(base + 1, get(log.first()));

        get(log.truncate(term, base + 231));

        ReplicatedLog other = log("b");
        assertEquals(base + 231, get(other.first()));
        for (long index : new long[] {base, base + 1, base + 100, base + 101, base + 230}) {
            assertMissing(other, index);
        }
        for (long index = base + 231; index <= base + 250; index++) {
            assertArrayEquals(entry(index), get(other.read(index)));
        }
        assertEquals(base + 250, get(log.head()).index());
        appendUpTo(log, term, base + 251, base + 260);
    }

    @Test
    void theHeadItselfNeverLeavesTheLog() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        get(log.truncate(term, 100));
        assertEquals(1, get(log.first()));
        appendUpTo(log, term, 1, 1);
        get(log.truncate(term, 100));
        assertEquals(1, get(log.first()));
        appendUpTo(log, term, 2, 5);
        get(log.truncate(term, Long.MAX_VALUE));
        assertEquals(5, get(log.first()));
        assertMissing(log, 4);
        assertArrayEquals(entry(5), get(log.read(5)));
        appendUpTo(log, term, 6, 6);
    }

    @Test
    void theFirstIndexNeverGoesBack() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        appendUpTo(log, term, 1, 20);
        get(log.truncate(term, 10));
        get(log.truncate(term, 5));
        get(log.truncate(term, 0));
        assertEquals(10, get(log.first()));
        assertMissing(log, 9);
        assertArrayEquals(entry(10), get(log.read(10)));
    }

    @Test
    void aDeposedLeaderTruncatesNothing() throws Exception {
        ReplicatedLog first = log("a");
        Term old = begin(first, "a").term();
        appendUpTo(first, old, 1, 20);
        ReplicatedLog second = log("b");
        Term newer = begin(second, "b").term();
        assertTermOver(first.truncate(old, 15));
        assertEquals(1, get(second.first()));
        assertArrayEquals(entry(1), get(second.read(1)));

        get(second.truncate(newer, 10));
        assertTermOver(first.truncate(old, 15));
        assertEquals(10, get(second.first()));
        Term again = begin(second, "b").term();
        assertTermOver(second.truncate(newer, 15));
        get(second.truncate(again, 15));
        assertEquals(15, get(first.first()));
    }

    @Test
    void whatWasTruncatedCannotBeAppendedAgain() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        appendUpTo(log, term, 1, 20);
        get(log.truncate(term, 15));
        for (int index : new int[] {1, 2, 13, 14}) {
            assertEquals(AppendResult.UNKNOWN, get(log.append(term, index, entry(index))));
            assertMissing(log, index);
        }
        assertEquals(20, get(log.head()).index());
        appendUpTo(log, term, 21, 21);
    }

    @Test
    void truncationsThatOverlapEachOtherAndAppendsLeaveEachThingInItsPlace() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        List<CompletableFuture<?>> underWay = new ArrayList<>();
        for (int i = 1; i <= 600; i++) {
            underWay.add(log.append(term, i, entry(i)));
            if (i % 50 == 0) {
                get(underWay.get(underWay.size() - 1));
                underWay.add(log.truncate(term, i - 20));
            }
        }
        for (CompletableFuture<?> each : underWay) {
            Object result = get(each);
            assertTrue(result == null || result == AppendResult.COMMITTED, () -> "" + result);
        }
        assertEquals(580, get(log.first()));
        assertMissing(log, 579);
        for (int i = 580; i <= 600; i++) {
            assertArrayEquals(entry(i), get(log.read(i)));
        }
    }

    private static void appendUpTo(ReplicatedLog log, Term term, long from, long to) throws Exception {
        List<CompletableFuture<AppendResult>> results = new ArrayList<>();
        for (long index = from; index <= to; index++) {
            results.add(log.append(term, index, entry(index)));
        }
        for (CompletableFuture<AppendResult> result : results) {
            assertEquals(AppendResult.COMMITTED, get(result));
        }
    }

    private static void assertTermOver(CompletableFuture<Void> truncation) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(truncation));
        assertInstanceOf(TermOverException.class, failure.getCause());
    }

    @Test
    void afterCloseEveryCallEnds() throws Exception {
        ReplicatedLog log = log("a");
        Term term = begin(log, "a").term();
        nextAppends("a", 1, Fate.HOLD_CALL);
        CompletableFuture<AppendResult> held = log.append(term, 1, entry(1));
        CompletableFuture<AppendResult> behind = log.append(term, 2, entry(2));
        log.close();
        log.close();
        assertEquals(AppendResult.UNKNOWN, get(held));
        assertEquals(AppendResult.UNKNOWN, get(behind));
        assertEquals(AppendResult.UNKNOWN, get(log.append(term, 3, entry(3))));
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(log.head()));
        assertInstanceOf(LogUnavailableException.class, failure.getCause());
        assertFalse(log.connected());
    }

    protected static void assertMissing(ReplicatedLog log, long index) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(log.read(index)));
        assertInstanceOf(EntryMissingException.class, failure.getCause());
    }

    protected static BegunTerm begin(ReplicatedLog log, String node) throws Exception {
        return get(log.beginTerm(node, node + ":1"));
    }

    protected static <T> T get(CompletableFuture<T> future) throws Exception {
        return Pumped.get(future);
    }

    protected static byte[] entry(long number) {
        return ("entry " + number).getBytes(StandardCharsets.UTF_8);
    }

    protected static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
