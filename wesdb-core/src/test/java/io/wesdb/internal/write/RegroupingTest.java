package io.wesdb.internal.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RegroupingTest {
    private static final long ROUND_TRIP = 2_000_000;
    private static final long QUARTER = ROUND_TRIP / 4;

    private final Regrouping regrouping = new Regrouping();

    @BeforeEach
    void roundTrips() {
        regrouping.roundTrip(ROUND_TRIP);
    }

    @Test
    void theNextBatchWaitsUntilAsManyHaveComeBackAsHadEnded() {
        assertEquals(QUARTER, regrouping.ended(10, 5));
        assertFalse(regrouping.maySend(5));
        assertFalse(regrouping.maySend(14));
        assertTrue(regrouping.maySend(15));
        assertTrue(regrouping.maySend(1), "and it is over");
    }

    @Test
    void orUntilItsTimeIsOver() {
        assertEquals(QUARTER, regrouping.ended(10, 5));
        regrouping.over(regrouping.number(), 12);
        assertTrue(regrouping.maySend(12));
    }

    @Test
    void theTimeOfAnEarlierPauseEndsNoLaterOne() {
        regrouping.ended(10, 0);
        int first = regrouping.number();
        assertTrue(regrouping.maySend(10));
        regrouping.ended(10, 0);
        regrouping.over(first, 0);
        assertFalse(regrouping.maySend(9));
    }

    @Test
    void whoIsAloneWaitsForNobody() {
        assertEquals(0, regrouping.ended(1, 0));
        assertTrue(regrouping.maySend(1));
    }

    @Test
    void aBatchThatEndsWithinAPauseIsWaitedForAsWell() {
        regrouping.ended(10, 0);
        assertEquals(0, regrouping.ended(4, 0), "there is one timer");
        assertFalse(regrouping.maySend(13));
        assertTrue(regrouping.maySend(14));
    }

    @Test
    void noPauseIsLongerThanAMillisecondNorMadeBeforeARoundTripIsKnown() {
        assertEquals(0, new Regrouping().ended(10, 5));
        Regrouping slow = new Regrouping();
        slow.roundTrip(1_000_000_000);
        assertEquals(Regrouping.MOST_NANOS, slow.ended(10, 5));
    }

    /** With much waiting batches are sent all the same; those who come back are waited for as before. */
    @Test
    void whatIsSentMeanwhileIsNotCounted() {
        regrouping.ended(10, 300);
        regrouping.taken(300);
        assertEquals(10, regrouping.missing(0));
        assertFalse(regrouping.maySend(9));
        assertTrue(regrouping.maySend(10));
    }

    /** Callers who come at a rate wait less and less often for those who do not come back. */
    @Test
    void whereWaitingBringsNothingItBecomesRare() {
        int pauses = 0;
        for (int batch = 0; batch < 1_000; batch++) {
            if (regrouping.ended(10, 5) > 0) {
                pauses++;
                regrouping.over(regrouping.number(), 7);
            }
            assertTrue(regrouping.maySend(7));
        }
        assertTrue(pauses <= 6 + 1_000 / Regrouping.MOST_SKIPPED, pauses + " pauses");
        int later = 0;
        while (regrouping.ended(10, 5) == 0) {
            later++;
        }
        assertTrue(later <= Regrouping.MOST_SKIPPED);
        assertTrue(regrouping.maySend(15));
        assertEquals(QUARTER, regrouping.ended(10, 5), "and often again once it brings something");
    }
}
