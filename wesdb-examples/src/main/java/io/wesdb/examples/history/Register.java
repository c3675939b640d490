package io.wesdb.examples.history;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Registers by key, each of which holds a number, at first {@link #NOTHING}, and is a part of its own. */
public final class Register implements Model<Long, Register.Call, Register.Answer> {
    /** What a register holds to which nothing was written. */
    public static final long NOTHING = 0;

    /** What is asked for. */
    public sealed interface Call {
        int key();
    }

    public record Read(int key) implements Call {
        @Override
        public String toString() {
            return "read";
        }
    }

    public record Write(int key, long value) implements Call {
        @Override
        public String toString() {
            return "write " + value;
        }
    }

    /** Writes the value if the register holds the expected one, and tells whether it did. */
    public record CompareAndSet(int key, long expected, long value) implements Call {
        @Override
        public String toString() {
            return "if " + expected + " write " + value;
        }
    }

    /** What is told. */
    public sealed interface Answer {}

    public record Value(long value) implements Answer {
        @Override
        public String toString() {
            return String.valueOf(value);
        }
    }

    public enum Done implements Answer {
        DONE;

        @Override
        public String toString() {
            return "done";
        }
    }

    public record Swapped(boolean swapped) implements Answer {
        @Override
        public String toString() {
            return swapped ? "swapped" : "not swapped";
        }
    }

    @Override
    public Long initial() {
        return NOTHING;
    }

    @Override
    public List<Long> step(Long state, Call input, @Nullable Answer output) {
        if (input instanceof Write write) {
            return List.of(write.value);
        }
        if (input instanceof CompareAndSet swap) {
            boolean swaps = swap.expected == state;
            return output != null && !output.equals(new Swapped(swaps))
                    ? List.of()
                    : List.of(swaps ? swap.value : state);
        }
        return output == null || output.equals(new Value(state)) ? List.of(state) : List.of();
    }

    @Override
    public boolean changesNothing(Call input, @Nullable Answer output) {
        return input instanceof Read || (output instanceof Swapped swap && !swap.swapped);
    }

    @Override
    public Object part(Call input) {
        return input.key();
    }

    /** Whether the other one wrote, or overwrote, what the one saw. */
    @Override
    public boolean concerns(Operation<Call, Answer> one, Operation<Call, Answer> other) {
        Long seen = seen(one);
        return seen != null && (seen.equals(written(other)) || seen.equals(seen(other)));
    }

    private static @Nullable Long seen(Operation<Call, Answer> operation) {
        if (operation.output() instanceof Value value) {
            return value.value;
        }
        return operation.input() instanceof CompareAndSet swap ? (Long) swap.expected : null;
    }

    private static @Nullable Long written(Operation<Call, Answer> operation) {
        if (operation.input() instanceof Write write) {
            return write.value;
        }
        return operation.input() instanceof CompareAndSet swap ? (Long) swap.value : null;
    }
}
