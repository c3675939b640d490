package io.wesdb.internal.env;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * One thread's worth of work: what is given to a lane runs one at a time, in order. A component that is owned by a lane
 * is touched from there only and needs no locks. A real lane is a named daemon thread; in a simulation all lanes share
 * one thread and a simulated clock.
 */
public interface Lane extends Executor {
    /** Runs {@code work} after what was given before it. After the lane has ended it is dropped silently. */
    @Override
    void execute(Runnable work);

    /** Runs {@code work} on this lane, not before {@code delayMillis} have passed. */
    default Timer schedule(long delayMillis, Runnable work) {
        return scheduleNanos(TimeUnit.MILLISECONDS.toNanos(delayMillis), work);
    }

    /** The same, for what is shorter than a millisecond. */
    Timer scheduleNanos(long delayNanos, Runnable work);

    /** Whether the caller runs on this lane. */
    boolean isCurrent();

    /** Something scheduled. */
    @FunctionalInterface
    interface Timer {
        /** Called on the lane: the work will not run any more. */
        void cancel();
    }
}
