package io.wesdb.examples;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Notices on a thread of its own when this process is kept from running, by its own garbage collection or by the machine: what is
 * measured meanwhile tells of that. For one thread.
 */
final class Metronome implements AutoCloseable {
    private final AtomicLong longest = new AtomicLong();
    private final Thread thread = new Thread(this::tick, "metronome");

    Metronome() {
        thread.setDaemon(true);
        thread.setPriority(Thread.MAX_PRIORITY);
        thread.start();
    }

    private void tick() {
        try {
            while (true) {
                long begun = System.nanoTime();
                TimeUnit.MILLISECONDS.sleep(1);
                longest.accumulateAndGet(System.nanoTime() - begun, Math::max);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The longest that it did not run since this was asked last, in milliseconds. */
    double longestStallMillis() {
        return longest.getAndSet(0) / 1e6;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
