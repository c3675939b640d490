package io.wesdb.examples.history;

import java.util.Arrays;
import java.util.List;

/**
 * The operations with a known outcome that the search has not done yet, as they were invoked: a linked list from which they are taken, and
 * to which they are given back in the opposite order. For one thread.
 */
final class Undone<I, O> {
    private final List<Operation<I, O>> operations;
    private final int end;
    private final int[] next;
    private final int[] previous;

    /** @param operations as they were invoked */
    Undone(List<Operation<I, O>> operations) {
        this.operations = operations;
        this.end = operations.size();
        this.next = new int[end + 1];
        this.previous = new int[end + 1];
        for (int i = 0; i <= end; i++) {
            next[i] = i == end ? 0 : i + 1;
            previous[i] = i == 0 ? end : i - 1;
        }
    }

    boolean isEmpty() {
        return first() == end();
    }

    /** The number of the first one, or {@link #end}. */
    int first() {
        return next[end];
    }

    int next(int number) {
        return next[number];
    }

    int end() {
        return end;
    }

    void take(int number) {
        next[previous[number]] = next[number];
        previous[next[number]] = previous[number];
    }

    void giveBack(int number) {
        next[previous[number]] = number;
        previous[next[number]] = number;
    }

    /** Those that may come next: none of the others had returned when they were invoked. */
    int[] candidates() {
        int[] found = new int[4];
        int count = 0;
        long firstReturn = Operation.NEVER;
        for (int i = first(); i != end && operations.get(i).invokedNanos() <= firstReturn; i = next[i]) {
            if (count == found.length) {
                found = Arrays.copyOf(found, 2 * count);
            }
            found[count++] = i;
            firstReturn = Math.min(firstReturn, operations.get(i).returnedNanos());
        }
        return Arrays.copyOf(found, count);
    }

    /** The numbers of those before that one: with it they tell which are done. */
    int[] before(int number) {
        int count = 0;
        for (int i = first(); i < number; i = next[i]) {
            count++;
        }
        int[] found = new int[count];
        for (int i = first(), at = 0; i < number; i = next[i]) {
            found[at++] = i;
        }
        return found;
    }
}
