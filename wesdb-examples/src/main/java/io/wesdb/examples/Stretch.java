package io.wesdb.examples;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many calls ended in a stretch of time, and how long they took, to two per cent, in bounded memory however many they are. Safe for
 * use by many threads.
 */
final class Stretch {
    private static final double STEP = Math.log(1.02);
    private static final int BUCKETS = 1_200; // up to five hours

    private final long begun = System.nanoTime();
    private final AtomicLongArray micros = new AtomicLongArray(BUCKETS);
    private final LongAdder failed = new LongAdder();

    /** @param failed those that were not acknowledged, or not answered */
    record Summary(long count, long failed, double seconds, double p50Millis, double p99Millis, double longestMillis) {
        double perSecond() {
            return count / seconds;
        }
    }

    void add(boolean done, long nanos) {
        if (done) {
            int bucket = (int) (Math.log(Math.max(1.0, nanos / 1e3)) / STEP);
            micros.incrementAndGet(Math.min(BUCKETS - 1, bucket));
        } else {
            failed.increment();
        }
    }

    Summary summary() {
        double seconds = (System.nanoTime() - begun) / 1e9;
        long count = 0;
        for (int i = 0; i < BUCKETS; i++) {
            count += micros.get(i);
        }
        return new Summary(
                count, failed.sum(), seconds, millisAt(count * 0.5), millisAt(count * 0.99), millisAt(count));
    }

    private double millisAt(double rank) {
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += micros.get(i);
            if (seen > 0 && seen >= rank) {
                return Math.exp((i + 0.5) * STEP) / 1e3;
            }
        }
        return 0;
    }
}
