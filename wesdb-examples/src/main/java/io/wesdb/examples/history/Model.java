package io.wesdb.examples.history;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What operations mean if they are done one after the other: a sequential specification. Has no state of its own.
 *
 * @param <S> states: immutable, with equals and hashCode
 * @param <I> what is asked for
 * @param <O> what is told
 */
public interface Model<S, I, O> {
    /** The state of each part before the first operation. */
    S initial();

    /**
     * The states in which an operation that gives that output may leave the system.
     *
     * @param output null if it is unknown: then the states that it may lead to, whatever it gave
     * @return empty if in that state it cannot give that output
     */
    List<S> step(S state, I input, @Nullable O output);

    /**
     * Whether an operation that gives that output leaves every state as it is in which it can give it. Saying no is always right; saying
     * yes where it is so, as of a read, spares the checker most of its work.
     */
    default boolean changesNothing(I input, @Nullable O output) {
        return false;
    }

    /**
     * What the operation is about. Operations on different parts must not influence each other, such as those on different keys. The
     * parts can then be checked one by one: a history is linearizable if and only if those of its parts are (Herlihy and Wing's
     * locality).
     */
    default Object part(I input) {
        return "all";
    }

    /** Whether a person who wonders about the one operation wants to see the other. For explanations only. */
    default boolean concerns(Operation<I, O> one, Operation<I, O> other) {
        return false;
    }
}
