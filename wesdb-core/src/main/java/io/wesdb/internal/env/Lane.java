package io.wesdb.internal.env;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * One thread's worth of work: what is given to a lane runs one at a time, in order. A component that is owned by a lane
 * is touched from there only and needs no locks. A real lane is a named daemon thread, or who stands in for it; in a
 * simulation all lanes share one thread and a simulated clock.
 */
public interface Lane extends Executor {
    /** Runs {@code work} after what was given before it. After the lane has ended it is dropped silently. */
    @Override
    void execute(Runnable work);

    /**
     * The same, by a thread that has nothing else to do: if the lane is idle, the work may run before this returns, and the
     * thread becomes the lane for so long. It saves waking the lane's thread, which is most of what a short piece of work
     * takes. Not for a thread that holds a lock, or whose stack is not ours. What may take long is to be scheduled.
     */
    default void executeHere(Runnable work) {
        execute(work);
    }

    /** Runs {@code work} on this lane, by the lane's own thread, not before {@code delayMillis} have passed. */
    default Timer schedule(long delayMillis, Runnable work) {
        return scheduleNanos(TimeUnit.MILLISECONDS.toNanos(delayMillis), work);
    }

    /** The same, for what is shorter than a millisecond. */
    Timer scheduleNanos(long delayNanos, Runnable work);

    /** Something scheduled. */
    @FunctionalInterface
    interface Timer {
        /** The work will not begin any more: for sure if this is called on the lane, else it may just have begun. */
        void cancel();
    }
}
