package io.wesdb.examples.history;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Tries every order of every selection. For a handful of operations; so plain that it can be believed. */
final class BruteForce<S, I, O> {
    private final Model<S, I, O> model;

    BruteForce(Model<S, I, O> model) {
        this.model = model;
    }

    boolean isLinearizable(List<Operation<I, O>> history) {
        return isLinearizableUntil(history, Operation.NEVER - 1);
    }

    /** Whether there is an order of what had returned by then, and perhaps of some that had begun. */
    boolean isLinearizableUntil(List<Operation<I, O>> history, long nanos) {
        List<Operation<I, O>> known = history.stream()
                .filter(operation -> operation.returnedNanos() <= nanos)
                .toList();
        List<Operation<I, O>> unknown = history.stream()
                .filter(operation -> operation.invokedNanos() <= nanos && operation.returnedNanos() > nanos)
                .toList();
        for (int selection = 0; selection < 1 << unknown.size(); selection++) {
            List<Operation<I, O>> happened = new ArrayList<>(known);
            for (int i = 0; i < unknown.size(); i++) {
                if ((selection & 1 << i) != 0) {
                    happened.add(unknown.get(i));
                }
            }
            if (someOrderExplains(happened, 0)) {
                return true;
            }
        }
        return false;
    }

    /** @param settled how many at the front stay where they are; the others are tried in every order */
    private boolean someOrderExplains(List<Operation<I, O>> order, int settled) {
        if (settled == order.size()) {
            return respectsTime(order) && isAllowed(model.initial(), order, 0);
        }
        for (int i = settled; i < order.size(); i++) {
            Collections.swap(order, settled, i);
            boolean explained = someOrderExplains(order, settled + 1);
            Collections.swap(order, settled, i);
            if (explained) {
                return true;
            }
        }
        return false;
    }

    private boolean respectsTime(List<Operation<I, O>> order) {
        for (int i = 0; i < order.size(); i++) {
            for (int j = i + 1; j < order.size(); j++) {
                if (order.get(j).returnedNanos() < order.get(i).invokedNanos()) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean isAllowed(S state, List<Operation<I, O>> order, int from) {
        if (from == order.size()) {
            return true;
        }
        Operation<I, O> next = order.get(from);
        return model.step(state, next.input(), next.output()).stream()
                .anyMatch(after -> isAllowed(after, order, from + 1));
    }
}
