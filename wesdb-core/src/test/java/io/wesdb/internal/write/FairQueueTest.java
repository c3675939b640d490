package io.wesdb.internal.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FairQueueTest {
    private static final int BATCH_BYTES = 256 * 1024;
    private static final int BATCH_WRITES = 4096;
    private static final long NEVER = Long.MAX_VALUE / 2;

    private final FairQueue queue = new FairQueue();
    private final List<PendingWrite> expired = new ArrayList<>();

    private static PendingWrite write(String caller, int length, long deadlineNanos) {
        return new PendingWrite(Caller.named(caller), new byte[length], false, deadlineNanos);
    }

    private PendingWrite add(String caller, int length) {
        return add(caller, length, NEVER);
    }

    private PendingWrite add(String caller, int length, long deadlineNanos) {
        PendingWrite write = write(caller, length, deadlineNanos);
        queue.add(write);
        return write;
    }

    private List<PendingWrite> take(long nowNanos) {
        return queue.take(BATCH_BYTES, BATCH_WRITES, nowNanos, expired::add);
    }

    private List<PendingWrite> take() {
        return take(0);
    }

    @Test
    void aSingleWriteIsInTheNextBatchWhateverSomebodyElseHasWaiting() {
        for (int i = 0; i < 10_000; i++) {
            add("hog", 50);
        }
        PendingWrite polite = add("polite", 50);
        List<PendingWrite> batch = take();
        int place = batch.indexOf(polite);
        assertTrue(place >= 0 && place <= FairQueue.QUANTUM_BYTES / FairQueue.LEAST_COST, "place " + place);
        assertEquals(BATCH_WRITES, batch.size(), "what is left of the batch is for whoever has more");
    }

    @Test
    void whileSomebodyElseWritesTooAHogsBatchesAreShortSoThatNobodyWaitsLong() {
        for (int i = 0; i < 40_000; i++) {
            add("hog", 50);
        }
        int most = FairQueue.MOST_TURNS * FairQueue.QUANTUM_BYTES / FairQueue.LEAST_COST;
        for (int i = 0; i < 5; i++) {
            PendingWrite polite = add("polite", 50);
            List<PendingWrite> batch = take();
            assertTrue(batch.contains(polite));
            assertTrue(i == 0 || batch.size() <= most + 1, "batch " + i + " has " + batch.size());
            queue.settle(batch);
        }
        int shortOnes = 0;
        for (List<PendingWrite> batch = take(); batch.size() <= most; batch = take()) {
            queue.settle(batch);
            shortOnes++;
        }
        assertTrue(shortOnes >= 10 && shortOnes <= 16, "alone for " + shortOnes + " batches he may fill them again");
    }

    @Test
    void everyBatchHasSomethingOfEachOfThoseWhoHaveMoreThanTheirShare() {
        for (int i = 0; i < 20_000; i++) {
            add("short", 100);
            add("longer", 1_000);
        }
        for (int i = 0; i < 20; i++) {
            List<PendingWrite> batch = take();
            Map<String, Integer> bytes = new HashMap<>();
            batch.forEach(write -> bytes.merge(
                    write.caller.name(), Math.max(FairQueue.LEAST_COST, write.command.length), Integer::sum));
            int difference = Math.abs(bytes.getOrDefault("short", 0) - bytes.getOrDefault("longer", 0));
            assertTrue(difference <= FairQueue.QUANTUM_BYTES + 1_000, "batch " + i + ": " + bytes);
            queue.settle(batch);
        }
    }

    @Test
    void whoHasASmallWriteWaitsForNoMoreThanOneHugeOne() {
        add("huge", 32 * 1024 * 1024);
        int all = 0;
        for (int i = 0; i < 100; i++) {
            PendingWrite small = add("small", 100);
            int huge = 0;
            for (List<PendingWrite> batch = take(); !batch.contains(small); batch = take()) {
                assertEquals(1, batch.size(), "a huge one comes alone");
                queue.settle(batch);
                add("huge", 32 * 1024 * 1024);
                huge++;
            }
            queue.settle(small);
            assertTrue(huge <= 1, "number " + i + " waits for " + huge);
            all += huge;
        }
        assertTrue(all >= 40, "and those have their turns: " + all);
    }

    @Test
    void aHugeWriteHasItsTurnHoweverManySmallOnesSomebodyElseHas() {
        for (int i = 0; i < 30_000; i++) {
            add("many", 100);
        }
        PendingWrite huge = add("huge", 32 * 1024 * 1024);
        int before = 0;
        for (List<PendingWrite> batch = take(); !batch.contains(huge); batch = take()) {
            before += batch.size();
            queue.settle(batch);
        }
        int most = FairQueue.MOST_COST / FairQueue.LEAST_COST + FairQueue.QUANTUM_BYTES / FairQueue.LEAST_COST;
        assertTrue(before > most / 2 && before <= most, "after " + before);
    }

    @Test
    void nothingMoreOfACallerIsTakenWhileSomethingOfHisIsUnderWay() {
        PendingWrite first = add("a", 10);
        assertEquals(List.of(first), take());
        PendingWrite second = add("a", 10);
        PendingWrite others = add("b", 10);
        assertEquals(1, queue.ready());
        assertEquals(List.of(others), take());
        assertEquals(List.of(), take());
        assertEquals(0, queue.ready());
        queue.settle(List.of(first));
        assertEquals(1, queue.ready());
        assertEquals(List.of(second), take());
    }

    @Test
    void whatIsPutBackComesBeforeEverythingElseAndInItsOrder() {
        PendingWrite one = add("a", 10);
        PendingWrite two = add("a", 10);
        PendingWrite three = add("b", 10);
        List<PendingWrite> batch = take();
        assertEquals(List.of(one, two, three), batch);
        PendingWrite four = add("a", 10);
        PendingWrite five = add("c", 10);
        queue.putBack(batch);
        assertEquals(List.of(one, two, four, three, five), take());
    }

    @Test
    void aWriteThatMustBeAloneIsAloneInItsPlaceAmongItsCallersWrites() {
        PendingWrite one = add("a", 10);
        PendingWrite alone = new PendingWrite(Caller.named("a"), new byte[10], true, NEVER);
        queue.add(alone);
        PendingWrite three = add("a", 10);
        for (List<PendingWrite> expected : List.of(List.of(one), List.of(alone), List.of(three))) {
            List<PendingWrite> batch = take();
            assertEquals(expected, batch);
            queue.settle(batch);
        }
    }

    @Test
    void aWriteWhoseDeadlineHasPassedIsNotTaken() {
        PendingWrite late = add("a", 10, 1_000);
        PendingWrite wanted = add("a", 10, 2_000);
        assertEquals(List.of(wanted), take(1_000));
        assertEquals(List.of(late), expired);
    }

    @Test
    void aWriteRefusedForAnothersDeadlineTravelsOnlyWithThoseThatHaveHalfItsTimeLeft() {
        PendingWrite patient = add("patient", 10, 1_000);
        add("hasty", 10, 100);
        List<PendingWrite> batch = take(0);
        assertEquals(2, batch.size(), "at first it is not known to be a problem");
        batch.forEach(write -> write.spare(0));
        queue.putBack(batch);
        PendingWrite hastier = add("hastier", 10, 499);
        PendingWrite half = add("half", 10, 500);
        List<PendingWrite> next = take(0);
        assertEquals(List.of(patient, half), next);
        assertEquals(
                List.of("hasty", "hastier"),
                take(0).stream().map(write -> write.caller.name()).toList());
        assertTrue(hastier.underWay);
    }

    @Test
    void nothingIsKeptOfACallerWhoHasNothingPending() {
        for (int i = 0; i < 1_000; i++) {
            add("caller " + i, 10, i % 2 == 0 ? NEVER : 1_000);
        }
        queue.removeExpired(1_000, expired::add);
        assertEquals(500, queue.callers(), "even if nothing is ever taken");
        List<PendingWrite> batch = take(1_000);
        assertEquals(500, queue.callers(), "those under way");
        queue.settle(batch);
        assertEquals(List.of(), take(1_000));
        assertEquals(0, queue.callers());
        add("one", 10);
        add("two", 10);
        queue.settle(queue.take(BATCH_BYTES, 1, 0, expired::add));
        queue.removeAll();
        assertEquals(0, queue.callers());
        assertEquals(0, queue.size());
        assertEquals(0, queue.ready());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverHappensNoWriteIsLostOrDoneTwiceAndEachCallersKeepTheirOrder(int seed) {
        Random random = new Random(seed);
        List<PendingWrite> given = new ArrayList<>();
        List<PendingWrite> done = new ArrayList<>();
        List<List<PendingWrite>> underWay = new ArrayList<>();
        for (int step = 0; step < 5_000 || queue.size() > 0 || !underWay.isEmpty(); step++) {
            int what = random.nextInt(10);
            if (what < 5 && step < 5_000) {
                given.add(add("caller" + random.nextInt(6), random.nextInt(20) == 0 ? 200_000 : random.nextInt(500)));
            } else if (what < 7) {
                List<PendingWrite> batch = queue.take(BATCH_BYTES, 4, 0, expired::add);
                if (!batch.isEmpty()) {
                    underWay.add(batch);
                }
            } else if (!underWay.isEmpty()) {
                List<PendingWrite> batch = underWay.remove(random.nextInt(underWay.size()));
                if (what == 7) {
                    queue.putBack(batch);
                } else {
                    done.addAll(batch);
                    queue.settle(batch);
                }
            }
            int waiting = given.size()
                    - done.size()
                    - underWay.stream().mapToInt(List::size).sum();
            assertEquals(waiting, queue.size(), "seed " + seed + " step " + step);
        }
        assertEquals(given.size(), done.stream().distinct().count(), "seed " + seed);
        for (int caller = 0; caller < 6; caller++) {
            Caller who = Caller.named("caller" + caller);
            assertEquals(
                    given.stream().filter(write -> write.caller.equals(who)).toList(),
                    done.stream().filter(write -> write.caller.equals(who)).toList(),
                    "seed " + seed);
        }
        assertFalse(take().iterator().hasNext());
        assertEquals(0, queue.callers(), "seed " + seed);
    }
}
