package io.wesdb.examples;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;

/**
 * Notices on a thread of its own when this process is kept from running, by its own garbage collection or by the machine: what is
 * measured meanwhile tells of that. For one thread.
 */
final class Metronome implements AutoCloseable {
    private record Stall(long endNanos, double millis) {}

    /** Shorter stalls are the scheduler's everyday life. */
    private static final double LEAST_MILLIS = 5;

    private final Deque<Stall> stalls = new ConcurrentLinkedDeque<>();
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
                long now = System.nanoTime();
                if (now - begun > LEAST_MILLIS * 1e6) {
                    stalls.add(new Stall(now, (now - begun) / 1e6));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The longest time that it did not run, of those that ended after {@code nanos}, in milliseconds. */
    double longestStallMillis(long nanos) {
        stalls.removeIf(stall -> stall.endNanos() - nanos < 0);
        return stalls.stream().mapToDouble(Stall::millis).max().orElse(0);
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
