package io.wesdb.internal.truncation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.truncation.LogSizes.Step;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class LogSizesTest {

    @Test
    void aLogWhoseEntriesWereAllSeenIsCutWithoutReadingOne() {
        LogSizes sizes = new LogSizes(5_000);
        for (int i = 1; i <= 500; i++) {
            sizes.committed(i, 1_000 + i * 10L);
        }
        sizes.read(1, 10, 1_010);
        assertEquals(5_000, sizes.about(1));
        assertEquals(new Step(1, true), sizes.beginningWithin(1, 5_000));
        assertEquals(new Step(2, true), sizes.beginningWithin(1, 4_999));
        assertEquals(new Step(401, true), sizes.beginningWithin(1, 1_000));
        assertEquals(new Step(501, true), sizes.beginningWithin(1, 9));
        sizes.forgetBelow(301);
        assertEquals(2_000, sizes.about(301));
        assertEquals(new Step(401, true), sizes.beginningWithin(301, 1_000));
    }

    @Test
    void nothingIsGuessedAsLongAsNothingIsKnown() {
        LogSizes sizes = new LogSizes(5_000);
        assertEquals(0, sizes.about(7));
        assertEquals(new Step(7, false), sizes.beginningWithin(7, 100));
    }

    @RepeatedTest(20)
    void aLogOfAnyEntriesIsCutWithinItsBoundAndNotFarBelowAfterFewReads(RepetitionInfo repetition) {
        long seed = repetition.getCurrentRepetition();
        Random random = new Random(seed);
        int count = 1 + random.nextInt(60_000);
        long start = random.nextInt(1_000_000);
        long[] bytes = new long[count + 1];
        for (int i = 1; i <= count; i++) {
            bytes[i] = bytes[i - 1] + 1 + (random.nextInt(100) == 0 ? random.nextInt(1_000_000) : random.nextInt(500));
        }
        long maxBytes = 1 + (long) (random.nextDouble() * 1.2 * bytes[count]);
        LogSizes sizes = new LogSizes(maxBytes);
        int seenFrom = random.nextInt(count);
        for (int i = seenFrom; i <= count; i++) {
            sizes.committed(start + i, 5_000 + bytes[i]);
        }
        int reads = 0;
        Step step = sizes.beginningWithin(start + 1, maxBytes);
        while (!step.known()) {
            int at = (int) (step.index() - start);
            sizes.read(step.index(), bytes[at] - bytes[at - 1], 5_000 + bytes[at]);
            step = sizes.beginningWithin(start + 1, maxBytes);
            assertTrue(++reads < 20, "seed " + seed);
        }
        int cut = (int) (step.index() - start);
        assertTrue(bytes[count] - bytes[cut - 1] <= maxBytes, "seed " + seed);
        // Keeping one entry more, or the bytes that facts are apart, would have been too much.
        long slack = cut == 1 ? 0 : Math.max(bytes[cut - 1] - bytes[cut - 2], maxBytes / 512);
        assertTrue(cut == 1 || bytes[count] - bytes[cut - 1] + slack > maxBytes - slack, "seed " + seed);
    }
}
