package io.wesdb.examples.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/** Threads that each make one blocking call after the other. */
final class ThreadLoad {
    private ThreadLoad() {}

    /** Of one thread. Ended with the load. */
    interface Caller extends AutoCloseable {
        /** Gives how many operations were done. */
        int call() throws Exception;

        @Override
        default void close() throws Exception {}
    }

    interface Callers {
        Caller caller(int number) throws Exception;
    }

    /** Any failure ends it: what is called in this way has none to expect. */
    static Measured run(int threads, long millis, Callers callers) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            Span span = Span.ofMillis(millis);
            List<Callable<Measured>> work = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                work.add(() -> one(span, callers, number));
            }
            Histogram latencies = new Histogram(Measured.LONGEST_NANOS, Measured.DIGITS);
            long done = 0;
            long acknowledged = 0;
            for (Future<Measured> ended : pool.invokeAll(work)) {
                Measured part = ended.get();
                latencies.add(part.latencies());
                done += part.done();
                acknowledged += part.acknowledged();
            }
            return new Measured(done, span.nanos(), acknowledged, 0, 0, "", latencies);
        } finally {
            pool.shutdown();
        }
    }

    private static Measured one(Span span, Callers callers, int number) throws Exception {
        Histogram latencies = new Histogram(Measured.LONGEST_NANOS, Measured.DIGITS);
        long done = 0;
        long acknowledged = 0;
        try (Caller caller = callers.caller(number)) {
            long begun = System.nanoTime();
            while (!span.isOver(begun)) {
                int operations = caller.call();
                long ended = System.nanoTime();
                acknowledged += operations;
                if (span.includes(ended)) {
                    done += operations;
                    latencies.recordValue(ended - begun);
                }
                begun = ended;
            }
        }
        return new Measured(done, span.nanos(), acknowledged, 0, 0, "", latencies);
    }
}
