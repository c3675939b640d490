package io.wesdb.internal.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final int MANY_BYTES = 1 << 30;

    private static Caller caller(String name) {
        return Caller.named(name);
    }

    /** How many of the caller's writes get in. */
    private static int fill(Admission admission, String name, int length, int tries) {
        int entered = 0;
        for (int i = 0; i < tries; i++) {
            entered += admission.enter(caller(name), length) == null ? 1 : 0;
        }
        return entered;
    }

    @Test
    void oneCallerMayTakeMostOfTheRoomButNeverAllOfIt() {
        Admission admission = new Admission(900, MANY_BYTES);
        assertEquals(800, fill(admission, "hog", 1, 2_000));
        assertNull(admission.enter(caller("polite"), 1));
    }

    @Test
    void twoCallersGetAlikeAndAThirdStillGetsIn() {
        Admission admission = new Admission(1_700, MANY_BYTES);
        int one = 0;
        int two = 0;
        for (int i = 0; i < 2_000; i++) {
            one += fill(admission, "one", 1, 1);
            two += fill(admission, "two", 1, 1);
        }
        assertTrue(Math.abs(one - two) <= 1 && one >= 790, one + " and " + two);
        assertNull(admission.enter(caller("third"), 1));
    }

    @Test
    void theSameHoldsInBytes() {
        Admission admission = new Admission(1_000_000, 128 << 20);
        assertEquals(3, fill(admission, "hog", 32 << 20, 10), "a fourth would leave no room for anybody");
        assertNull(admission.enter(caller("polite"), 32 << 20));
        assertNotNull(admission.enter(caller("another"), 32 << 20));
    }

    @Test
    void aBoundThatIsNoneIsNone() {
        Admission admission = new Admission(1_000_000, Long.MAX_VALUE);
        assertEquals(50, fill(admission, "hog", 32 << 20, 50));
    }

    @Test
    void anyNumberOfCallersWithAWriteEachFillTheBoundAndNobodyPassesIt() {
        Admission admission = new Admission(500, MANY_BYTES);
        int entered = 0;
        for (int i = 0; i < 1_000; i++) {
            entered += fill(admission, "caller " + i, 1, 1);
        }
        assertEquals(500, entered);
        assertEquals(500, admission.pending());
    }

    @Test
    void evenWhereOneWriteMayBePendingItMay() {
        Admission admission = new Admission(1, 10);
        for (int i = 0; i < 3; i++) {
            assertNull(admission.enter(caller("a"), 10));
            assertNotNull(admission.enter(caller("b"), 1));
            admission.leave(caller("a"), 10);
        }
    }

    @Test
    void whatIsRefusedTakesNoRoomAndOfWhoHasNothingPendingNothingIsKept() {
        Admission admission = new Admission(10, 1_000);
        for (int round = 0; round < 3; round++) {
            int ofA = fill(admission, "a", 10, 100);
            int ofB = fill(admission, "b", 10, 100);
            assertEquals(ofA + ofB, admission.pending());
            assertEquals(2, admission.callers());
            for (int i = 0; i < ofA; i++) {
                admission.leave(caller("a"), 10);
            }
            assertEquals(1, admission.callers());
            for (int i = 0; i < ofB; i++) {
                admission.leave(caller("b"), 10);
            }
            assertEquals(0, admission.callers());
        }
    }

    @Test
    void theBoundHoldsUnderManyThreads() throws InterruptedException {
        Admission admission = new Admission(50, MANY_BYTES);
        AtomicInteger most = new AtomicInteger();
        AtomicInteger inside = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            String name = "caller " + t % 4;
            threads.add(new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    if (admission.enter(caller(name), 1) == null) {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        if (i % 50 == 0) {
                            Thread.yield();
                        }
                        inside.decrementAndGet();
                        admission.leave(caller(name), 1);
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(most.get() <= 50, "at most " + most);
        assertEquals(0, admission.pending());
        assertEquals(0, admission.callers());
    }
}
