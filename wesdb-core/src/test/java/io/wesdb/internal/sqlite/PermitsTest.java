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
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(2);
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
        Permits permits = new Permits(1, PATIENCE, clock);
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
        thread.setDaemon(true);
        thread.start();
        while (thread.isAlive() && thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        assertTrue(thread.isAlive(), "it did not wait");
        return thread;
    }

    @Test
    void aThreadThatHasWaitedForLongIsNotPassedOver() throws Exception {
        Permits permits = new Permits(1, PATIENCE, clock);
        assertTrue(permits.acquire().isDone());
        CountDownLatch served = new CountDownLatch(1);
        Thread thread = waiting(permits, served);
        now.addAndGet(PATIENCE);
        permits.release();
        assertFalse(permits.acquire().isDone(), "somebody came before the thread that had waited");
        served.await();
        thread.join();
    }

    /** Two permits come back in one moment; the eldest was woken for the first and is given the second. */
    @Test
    void whoComesAfterOneThatIsGivenAPermitIsNotForgotten() throws Exception {
        CountDownLatch parks = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        Thread[] eldest = new Thread[1];
        AtomicInteger looks = new AtomicInteger();
        Clock halting = new Clock() {
            @Override
            public long wallMillis() {
                return 0;
            }

            @Override
            public long nanos() {
                if (Thread.currentThread() == eldest[0] && looks.incrementAndGet() == 2) {
                    parks.countDown();
                    try {
                        goesOn.await(); // it has found no permit, and is about to sleep
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }
                return now.get();
            }
        };
        Permits permits = new Permits(2, PATIENCE, halting);
        assertTrue(permits.acquire().isDone());
        assertTrue(permits.acquire().isDone());
        CountDownLatch first = new CountDownLatch(1);
        eldest[0] = new Thread(() -> {
            try {
                if (permits.acquire(MINUTE)) {
                    first.countDown(); // and it keeps it
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        eldest[0].setDaemon(true);
        eldest[0].start();
        parks.await();
        CountDownLatch second = new CountDownLatch(1);
        Thread other = waiting(permits, second);
        permits.release();
        now.addAndGet(PATIENCE);
        permits.release();
        goesOn.countDown();
        first.await();
        second.await();
        other.join();
    }

    @Test
    void whoComesLaterIsServedInOrderWhereNobodyMayBePassedOver() throws Exception {
        Permits permits = new Permits(1, 0, clock);
        for (int round = 0; round < 200; round++) {
            assertTrue(permits.acquire().isDone());
            CountDownLatch served = new CountDownLatch(1);
            Thread thread = waiting(permits, served);
            permits.release();
            CompletableFuture<Void> other = permits.acquire();
            assertFalse(other.isDone());
            served.await();
            permits.release();
            other.join();
            permits.release();
            thread.join();
        }
    }

    /** The permit is free until the thread has woken up, so the one who runs has it as often as not; it must not be lost either way. */
    @Test
    void aThreadThatIsWokenInVainWaitsOn() throws Exception {
        Permits permits = new Permits(1, PATIENCE, clock);
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
        Permits permits = new Permits(3, PATIENCE, Clock.system());
        AtomicInteger held = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger patient = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int number = i;
            Thread thread = new Thread(() -> {
                for (int k = 0; k < 3_000; k++) {
                    try {
                        if (permits.acquire(number % 3 == 0 ? k % 50 * 1_000L : MINUTE)) {
                            if (number % 3 > 0) {
                                patient.incrementAndGet();
                            }
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
        assertEquals(8 * 3_000, patient.get());
        for (int i = 0; i < 3; i++) {
            assertTrue(permits.acquire().isDone(), "a permit was lost");
        }
        assertFalse(permits.acquire().isDone());
    }
}
