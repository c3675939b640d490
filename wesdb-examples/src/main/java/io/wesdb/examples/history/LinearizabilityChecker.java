package io.wesdb.examples.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides whether a history is linearizable: whether there is an order of its operations, in which none comes before one that had returned
 * when it was invoked, that the model allows (Herlihy and Wing, <i>Linearizability: a correctness condition for concurrent objects</i>, 1990).
 *
 * <p>The search is Wing and Gong's (<i>Testing and verifying concurrent objects</i>, 1993): take an operation that may come next, do it
 * in the model, go on, and go back where there is none. As Lowe showed (<i>Testing for linearizability</i>, 2017; Knossos and Porcupine
 * do the same), it is enough to come once to each set of done operations with the state that they led to. Each part of the model is
 * checked by itself. {@link Search} tells what else is passed over, and why it may be.
 *
 * <p>The problem is NP-complete, so there are bounds, and a third answer. Immutable.
 */
public final class LinearizabilityChecker<S, I, O> {
    private final Model<S, I, O> model;
    private final int maxConfigurations;
    private final Duration patience;

    /**
     * @param maxConfigurations to be kept in mind for one part: about 200 bytes each
     * @param patience for the whole history
     */
    public LinearizabilityChecker(Model<S, I, O> model, int maxConfigurations, Duration patience) {
        this.model = model;
        this.maxConfigurations = maxConfigurations;
        this.patience = patience;
    }

    /** With bounds that a small machine can bear: a million configurations for a part, and a minute. */
    public LinearizabilityChecker(Model<S, I, O> model) {
        this(model, 1_000_000, Duration.ofMinutes(1));
    }

    /** @param history in any order */
    public Verdict<S, I, O> check(List<Operation<I, O>> history) {
        long deadlineNanos = System.nanoTime() + patience.toNanos();
        Map<Object, List<Operation<I, O>>> parts = new LinkedHashMap<>();
        for (Operation<I, O> operation : history) {
            parts.computeIfAbsent(model.part(operation.input()), part -> new ArrayList<>())
                    .add(operation);
        }
        List<Verdict.Unexplained<S, I, O>> unexplained = new ArrayList<>();
        List<Object> undecided = new ArrayList<>();
        long configurations = 0;
        for (Map.Entry<Object, List<Operation<I, O>>> part : parts.entrySet()) {
            Search<S, I, O> search = new Search<>(model, part.getValue(), maxConfigurations, deadlineNanos);
            switch (search.run()) {
                case ACCEPTED -> {}
                case REJECTED -> unexplained.add(search.unexplained(part.getKey()));
                case UNDECIDED -> undecided.add(part.getKey());
            }
            configurations += search.configurations();
        }
        return new Verdict<>(ruling(unexplained, undecided), history.size(), configurations, unexplained, undecided);
    }

    private static Verdict.Ruling ruling(List<?> unexplained, List<?> undecided) {
        if (!unexplained.isEmpty()) {
            return Verdict.Ruling.REJECTED;
        }
        return undecided.isEmpty() ? Verdict.Ruling.ACCEPTED : Verdict.Ruling.UNDECIDED;
    }
}
