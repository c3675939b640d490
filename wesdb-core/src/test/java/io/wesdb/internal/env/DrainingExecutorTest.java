package io.wesdb.internal.env;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DrainingExecutorTest {
    private static final int THREADS = 3;

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final DrainingExecutor executor = new DrainingExecutor(threads, THREADS);

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @Test
    void everyPieceOfWorkIsDoneOnceThoughManyGiveThemAtOnce() throws Exception {
        int givers = 4;
        int each = 50_000;
        AtomicInteger done = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(givers * each);
        List<Thread> giving = new ArrayList<>();
        for (int i = 0; i < givers; i++) {
            Thread thread = new Thread(() -> {
                for (int k = 0; k < each; k++) {
                    executor.execute(() -> {
                        done.incrementAndGet();
                        all.countDown();
                    });
                    if (k % 100 == 0) {
                        Thread.yield(); // so that the queue runs empty now and then
                    }
                }
            });
            giving.add(thread);
            thread.start();
        }
        for (Thread thread : giving) {
            thread.join();
        }
        all.await();
        assertEquals(givers * each, done.get());
    }

    /** What callers hang on a write may wait for another one. */
    @Test
    void workThatWaitsForWhatWasGivenAfterItIsNotWaitedForInVain() throws Exception {
        CountDownLatch given = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        for (int i = 1; i < THREADS; i++) {
            executor.execute(() -> {
                try {
                    given.await();
                    end.countDown();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        executor.execute(given::countDown);
        end.await();
    }

    @Test
    void aFaultEndsNobodyElsesWork() throws Exception {
        CountDownLatch end = new CountDownLatch(3);
        for (int i = 0; i < 3; i++) {
            executor.execute(() -> {
                end.countDown();
                throw new IllegalStateException("of a test");
            });
        }
        end.await();
    }

    @Test
    void whatWasGivenBeforeTheShutdownIsDoneAndWhatComesAfterItIsRefused() throws Exception {
        CountDownLatch begin = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 1_000; i++) {
            executor.execute(() -> {
                try {
                    begin.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                done.incrementAndGet();
            });
        }
        threads.shutdown();
        assertThrows(RejectedExecutionException.class, () -> executor.execute(done::incrementAndGet));
        begin.countDown();
        assertTrue(threads.awaitTermination(30, TimeUnit.SECONDS));
        assertEquals(1_000, done.get());
    }
}
