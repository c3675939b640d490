package io.wesdb.examples.history;

import io.wesdb.examples.history.Verdict.Ruling;
import io.wesdb.examples.history.Verdict.Unexplained;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an order of one part's operations, depth first: done at the bottom of the stack, tried at the top. Besides configurations that
 * it has {@link Visited come to} before it passes over what cannot be needed:
 *
 * <ul>
 *   <li>An operation that changes nothing and can be done is done at once, without an alternative: any order in which it comes later is
 *       as good with it here.
 *   <li>An operation with an unknown outcome is done only for what follows at once and could not follow in the same way without it; else
 *       it is as good never done.
 * </ul>
 *
 * <p>Operations that returned first are tried first, those that never did last. For one thread.
 */
final class Search<S, I, O> {
    private static final int ENOUGH_STATES = 8;
    private static final int DEADLINE_EVERY = 256;
    private static final Comparator<Operation<?, ?>> AS_INVOKED = Comparator.comparingLong(Operation::invokedNanos);

    private final Model<S, I, O> model;
    private final int maxConfigurations;
    private final long deadlineNanos;
    private final List<Operation<I, O>> known;
    private final List<Operation<I, O>> unknown;
    private final Undone<I, O> undone;
    private final BitSet unknownDone = new BitSet();
    private final Visited<S> visited = new Visited<>();
    private final Deque<Frame<S>> stack = new ArrayDeque<>();
    private int configurations;

    /** The operation that no order reached so far gets beyond, and the states in which those orders end. */
    private int barrier = -1;

    private final Set<S> statesAtBarrier = new LinkedHashSet<>();

    Search(Model<S, I, O> model, List<Operation<I, O>> operations, int maxConfigurations, long deadlineNanos) {
        this.model = model;
        this.maxConfigurations = maxConfigurations;
        this.deadlineNanos = deadlineNanos;
        this.known = operations.stream()
                .filter(operation -> !operation.isUnknown())
                .sorted(AS_INVOKED)
                .toList();
        this.unknown = operations.stream()
                .filter(operation -> operation.isUnknown() && !model.changesNothing(operation.input(), null))
                .sorted(AS_INVOKED)
                .toList();
        this.undone = new Undone<>(known);
    }

    /** A way to go on: do that operation and come to that state. */
    private record Move<S>(int number, boolean isUnknown, S state) {}

    /** One configuration on the way: how it was come to, and what is left to try from it. */
    private static final class Frame<S> {
        private final S state;
        private final @Nullable Move<S> move;
        private final List<Integer> taken = new ArrayList<>();
        private List<Move<S>> moves = List.of();
        private int tried;
        private int last;

        /** The state before the move, as long as nothing has shown what the move was good for; else null. */
        private @Nullable S dispensableSince;

        Frame(S state, @Nullable Move<S> move, int last) {
            this.state = state;
            this.move = move;
            this.last = last;
        }
    }

    int configurations() {
        return configurations;
    }

    Ruling run() {
        if (enter(null, new Frame<>(model.initial(), null, -1))) {
            return Ruling.ACCEPTED;
        }
        while (!stack.isEmpty()) {
            if (configurations >= maxConfigurations
                    || (configurations % DEADLINE_EVERY == 0 && System.nanoTime() - deadlineNanos > 0)) {
                return Ruling.UNDECIDED;
            }
            Frame<S> top = stack.getLast();
            if (top.tried == top.moves.size()) {
                leave(stack.removeLast());
                continue;
            }
            Move<S> move = top.moves.get(top.tried++);
            if (enter(top, new Frame<>(move.state, move, top.last))) {
                return Ruling.ACCEPTED;
            }
        }
        return Ruling.REJECTED;
    }

    /** Does the frame's move and finds what may follow; whether nothing has to. */
    private boolean enter(@Nullable Frame<S> from, Frame<S> frame) {
        Move<S> move = frame.move;
        if (move != null && move.isUnknown) {
            unknownDone.set(move.number);
        } else if (move != null) {
            take(frame, move.number);
        }
        boolean served = doWhatChangesNothing(frame);
        if (undone.isEmpty()) {
            return true;
        }
        if (!visited.add(frame.last, undone.before(frame.last), frame.state, unknownDone)) {
            leave(frame);
            return false;
        }
        configurations++;
        if (from != null && move != null && move.isUnknown && !served) {
            frame.dispensableSince = from.state;
        }
        frame.moves = moves(frame);
        stack.addLast(frame);
        return false;
    }

    private void take(Frame<S> frame, int number) {
        undone.take(number);
        frame.taken.add(number);
        frame.last = Math.max(frame.last, number);
    }

    private void leave(Frame<S> frame) {
        for (int i = frame.taken.size() - 1; i >= 0; i--) {
            undone.giveBack(frame.taken.get(i));
        }
        if (frame.move != null && frame.move.isUnknown) {
            unknownDone.clear(frame.move.number);
        }
    }

    private boolean doWhatChangesNothing(Frame<S> frame) {
        boolean any = false;
        boolean again = true;
        while (again) {
            again = false;
            for (int i : undone.candidates()) {
                Operation<I, O> operation = known.get(i);
                if (model.changesNothing(operation.input(), operation.output())
                        && !model.step(frame.state, operation.input(), operation.output())
                                .isEmpty()) {
                    take(frame, i);
                    again = true;
                    any = true;
                }
            }
        }
        return any;
    }

    private List<Move<S>> moves(Frame<S> frame) {
        List<Move<S>> moves = new ArrayList<>();
        int[] candidates = IntStream.of(undone.candidates())
                .boxed()
                .sorted(Comparator.comparingLong(i -> known.get(i).returnedNanos()))
                .mapToInt(Integer::intValue)
                .toArray();
        long firstReturn = known.get(candidates[0]).returnedNanos();
        for (int i : candidates) {
            addMoves(moves, frame, known.get(i), i, false);
        }
        for (int i = 0; i < unknown.size() && unknown.get(i).invokedNanos() <= firstReturn; i++) {
            if (!unknownDone.get(i)) {
                addMoves(moves, frame, unknown.get(i), i, true);
            }
        }
        noteBarrier(candidates[0], frame.state);
        return moves;
    }

    private void addMoves(
            List<Move<S>> moves, Frame<S> frame, Operation<I, O> operation, int number, boolean isUnknown) {
        S before = frame.dispensableSince;
        List<S> without = before == null ? List.of() : model.step(before, operation.input(), operation.output());
        for (S state : model.step(frame.state, operation.input(), operation.output())) {
            boolean needless = without.contains(state) || (isUnknown && state.equals(frame.state));
            if (!needless) {
                moves.add(new Move<>(number, isUnknown, state));
            }
        }
    }

    private void noteBarrier(int firstToReturn, S state) {
        long best = barrier < 0 ? Long.MIN_VALUE : known.get(barrier).returnedNanos();
        long here = known.get(firstToReturn).returnedNanos();
        if (here > best) {
            barrier = firstToReturn;
            statesAtBarrier.clear();
        }
        if (here >= best && statesAtBarrier.size() < ENOUGH_STATES) {
            statesAtBarrier.add(state);
        }
    }

    /** Where it broke; once it was rejected. */
    Unexplained<S, I, O> unexplained(Object part) {
        Operation<I, O> operation = known.get(barrier);
        List<Operation<I, O>> all = new ArrayList<>(known);
        all.addAll(unknown);
        return new Unexplained<>(part, operation, List.copyOf(statesAtBarrier), Excerpt.around(model, operation, all));
    }
}
