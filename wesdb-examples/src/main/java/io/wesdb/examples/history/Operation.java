package io.wesdb.examples.history;

import org.jspecify.annotations.Nullable;

/**
 * What one process asked for and was told. It took effect at one instant from {@code invokedNanos} to {@code returnedNanos}. One whose
 * outcome is unknown did so at any time after it was invoked, or never.
 *
 * @param process who asked
 * @param invokedNanos on the clock of the whole history
 * @param returnedNanos on the same clock, not before {@code invokedNanos}; {@link #NEVER} if the outcome is unknown
 * @param output null exactly if the outcome is unknown
 */
public record Operation<I, O>(
        int process,
        I input,
        long invokedNanos,
        long returnedNanos,
        @Nullable O output) {
    /** Later than everything. */
    public static final long NEVER = Long.MAX_VALUE;

    public Operation {
        if (returnedNanos < invokedNanos || (returnedNanos == NEVER) != (output == null)) {
            throw new IllegalArgumentException(
                    "invoked at " + invokedNanos + ", returned at " + returnedNanos + " with " + output);
        }
    }

    public static <I, O> Operation<I, O> returned(int process, I input, long invoked, long returned, O output) {
        return new Operation<>(process, input, invoked, returned, output);
    }

    /** One of which nobody knows whether it happened, or will. */
    public static <I, O> Operation<I, O> unknown(int process, I input, long invoked) {
        return new Operation<>(process, input, invoked, NEVER, null);
    }

    public boolean isUnknown() {
        return returnedNanos == NEVER;
    }

    /** One line for a person, times in seconds. */
    @Override
    public String toString() {
        return isUnknown()
                ? String.format("p%-3d %12.6f .. ?             %s -> unknown", process, invokedNanos / 1e9, input)
                : String.format(
                        "p%-3d %12.6f .. %-12.6f %s -> %s",
                        process, invokedNanos / 1e9, returnedNanos / 1e9, input, output);
    }
}
