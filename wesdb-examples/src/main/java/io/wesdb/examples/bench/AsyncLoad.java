package io.wesdb.examples.bench;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.jspecify.annotations.Nullable;

/**
 * Callers without threads of their own. Either each makes one call after the other (a closed loop: while an answer is late nothing is sent,
 * so its latencies say little), or calls fall due at a rate and the next caller that is free makes them; then a latency counts from when
 * the call was due, however late it was made (no omission of what a stall kept from being sent).
 */
final class AsyncLoad {
    private static final long AFTER_FAILURE_MILLIS = 100;
    private static final long DRAIN_SECONDS = 60;

    private final Call call;
    private final boolean paced;
    private final Span span;
    private final ConcurrentHistogram latencies = new ConcurrentHistogram(Measured.LONGEST_NANOS, Measured.DIGITS);
    private final LongAdder done = new LongAdder();
    private final LongAdder acknowledged = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CountDownLatch running;
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, work -> {
        Thread thread = new Thread(work, "returning-callers");
        thread.setDaemon(true);
        return thread;
    });

    /** Guards the rest. */
    private final Object lock = new Object();

    private final Queue<Long> due = new ArrayDeque<>();
    private final Deque<Integer> free = new ArrayDeque<>();
    private boolean noMore;

    /** Of a caller, one at a time. Fails with a refusal if it is to be tried again. */
    interface Call {
        CompletionStage<?> start(int caller);
    }

    private AsyncLoad(Call call, int callers, long millis, boolean paced) {
        this.call = call;
        this.paced = paced;
        this.running = new CountDownLatch(callers);
        this.span = Span.ofMillis(millis);
    }

    /** @param rate calls per second; 0 for a closed loop */
    static Measured run(int callers, long millis, double rate, Call call) throws InterruptedException {
        AsyncLoad load = new AsyncLoad(call, callers, millis, rate > 0);
        try {
            for (int i = 0; i < callers; i++) {
                load.next(i);
            }
            if (rate > 0) {
                load.pace(rate);
            }
            if (!load.running.await(millis / 1_000 + DRAIN_SECONDS, TimeUnit.SECONDS)) {
                load.failed.add(load.running.getCount());
                load.failure.compareAndSet(null, new IllegalStateException("calls that never ended"));
            }
        } finally {
            load.timer.shutdownNow();
        }
        return load.measured();
    }

    private Measured measured() {
        Throwable first = failure.get();
        return new Measured(
                done.sum(),
                span.nanos(),
                acknowledged.sum(),
                refused.sum(),
                failed.sum(),
                first == null ? "" : first.toString(),
                latencies);
    }

    private void pace(double rate) {
        double nanosApart = 1e9 / rate;
        for (long k = 0; ; k++) {
            long at = span.begin() + (long) (k * nanosApart);
            if (span.isOver(at)) {
                break;
            }
            for (long wait = at - System.nanoTime(); wait > 0; wait = at - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            Integer caller;
            synchronized (lock) {
                caller = free.poll();
                if (caller == null) {
                    due.add(at);
                }
            }
            if (caller != null) {
                attempt(caller, at);
            }
        }
        synchronized (lock) {
            noMore = true;
            free.forEach(caller -> running.countDown());
            free.clear();
        }
    }

    /** What the caller does after its last call. */
    private void next(int caller) {
        long at = System.nanoTime();
        if (paced) {
            synchronized (lock) {
                Long waiting = due.poll();
                if (waiting == null && noMore) {
                    running.countDown();
                    return;
                } else if (waiting == null) {
                    free.add(caller);
                    return;
                }
                at = waiting;
            }
        } else if (span.isOver(at)) {
            running.countDown();
            return;
        }
        attempt(caller, at);
    }

    private void attempt(int caller, long at) {
        call.start(caller).whenComplete((result, fault) -> ended(caller, at, fault));
    }

    private void ended(int caller, long at, @Nullable Throwable fault) {
        long now = System.nanoTime();
        if (fault == null) {
            acknowledged.increment();
            if (span.includes(now)) {
                done.increment();
            }
            if (span.includes(paced ? at : now)) {
                latencies.recordValue(Math.min(Math.max(0, now - at), Measured.LONGEST_NANOS));
            }
            next(caller);
            return;
        }
        long retryMillis = Refused.retryMillis(fault);
        if (retryMillis < 0) {
            failed.increment();
            failure.compareAndSet(null, fault);
            timer.schedule(() -> next(caller), AFTER_FAILURE_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            refused.increment();
            boolean again = paced || !span.isOver(now);
            timer.schedule(again ? () -> attempt(caller, at) : () -> next(caller), retryMillis, TimeUnit.MILLISECONDS);
        }
    }
}
