package io.wesdb.examples.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The checker passes over most orders. What it passes over must not be needed. */
@Timeout(60)
class AgainstBruteForceTest {
    private static final int HISTORIES = 20_000;

    @Test
    void itFindsWhatTryingEveryOrderFindsOfRegisters() {
        compare(new Register(), RandomHistories::small);
    }

    /** Nothing can be said of it beforehand: no operation changes nothing, and one may lead to several states. */
    @Test
    void itFindsWhatTryingEveryOrderFindsOfAnotherModel() {
        compare(new Bag(), Bag::small);
    }

    private static <S, I, O> void compare(Model<S, I, O> model, Function<Random, List<Operation<I, O>>> drawing) {
        int accepted = 0;
        for (long seed = 0; seed < HISTORIES; seed++) {
            List<Operation<I, O>> history = drawing.apply(new Random(seed));
            boolean linearizable = new BruteForce<>(model).isLinearizable(history);
            Verdict<S, I, O> verdict = new LinearizabilityChecker<>(model).check(history);
            String story = "seed " + seed + ": " + history + "\n" + verdict;
            assertEquals(linearizable, verdict.isAccepted(), story);
            assertEquals(!linearizable, verdict.isRejected(), story);
            if (verdict.isRejected()) {
                assertTrue(
                        breaksThere(model, history, verdict.unexplained().get(0).operation()), story);
            }
            accepted += linearizable ? 1 : 0;
        }
        assertTrue(accepted > HISTORIES / 10 && accepted < HISTORIES * 9 / 10, accepted + " of " + HISTORIES);
    }

    /** Whether what had returned by then has no order, and what had returned before it has one. */
    private static <S, I, O> boolean breaksThere(
            Model<S, I, O> model, List<Operation<I, O>> history, Operation<I, O> operation) {
        BruteForce<S, I, O> bruteForce = new BruteForce<>(model);
        return !bruteForce.isLinearizableUntil(history, operation.returnedNanos())
                && bruteForce.isLinearizableUntil(history, operation.returnedNanos() - 1);
    }

    /** Numbers are put in, and any one may be taken out; -1 is taken out of an empty bag. */
    private static final class Bag implements Model<List<Integer>, Integer, Integer> {
        private static final int TAKE = -1;

        @Override
        public List<Integer> initial() {
            return List.of();
        }

        @Override
        public List<List<Integer>> step(List<Integer> state, Integer input, Integer output) {
            List<List<Integer>> next = new ArrayList<>();
            if (input != TAKE) {
                List<Integer> more = new ArrayList<>(state);
                more.add(input);
                more.sort(null);
                next.add(more);
            } else if (state.isEmpty() && (output == null || output == TAKE)) {
                next.add(state);
            }
            for (Integer number : input == TAKE ? state : List.<Integer>of()) {
                if (output == null || number.equals(output)) {
                    List<Integer> less = new ArrayList<>(state);
                    less.remove(number);
                    next.add(less);
                }
            }
            return next;
        }

        static List<Operation<Integer, Integer>> small(Random random) {
            List<Operation<Integer, Integer>> history = new ArrayList<>();
            int operations = 1 + random.nextInt(6);
            for (int i = 0; i < operations; i++) {
                long from = random.nextInt(12);
                long to = from + 1 + random.nextInt(6);
                int input = random.nextBoolean() ? TAKE : random.nextInt(3);
                int output = input == TAKE ? random.nextInt(4) - 1 : input;
                history.add(
                        random.nextInt(4) == 0
                                ? Operation.unknown(i, input, from)
                                : Operation.returned(i, input, from, to, output));
            }
            return history;
        }
    }
}
