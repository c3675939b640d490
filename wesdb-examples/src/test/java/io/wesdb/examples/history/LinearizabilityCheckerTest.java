package io.wesdb.examples.history;

import static io.wesdb.examples.history.Histories.history;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.history.Register.Answer;
import io.wesdb.examples.history.Register.Call;
import io.wesdb.examples.history.Register.CompareAndSet;
import io.wesdb.examples.history.Register.Done;
import io.wesdb.examples.history.Register.Read;
import io.wesdb.examples.history.Register.Write;
import io.wesdb.examples.history.Verdict.Ruling;
import io.wesdb.examples.history.Verdict.Unexplained;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Times are small numbers: an operation from 1 to 4 overlaps one from 3 to 6, and ended before one from 5 to 6 began. */
@Timeout(60)
class LinearizabilityCheckerTest {
    private static Verdict<Long, Call, Answer> check(Histories history) {
        return new LinearizabilityChecker<>(new Register()).check(history.operations());
    }

    static Stream<Named<Histories>> linearizable() {
        return Stream.of(
                Named.of("nothing happened", history()),
                Named.of("a read of what nobody has written yet", history().read(1, 2, 0)),
                Named.of(
                        "one after the other",
                        history().write(1, 2, 7).read(3, 4, 7).write(5, 6, 8).read(7, 8, 8)),
                Named.of(
                        "reads beside a write, the earlier of which sees what it overwrites",
                        history().write(1, 10, 7).read(2, 3, 0).read(4, 5, 7)),
                Named.of(
                        "a read that began before a write and ended after it, and saw it",
                        history().read(1, 4, 7).write(2, 3, 7)),
                Named.of(
                        "the same read, that did not see it",
                        history().read(1, 4, 0).write(2, 3, 7)),
                Named.of(
                        "two concurrent writes, seen in the order in which they did not begin",
                        history().write(1, 9, 7).write(2, 9, 8).read(3, 4, 8).read(5, 6, 7)),
                Named.of(
                        "a write that touches a read's begin in the same nanosecond may come after it",
                        history().write(1, 2, 7).read(2, 3, 0)),
                Named.of(
                        "an unknown write that happened long after",
                        history().maybe(1, new Write(0, 7)).read(2, 3, 0).read(4, 5, 7)),
                Named.of(
                        "an unknown write that never happened",
                        history().maybe(1, new Write(0, 7)).read(2, 3, 0).read(4, 5, 0)),
                Named.of(
                        "an unknown write that happened, and was overwritten",
                        history()
                                .maybe(1, new Write(0, 7))
                                .read(2, 3, 7)
                                .write(4, 5, 8)
                                .read(6, 7, 8)),
                Named.of(
                        "an unknown write that happened after a later one",
                        history()
                                .maybe(1, new Write(0, 7))
                                .write(2, 3, 8)
                                .read(4, 5, 8)
                                .read(6, 7, 7)),
                Named.of(
                        "an unknown write that nobody saw, but that explains why a comparison failed",
                        history().maybe(1, new Write(0, 7)).write(2, 3, 8).swap(4, 5, 8, 9, false)),
                Named.of("an unknown read", history().maybe(1, new Read(0)).write(2, 3, 8)),
                Named.of(
                        "an unknown comparison that swapped",
                        history().maybe(1, new CompareAndSet(0, 0, 7)).read(2, 3, 7)),
                Named.of(
                        "an unknown comparison that could only swap after an unknown write",
                        history()
                                .maybe(1, new CompareAndSet(0, 5, 7))
                                .maybe(1, new Write(0, 5))
                                .read(2, 3, 7)),
                Named.of(
                        "of two concurrent swaps of the same value one swaps",
                        history().swap(1, 4, 0, 7, true).swap(2, 5, 0, 8, false).read(6, 7, 7)),
                Named.of(
                        "a swap between two writes of the same value",
                        history()
                                .write(1, 2, 7)
                                .swap(3, 4, 7, 8, true)
                                .write(5, 6, 7)
                                .swap(7, 8, 7, 9, true)));
    }

    static Stream<Named<Histories>> notLinearizable() {
        return Stream.of(
                Named.of("a stale read", history().write(1, 2, 7).write(3, 4, 8).read(5, 6, 7)),
                Named.of("a lost write", history().write(1, 2, 7).read(3, 4, 0)),
                Named.of("a value that nobody wrote", history().write(1, 2, 7).read(3, 4, 9)),
                Named.of(
                        "a value before it was written", history().read(1, 2, 7).write(3, 4, 7)),
                Named.of(
                        "seen by one reader, then not seen by another, while the write goes on",
                        history().write(1, 10, 7).read(2, 3, 7).read(4, 5, 0)),
                Named.of(
                        "two readers see two writes in opposite orders",
                        history().write(1, 3, 7).write(2, 4, 8).read(5, 6, 7).read(7, 8, 8)),
                Named.of(
                        "an old value comes back after a new one was seen",
                        history()
                                .write(1, 10, 7)
                                .write(1, 10, 8)
                                .read(2, 3, 7)
                                .read(4, 5, 8)
                                .read(6, 7, 7)),
                Named.of(
                        "an unknown write, seen and then unseen",
                        history().maybe(1, new Write(0, 7)).read(2, 3, 7).read(4, 5, 0)),
                Named.of(
                        "an unknown write that happens twice",
                        history()
                                .maybe(1, new Write(0, 7))
                                .read(2, 3, 7)
                                .write(4, 5, 8)
                                .read(6, 7, 8)
                                .read(8, 9, 7)),
                Named.of(
                        "an unknown write, seen before it was asked for",
                        history().read(1, 2, 7).maybe(3, new Write(0, 7))),
                Named.of(
                        "a write that is done twice, the second time over another one",
                        history().write(1, 2, 7).write(3, 4, 8).read(5, 6, 8).read(7, 8, 7)),
                Named.of(
                        "two swaps of one value",
                        history().swap(1, 4, 0, 7, true).swap(2, 5, 0, 8, true)),
                Named.of(
                        "a swap of a value that was overwritten",
                        history().write(1, 2, 7).write(3, 4, 8).swap(5, 6, 7, 9, true)),
                Named.of(
                        "a swap that was refused although the value was there",
                        history().write(1, 2, 7).swap(3, 4, 7, 8, false)),
                Named.of(
                        "a swap that was refused and done all the same",
                        history().write(1, 2, 7).swap(3, 4, 9, 8, false).read(5, 6, 8)),
                Named.of(
                        "a swap that was done and lost",
                        history().write(1, 2, 7).swap(3, 4, 7, 8, true).read(5, 6, 7)),
                Named.of(
                        "an unknown swap that happened although its condition never held",
                        history().maybe(1, new CompareAndSet(0, 5, 7)).read(2, 3, 7)),
                Named.of(
                        "one of two keys",
                        history()
                                .read(1, 2, 1, 0)
                                .write(1, 2, 7)
                                .read(3, 4, 1, 0)
                                .read(3, 4, 0)));
    }

