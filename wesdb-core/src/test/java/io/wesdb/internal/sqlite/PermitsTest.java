package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.env.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A permit comes to those who wait, and is never lost. */
@Timeout(60)
class PermitsTest {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private final AtomicLong now = new AtomicLong();
    private final Clock clock = new Clock() {
        @Override
        public long wallMillis() {
            return 0;
        }

        @Override
        public long nanos() {
            return now.get();
        }
    };

    @Test
    void whoeverGivesThePermitBackAtOnceDoesNotNestTheNextOnesInOneStack() {
        Permits permits = new Permits(1, clock);
        assertTrue(permits.acquire().isDone());
        List<Integer> served = new ArrayList<>();
        int count = 100_000;
        for (int i = 0; i < count; i++) {
            int number = i;
            var unused = permits.acquire().thenRun(() -> {
                served.add(number);
                permits.release();
            });
        }
        permits.release();
        assertEquals(count, served.size());
        assertEquals(count - 1, served.get(count - 1));
        assertTrue(permits.acquire().isDone(), "the permit was lost");
        assertFalse(permits.acquire().isDone());
    }

    private static Thread waiting(Permits permits, CountDownLatch served) {
        Thread thread = new Thread(() -> {
            try {
                if (permits.acquire(MINUTE)) {
                    served.countDown();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        return thread;
    }

    @Test
    void aThreadThatHasWaitedForLongIsNotPassedOver() throws Exception {
        Permits permits = new Permits(1, clock);
        assertTrue(permits.acquire().isDone());
        CountDownLatch served = new CountDownLatch(1);
        Thread thread = waiting(permits, served);
        now.addAndGet(Permits.PATIENCE_NANOS);
        permits.release();
        assertFalse(permits.acquire().isDone(), "somebody came before the thread that had waited");
        served.await();
        thread.join();
    }

    /** The permit is free until the thread has woken up, so the one who runs has it as often as not; it must not be lost either way. */
    @Test
    void aThreadThatIsWokenInVainWaitsOn() throws Exception {
        Permits permits = new Permits(1, clock);
        int inVain = 0;
        for (int round = 0; round < 200; round++) {
            assertTrue(permits.acquire().isDone());
            CountDownLatch served = new CountDownLatch(1);
            Thread thread = waiting(permits, served);
            permits.release();
            CompletableFuture<Void> other = permits.acquire();
            if (other.isDone()) {
                inVain++;
                permits.release();
                served.await();
                permits.release();
            } else {
                served.await();
                permits.release();
                other.join();
                permits.release();
            }
            thread.join();
        }
        assertTrue(inVain > 0, "nobody who ran ever came before a thread that slept");
    }

    @Test
    void noPermitIsLostOrGivenTwiceThoughManyGiveUp() throws Exception {
        Permits permits = new Permits(3, Clock.system());
        AtomicInteger held = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger inTime = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int number = i;
            Thread thread = new Thread(() -> {
                for (int k = 0; k < 3_000; k++) {
                    try {
                        if (permits.acquire(number % 3 == 0 ? k % 50 * 1_000L : MINUTE)) {
                            inTime.incrementAndGet();
                            most.accumulateAndGet(held.incrementAndGet(), Math::max);
                            if (k % 7 == 0) {
                                Thread.yield();
                            }
                            held.decrementAndGet();
                            permits.release();
                        }
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (int k = 0; k < 3_000; k++) {
            CompletableFuture<Void> turn = permits.acquire();
            if (k % 2 == 0) {
                permits.giveUp(turn);
            } else {
                turn.join();
                permits.release();
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(most.get() <= 3, "held by " + most);
        assertTrue(inTime.get() >= 8 * 3_000);
        for (int i = 0; i < 3; i++) {
            assertTrue(permits.acquire().isDone(), "a permit was lost");
        }
        assertFalse(permits.acquire().isDone());
    }
}
