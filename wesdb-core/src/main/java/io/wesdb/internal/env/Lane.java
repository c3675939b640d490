package io.wesdb.internal.env;

import java.util.concurrent.Executor;

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
    Timer schedule(long delayMillis, Runnable work);

    /** Whether the caller runs on this lane. */
    boolean isCurrent();

    /** Something scheduled. */
    @FunctionalInterface
    interface Timer {
        /** Called on the lane: the work will not run any more. */
        void cancel();
    }
}
