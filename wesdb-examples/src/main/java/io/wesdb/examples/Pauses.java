package io.wesdb.examples;

/** The longest time without an acknowledged write, whoever's. Safe for use by many threads. */
final class Pauses {
    private long last = System.nanoTime();
    private long longest;
    private long longestEnded = last;

    /**
     * @param millis how long it was
     * @param endedNanos when it ended, as {@link System#nanoTime} tells
     */
    record Pause(double millis, long endedNanos) {}

    synchronized void acknowledged() {
        long now = System.nanoTime();
        if (now - last > longest) {
            longest = now - last;
            longestEnded = now;
        }
        last = now;
    }

    /** Forgets what was; one that is under way counts from its beginning. */
    synchronized void mark() {
        longest = 0;
        longestEnded = System.nanoTime();
    }

    /** Since {@link #mark}. */
    synchronized Pause longest() {
        return new Pause(longest / 1e6, longestEnded);
    }
}
