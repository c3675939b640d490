package io.wesdb.examples.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.harness.Transaction.Action;
import io.wesdb.examples.harness.Transaction.Answer;
import io.wesdb.examples.harness.Workload.Ending;
import io.wesdb.examples.harness.Workload.Judgement;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AppendCheckerTest {
    private final HandMade<Transaction, Answer> history = new HandMade<>();
    private final Map<Integer, Seen> last = new HashMap<>();

    private static Action append(int list, int value) {
        return Action.append(list, value);
    }

    private static Action read(int list) {
        return Action.read(list);
    }

    private static Transaction of(Action... actions) {
        return new Transaction("command", List.of(actions));
    }

    private static Answer saw(Seen... views) {
        return new Answer(Arrays.asList(views));
    }

    private static Seen list(int... values) {
        return Seen.of(values);
    }

    private void holds() {
        HandMade.assertHolds(findings -> new AppendChecker(history.entries(), last, findings).check());
    }

    private Judgement found(String reason) {
        return HandMade.assertFound(reason, findings -> new AppendChecker(history.entries(), last, findings).check());
    }

    @Test
    void transactionsThatFollowEachOtherHold() {
        history.done(0, 1, of(append(1, 10), append(2, 20)), saw(list(10), list(20)));
        history.done(2, 3, of(read(1), append(2, 21), read(3)), saw(list(10), list(20, 21), list()));
        history.done(4, 5, of(append(1, 11), append(1, 12)), saw(list(10, 11), list(10, 11, 12)));
        history.failed(6, 7, of(append(1, 13)), Ending.NOT_DONE);
        history.failed(6, 7, of(append(1, 14), append(2, 22)), Ending.UNKNOWN);
        history.failed(6, 7, of(append(3, 30)), Ending.UNKNOWN);
        history.done(8, 9, of(read(1), read(2)), saw(list(10, 11, 12, 14), list(20, 21, 22)));
        last.put(1, list(10, 11, 12, 14));
        last.put(2, list(20, 21, 22));
        holds();
    }

    @Test
    void unknownOneMayTakeEffectAfterItsCallerGaveUp() {
        history.failed(0, 1, of(append(1, 10)), Ending.UNKNOWN);
        history.done(2, 3, of(read(1)), saw(list()));
        last.put(1, list(10));
        holds();
    }

    @Test
    void lostWriteIsFound() {
        history.done(0, 1, of(append(1, 10)), saw(list(10)));
        history.done(2, 3, of(append(2, 20)), saw(new Seen[] {null}));
        last.put(1, list(10));
        found("a lost write");
    }

    @Test
    void halfOfAnUnknownTransactionIsFound() {
        history.failed(0, 1, of(append(1, 10), append(2, 20)), Ending.UNKNOWN);
        last.put(1, list(10));
        found("half done");
    }

    @Test
    void numberThatIsThereTwiceIsFound() {
        history.done(0, 1, of(append(1, 10)), saw(list(10)));
        last.put(1, list(10, 10));
        found("done twice");
    }

    @Test
    void numberOfARefusedTransactionIsFound() {
        history.failed(0, 1, of(append(1, 10)), Ending.NOT_DONE);
        last.put(1, list(10));
        found("G1a");
    }

    @Test
    void numberThatNobodyAppendedIsFound() {
        last.put(1, list(99));
        found("nobody appended");
    }

    @Test
    void readOfWhatIsLostLaterIsFound() {
        history.failed(0, 1, of(append(1, 10)), Ending.UNKNOWN);
        history.done(2, 3, of(read(1)), saw(list(10)));
        found("in the end it ends before");
    }

    @Test
    void readOfAnotherOrderIsFound() {
        history.done(0, 9, of(append(1, 10)), saw(new Seen[] {null}));
        history.done(0, 9, of(append(1, 11)), saw(new Seen[] {null}));
        history.done(0, 9, of(read(1)), saw(list(11)));
        last.put(1, list(10, 11));
        found("was seen with 11 at 0");
    }

    @Test
    void listThatChangesWithinATransactionIsFound() {
        history.done(0, 9, of(append(1, 10)), saw(list(10)));
        history.done(0, 9, of(read(1), read(1)), saw(list(), list(10)));
        last.put(1, list(10));
        found("changed within a transaction");
    }

    @Test
    void transactionThatDoesNotSeeItsOwnWriteIsFound() {
        history.done(0, 9, of(append(1, 10), read(1)), saw(list(10), list()));
        last.put(1, list(10));
        found("did not see what it had appended");
    }

    @Test
    void writesThatLieOverEachOtherBothWaysAreG0() {
        history.done(0, 9, of(append(1, 10), append(2, 20)), saw(null, null));
        history.done(0, 9, of(append(1, 11), append(2, 21)), saw(null, null));
        last.put(1, list(10, 11));
        last.put(2, list(21, 20));
        Judgement judgement = found("G0: these 2 transactions have no order");
        assertEquals(2, judgement.involved().get(0).size());
    }

    @Test
    void informationThatFlowsInACircleIsG1c() {
        history.done(0, 9, of(append(1, 10), read(2)), saw(list(10), list(20)));
        history.done(0, 9, of(append(2, 20), read(1)), saw(list(20), list(10)));
        last.put(1, list(10));
        last.put(2, list(20));
        found("G1c: these 2 transactions");
    }

    @Test
    void readThatSeesHalfOfATransactionIsGSingle() {
        history.done(0, 9, of(append(1, 10), append(2, 20)), saw(list(10), list(20)));
        history.done(0, 9, of(read(1), read(2)), saw(list(10), list()));
        last.put(1, list(10));
        last.put(2, list(20));
        found("G-single: these 2 transactions");
    }

    @Test
    void lostUpdateIsGSingle() {
        history.done(0, 9, of(append(1, 10)), saw(list(10)));
        history.done(0, 9, of(read(1), append(1, 11)), saw(list(), null));
        last.put(1, list(10, 11));
        found("G-single: these 2 transactions");
    }

    @Test
    void writeSkewIsG2() {
        history.done(0, 9, of(read(1), append(2, 20)), saw(list(), list(20)));
        history.done(0, 9, of(read(2), append(1, 10)), saw(list(), list(10)));
        last.put(1, list(10));
        last.put(2, list(20));
        found("G2: these 2 transactions");
    }

    @Test
    void staleReadIsFoundByTheClock() {
        history.done(0, 1, of(append(1, 10)), saw(list(10)));
        history.done(2, 3, of(read(1)), saw(list()));
        last.put(1, list(10));
        Judgement judgement = found("G-single-realtime: these 2 transactions");
        assertTrue(
                judgement.findings().get(0).contains("had ended when"),
                judgement.findings().get(0));
        assertTrue(
                judgement.findings().get(0).contains("did not see 10 in list 1"),
                judgement.findings().get(0));
    }

    @Test
    void readsThatGoBackAreFoundByTheClock() {
        history.done(0, 9, of(append(1, 10)), saw(list(10)));
        history.done(1, 2, of(read(1)), saw(list(10)));
        history.done(3, 4, of(read(1)), saw(list()));
        last.put(1, list(10));
        found("realtime");
    }

    @Test
    void writesOrderedAgainstTheClockAreG0() {
        history.done(0, 1, of(append(1, 10)), saw(new Seen[] {null}));
        history.done(2, 3, of(append(1, 11)), saw(new Seen[] {null}));
        last.put(1, list(11, 10));
        found("G0-realtime");
    }

    /** Drawn from a serial execution, calls overlapping. */
    @Test
    void longHistoryOfASerialExecutionHoldsAndOneStaleReadInItIsFound() {
        Random random = new Random(1);
        Map<Integer, Seen.Known> known = new HashMap<>();
        Map<Integer, int[]> lists = new HashMap<>();
        int value = 0;
        int calls = 30_000;
        for (int i = 0; i < calls; i++) {
            int key = i / 300 * 3 + random.nextInt(3);
            int[] before = lists.getOrDefault(key, new int[0]);
            Action action = random.nextBoolean() ? append(key, ++value) : read(key);
            if (action.appends()) {
                int[] after = Arrays.copyOf(before, before.length + 1);
                after[before.length] = value;
                lists.put(key, after);
            }
            Seen view = known.computeIfAbsent(key, each -> new Seen.Known()).view(lists.getOrDefault(key, before));
            history.done(10L * i - random.nextInt(100), 10L * i + random.nextInt(100), of(action), saw(view));
        }
        lists.forEach((key, values) -> last.put(key, known.get(key).view(values)));
        long began = System.nanoTime();
        holds();
        assertTrue(System.nanoTime() - began < Duration.ofSeconds(50).toNanos(), "a checker must end");

        int key = lists.keySet().iterator().next();
        history.done(10L * calls + 1_000, 10L * calls + 1_001, of(read(key)), saw(list()));
        found("realtime");
    }
}
