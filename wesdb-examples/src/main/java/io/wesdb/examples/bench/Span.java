package io.wesdb.examples.bench;

/** When a load runs, by {@link System#nanoTime}: it begins, is measured for a while, and ends. */
record Span(long begin, long from, long to) {
    private static final long LEAD_MILLIS = 250;

    /** From now on, measured for so long once it has got going. */
    static Span ofMillis(long millis) {
        long begin = System.nanoTime();
        long from = begin + Math.min(LEAD_MILLIS, millis / 2) * 1_000_000;
        return new Span(begin, from, from + millis * 1_000_000);
    }

    boolean includes(long time) {
        return time - from >= 0 && time - to < 0;
    }

    boolean isOver(long time) {
        return time - to >= 0;
    }

    long nanos() {
        return to - from;
    }
}
