package io.wesdb.examples.history;

import java.util.List;

/**
 * What the checker found.
 *
 * @param ruling rejected if one part was, else undecided if one part was
 * @param operations how many it looked at
 * @param configurations how many sets of done operations, with the state that they led to, it came upon
 * @param unexplained one for each part that was rejected
 * @param undecided the parts that were too hard within the bounds
 */
public record Verdict<S, I, O>(
        Ruling ruling,
        int operations,
        long configurations,
        List<Unexplained<S, I, O>> unexplained,
        List<Object> undecided) {
    /** Whether an order of the operations explains what was told. */
    public enum Ruling {
        /** One does. */
        ACCEPTED,
        /** None does: this is certain. */
        REJECTED,
        /** None was found, but not all could be looked at within the bounds. */
        UNDECIDED
    }

    /**
     * Where it broke: up to just before the operation returned there is an order for all that had returned by then, and with it there is
     * none.
     *
     * @param part that of the model
     * @param operation the one that cannot be explained
     * @param possible states of the part that it might have met, a few
     * @param nearby operations on the same part that may tell more, as they began
     */
    public record Unexplained<S, I, O>(
            Object part, Operation<I, O> operation, List<S> possible, List<Operation<I, O>> nearby) {
        /** Some lines for a person. */
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder("in " + part + " nothing explains what this operation was told:\n");
            text.append("    ").append(operation).append('\n');
            text.append("  it could only have met ").append(possible).append('\n');
            text.append("  around it (process, begun and ended in seconds, what was asked for and told):\n");
            for (Operation<I, O> near : nearby) {
                text.append(near == operation ? "  > " : "    ").append(near).append('\n');
            }
            return text.toString();
        }
    }

    public boolean isAccepted() {
        return ruling == Ruling.ACCEPTED;
    }

    public boolean isRejected() {
        return ruling == Ruling.REJECTED;
    }

    /** For a person: the ruling, and what is behind it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                String.format("%s: %,d operations, %,d configurations\n", ruling, operations, configurations));
        unexplained.forEach(text::append);
        if (!undecided.isEmpty()) {
            text.append("  too hard within the bounds: ").append(undecided).append('\n');
        }
        return text.toString();
    }
}