    @ParameterizedTest
    @MethodSource("linearizable")
    void acceptsWhatAnOrderExplains(Histories history) {
        Verdict<Long, Call, Answer> verdict = check(history);

        assertEquals(Ruling.ACCEPTED, verdict.ruling(), verdict::toString);
    }

    @ParameterizedTest
    @MethodSource("notLinearizable")
    void rejectsWhatNoOrderExplains(Histories history) {
        Verdict<Long, Call, Answer> verdict = check(history);

        assertEquals(Ruling.REJECTED, verdict.ruling(), verdict::toString);
    }

    @Test
    void aRejectionNamesTheKeyTheOperationWhatItCouldHaveMetAndWhatWasWritten() {
        Histories history = history();
        for (int i = 1; i <= 100; i++) {
            history.write(10 * i, 10 * i + 1, i).add(10 * i, 10 * i + 1, new Write(5, i), Done.DONE);
        }
        history.read(1_005, 1_006, 5, 40).write(1_007, 1_008, 101);

        Verdict<Long, Call, Answer> verdict = check(history);

        assertEquals(1, verdict.unexplained().size(), verdict::toString);
        Unexplained<Long, Call, Answer> found = verdict.unexplained().get(0);
        assertEquals(5, found.part());
        assertEquals(new Read(5), found.operation().input());
        assertEquals(List.of(100L), found.possible());
        assertTrue(found.nearby().stream().anyMatch(near -> near.input().equals(new Write(5, 40))), verdict::toString);
        assertTrue(found.nearby().stream().allMatch(near -> near.input().key() == 5), verdict::toString);
        assertTrue(verdict.toString().contains("it could only have met [100]"), verdict::toString);
    }

    @Test
    void whatIsTooHardWithinTheBoundsIsNotDecided() {
        // Twenty writes at once, and then one must have been the last, which was none of them: all orders would have to
        // be looked at.
        Histories history = history();
        for (int i = 1; i <= 20; i++) {
            history.write(1, 100, i);
        }
        history.read(200, 300, 21);
        List<Operation<Call, Answer>> operations = history.operations();

        assertEquals(
                Ruling.UNDECIDED,
                new LinearizabilityChecker<>(new Register(), 10_000, Duration.ofMinutes(1))
                        .check(operations)
                        .ruling());
        assertEquals(
                Ruling.UNDECIDED,
                new LinearizabilityChecker<>(new Register(), Integer.MAX_VALUE, Duration.ZERO)
                        .check(operations)
                        .ruling());
    }

    @Test
    void aHundredUnknownWritesToOneKeyAreNoHardship() {
        Histories history = history();
        for (int i = 1; i <= 100; i++) {
            history.maybe(i, new Write(0, 1_000 + i));
            history.write(10 * i, 10 * i + 5, i).read(10 * i + 6, 10 * i + 7, i % 7 == 0 ? 1_000 + i : i);
        }
        Verdict<Long, Call, Answer> accepted = check(history);
        assertEquals(Ruling.ACCEPTED, accepted.ruling(), accepted::toString);

        Verdict<Long, Call, Answer> rejected = check(history.read(2_000, 2_001, 50));

        assertEquals(Ruling.REJECTED, rejected.ruling(), rejected::toString);
    }

    @Test
    void aLongHistoryOfManyProcessesIsDecidedWithinTheBoundsAndOneStaleReadInItIsFound() {
        long seed = 1;
        List<Operation<Call, Answer>> history = RandomHistories.busy(seed, 50_000, 20, 20);
        Verdict<Long, Call, Answer> accepted = new LinearizabilityChecker<>(new Register()).check(history);
        assertEquals(Ruling.ACCEPTED, accepted.ruling(), () -> "seed " + seed + "\n" + accepted);

        List<Operation<Call, Answer>> spoilt = new ArrayList<>(history);
        spoilt.add(RandomHistories.staleRead(history, 30_000));
        Verdict<Long, Call, Answer> rejected = new LinearizabilityChecker<>(new Register()).check(spoilt);

        assertEquals(Ruling.REJECTED, rejected.ruling(), () -> "seed " + seed + "\n" + rejected);
        assertEquals(1, rejected.unexplained().size(), rejected::toString);
    }
}
