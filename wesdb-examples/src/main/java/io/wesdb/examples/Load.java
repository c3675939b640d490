package io.wesdb.examples;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Callers that do one thing after the other, and what that comes to in a stretch of time. For one thread. */
final class Load implements AutoCloseable {
    /** One write or query; called by one caller's thread at a time. */
    interface Call {
        /** Whether it was acknowledged, or answered. */
        boolean call(int caller, long number) throws InterruptedException;
    }

    private final List<Thread> threads = new ArrayList<>();
    private volatile Stretch stretch = new Stretch();
    private volatile boolean stopped;

    /** They begin at once. @param most how many calls in all; each caller takes its share */
    Load(int callers, long most, Call call) {
        for (int i = 0; i < callers; i++) {
            int caller = i;
            long share = most / callers + (i < most % callers ? 1 : 0);
            Thread thread = new Thread(() -> run(caller, share, call), "caller-" + i);
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    private void run(int caller, long share, Call call) {
        try {
            for (long number = 0; number < share && !stopped; number++) {
                long begun = System.nanoTime();
                boolean done = call.call(caller, number);
                stretch.add(done, System.nanoTime() - begun);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What was done and has not been asked for yet is forgotten: a stretch begins. */
    void mark() {
        stretch = new Stretch();
    }

    /** What was done since {@link #mark}; another stretch begins. */
    Stretch.Summary lap() {
        Stretch done = stretch;
        mark();
        return done.summary();
    }

    Stretch.Summary lap(Duration length) throws InterruptedException {
        mark();
        TimeUnit.NANOSECONDS.sleep(length.toNanos());
        return lap();
    }

    /** Waits until each caller has done its share. */
    void join() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Returns when the last call has ended. */
    void stop() throws InterruptedException {
        stopped = true;
        join();
    }

    @Override
    public void close() {
        stopped = true;
        threads.forEach(Thread::interrupt);
    }
}
