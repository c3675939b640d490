package io.wesdb.examples.history;

import java.util.Comparator;
import java.util.List;

/** As much of a history as a person can take in. */
final class Excerpt {
    private static final int LINES = 24;

    private Excerpt() {}

    /** The operations that concern that one, and those that were invoked at about its time; as they began. */
    static <S, I, O> List<Operation<I, O>> around(
            Model<S, I, O> model, Operation<I, O> center, List<Operation<I, O>> all) {
        return all.stream()
                .filter(operation -> operation.invokedNanos() <= center.returnedNanos())
                .sorted(Comparator.<Operation<I, O>>comparingInt(
                                operation -> operation == center || model.concerns(center, operation) ? 0 : 1)
                        .thenComparingLong(operation -> center.returnedNanos() - operation.invokedNanos()))
                .limit(LINES)
                .sorted(Comparator.comparingLong(Operation::invokedNanos))
                .toList();
    }
}
