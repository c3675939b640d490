package io.wesdb.internal.env;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ThreadLaneTest {
    private final ThreadLane lane = new ThreadLane("lane", 1 << 20);

    @AfterEach
    void end() {
        lane.shutDown();
    }

    @Test
    void workRunsOnTheLanesThread() {
        CompletableFuture<Thread> ran = new CompletableFuture<>();
        lane.execute(() -> ran.complete(Thread.currentThread()));
        assertEquals("lane", ran.join().getName());
        assertTrue(ran.join().isDaemon());
    }

    @Test
    void whoComesToAnIdleLaneRunsTheWorkItself() {
        List<Thread> ran = new ArrayList<>();
        lane.executeHere(() -> ran.add(Thread.currentThread()));
        lane.executeHere(() -> ran.add(Thread.currentThread()));
        assertEquals(List.of(Thread.currentThread(), Thread.currentThread()), ran);
    }

    @Test
    void whoComesToABusyLaneLeavesTheWorkToIt() throws InterruptedException {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        lane.execute(() -> {
            busy.countDown();
            await(release);
        });
        busy.await();
        CompletableFuture<Thread> ran = new CompletableFuture<>();
        lane.executeHere(() -> ran.complete(Thread.currentThread()));
        assertFalse(ran.isDone());
        release.countDown();
        assertNotSame(Thread.currentThread(), ran.join());
    }

    @Test
    void whatComesWhileSomebodyElseRunsTheLaneWaitsForIt() {
        List<String> order = new ArrayList<>();
        CompletableFuture<Void> ran = new CompletableFuture<>();
        lane.executeHere(() -> {
            Thread other = new Thread(() -> lane.execute(() -> {
                order.add("other");
                ran.complete(null);
            }));
            other.start();
            join(other);
            order.add("first");
        });
        ran.join();
        assertEquals(List.of("first", "other"), order);
    }

    @Test
    void whatTheLanesOwnWorkGivesItComesAfterThatWork() {
        List<Integer> order = new ArrayList<>();
        CompletableFuture<Void> done = new CompletableFuture<>();
        lane.executeHere(() -> {
            lane.executeHere(() -> order.add(2));
            lane.execute(() -> order.add(3));
            order.add(1);
        });
        lane.execute(() -> done.complete(null));
        done.join();
        assertEquals(List.of(1, 2, 3), order);
    }

    @Test
    void whoStandsInRunsHisOwnWorkAndNoOther() {
        CompletableFuture<Thread> ran = new CompletableFuture<>();
        lane.executeHere(() -> lane.execute(() -> ran.complete(Thread.currentThread())));
        assertEquals("lane", ran.join().getName());
    }

    @Test
    void aTimerHasItsTurnOnALaneThatIsNeverIdle() {
        CompletableFuture<Thread> due = new CompletableFuture<>();
        lane.execute(() -> repeatUntil(due));
        lane.schedule(5, () -> due.complete(Thread.currentThread()));
        assertEquals("lane", due.join().getName());
    }

    private void repeatUntil(CompletableFuture<?> done) {
        if (!done.isDone()) {
            lane.execute(() -> repeatUntil(done));
        }
    }

    @Test
    void aTimerThatIsCancelledWhileItWaitsForItsTurnDoesNotRun() {
        List<String> ran = new ArrayList<>();
        CompletableFuture<Void> done = new CompletableFuture<>();
        lane.executeHere(() -> {
            Lane.Timer timer = lane.scheduleNanos(0, () -> ran.add("cancelled"));
            CompletableFuture<Void> laterIsDue = new CompletableFuture<>();
            lane.executor.schedule(() -> laterIsDue.complete(null), 1, TimeUnit.MILLISECONDS);
            laterIsDue.join(); // so the timer has been due, and waits for us
            timer.cancel();
        });
        lane.execute(() -> done.complete(null));
        done.join();
        assertEquals(List.of(), ran);
    }

    @Test
    void aTimerThatIsCancelledIsNotKeptUntilItIsDue() {
        ThreadLane.Alarm timer = (ThreadLane.Alarm) lane.schedule(3_600_000, () -> {});
        timer.cancel();
        assertTrue(timer.future.isCancelled());
    }

    /** Another thread is between queueing and asking for the lane; what is behind its work must not be overtaken. */
    @Test
    void whatIsQueuedIsNotOvertakenByWhoComesHere() {
        List<Integer> order = new ArrayList<>();
        CompletableFuture<Void> done = new CompletableFuture<>();
        lane.queue.add(() -> order.add(1));
        lane.executeHere(() -> {
            order.add(2);
            done.complete(null);
        });
        done.join();
        assertEquals(List.of(1, 2), order);
    }

    @Test
    void aFailureEndsNeitherTheLaneNorWhoRunsIt() {
        lane.executeHere(() -> {
            throw new StackOverflowError("for the test");
        });
        CompletableFuture<Thread> here = new CompletableFuture<>();
        lane.executeHere(() -> here.complete(Thread.currentThread()));
        assertSame(Thread.currentThread(), here.join());
    }

    @Test
    void afterItsEndTheLaneRunsNothing() throws InterruptedException {
        lane.shutDown();
        assertTrue(lane.awaitEnd(TimeUnit.SECONDS.toNanos(30)));
        List<String> ran = new ArrayList<>();
        lane.execute(() -> ran.add("execute"));
        lane.executeHere(() -> ran.add("executeHere"));
        lane.schedule(0, () -> ran.add("schedule"));
        assertEquals(List.of(), ran);
    }

    /** Plain fields on purpose: they come out right only if one thread at a time runs, and sees what was before. */
    @Test
    void oneAtATimeInEachGiversOrderHoweverTheyAreGiven() {
        int threads = 4;
        int each = 50_000;
        int[] last = new int[threads];
        int[] total = {0};
        List<String> wrong = new ArrayList<>();
        CountDownLatch left = new CountDownLatch(threads * each);
        List<Thread> givers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int giver = t;
            givers.add(new Thread(() -> {
                for (int i = 1; i <= each; i++) {
                    int number = i;
                    Runnable work = () -> {
                        if (++last[giver] != number) {
                            wrong.add(giver + ": " + number);
                        }
                        total[0]++;
                        left.countDown();
                    };
                    if ((i + giver) % 3 == 0) {
                        lane.execute(work);
                    } else {
                        lane.executeHere(work);
                    }
                }
            }));
        }
        givers.forEach(Thread::start);
        await(left);
        CompletableFuture<Integer> seen = new CompletableFuture<>();
        lane.execute(() -> seen.complete(total[0]));
        assertEquals(threads * each, seen.join());
        assertEquals(List.of(), wrong);
        givers.forEach(ThreadLaneTest::join);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
