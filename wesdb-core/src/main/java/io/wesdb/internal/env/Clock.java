package io.wesdb.internal.env;

/** The only source of time. A simulated one makes a run repeatable. */
public interface Clock {
    /** Wall clock: milliseconds since 1970 UTC. May jump. Never compared between machines. */
    long wallMillis();

    /** Monotonic clock for intervals and deadlines, in nanoseconds; only differences have a meaning. */
    long nanos();

    static Clock system() {
        return new Clock() {
            @Override
            public long wallMillis() {
                return System.currentTimeMillis();
            }

            @Override
            public long nanos() {
                return System.nanoTime();
            }
        };
    }
}
