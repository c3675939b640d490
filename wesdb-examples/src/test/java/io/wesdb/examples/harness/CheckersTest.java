package io.wesdb.examples.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.NodeClient.Refused;
import io.wesdb.examples.Transfer;
import io.wesdb.examples.Transfer.Guard;
import io.wesdb.examples.harness.CallLog.Entry;
import io.wesdb.examples.harness.UpsertWorkload.Row;
import io.wesdb.examples.harness.Workload.Ending;
import io.wesdb.examples.history.Register;
import io.wesdb.examples.history.Register.Answer;
import java.io.IOException;
import java.net.ConnectException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each checker is shown a history that is right, and the same with one thing wrong. */
@Timeout(60)
class CheckersTest {
    @Nested
    class Registers {
        private final HandMade<RegisterWorkload.Asked, Answer> history = new HandMade<>();
        private final Map<Integer, Long> last = new HashMap<>(Map.of(1, 5L));

        private RegisterWorkload.Asked asked(Register.Call call) {
            return new RegisterWorkload.Asked(call);
        }

        private void check(Findings findings) {
            RegisterWorkload.check(history.entries(), last, 1_000_000_000L, 1_001_000_000L, findings);
        }

        private void write(long began, long ended, long value) {
            history.done(began, ended, asked(new Register.Write(1, value)), Register.Done.DONE);
        }

        private void read(long began, long ended, long value) {
            history.done(began, ended, asked(new Register.Read(1)), new Register.Value(value));
        }

        @Test
        void rightOneHolds() {
            write(0, 2, 4);
            read(1, 3, 0);
            history.failed(3, 4, asked(new Register.Write(1, 9)), Ending.NOT_DONE);
            history.failed(3, 4, asked(new Register.Write(1, 5)), Ending.UNKNOWN);
            read(5, 6, 4);
            read(7, 8, 5);
            HandMade.assertHolds(this::check);
        }

        @Test
        void staleReadIsFound() {
            write(0, 1, 4);
            write(2, 3, 5);
            read(4, 5, 4);
            HandMade.assertFound("in register 1 nothing explains what this operation was told", this::check);
        }

        @Test
        void writeThatIsLostInTheEndIsFound() {
            write(0, 1, 5);
            write(2, 3, 6);
            HandMade.assertFound("the last read of all, which saw 5", this::check);
        }

        @Test
        void writeThatWasSaidNotToBeDoneIsFound() {
            history.failed(0, 1, asked(new Register.Write(1, 5)), Ending.NOT_DONE);
            HandMade.assertFound("in register 1", this::check);
        }
    }

    @Nested
    class Sets {
        private final HandMade<SetWorkload.Asked, SetWorkload.Answer> history = new HandMade<>();
        private final Map<Long, Integer> found = new HashMap<>(Map.of(1L, 1, 3L, 1));
        private final Entry<SetWorkload.Asked, SetWorkload.Answer> first =
                history.done(0, 1, new SetWorkload.Asked(SetWorkload.ADD, 1, null), new SetWorkload.Answer(1));

        Sets() {
            history.failed(2, 3, new SetWorkload.Asked(SetWorkload.ADD, 2, null), Ending.NOT_DONE);
            history.failed(2, 3, new SetWorkload.Asked(SetWorkload.ADD, 3, null), Ending.UNKNOWN);
            history.failed(2, 3, new SetWorkload.Asked(SetWorkload.ADD, 4, null), Ending.UNKNOWN);
            look(SetWorkload.LOOK_LOCALLY, 0);
        }

        private void look(String kind, long times) {
            history.done(4, 5, new SetWorkload.Asked(kind, 1, first), new SetWorkload.Answer(times));
        }

        private void check(Findings findings) {
            SetWorkload.check(history.entries(), found, findings);
        }

        @Test
        void rightOneHolds() {
            look(SetWorkload.LOOK, 1);
            HandMade.assertHolds(this::check);
        }

        @Test
        void lostElementIsFound() {
            found.remove(1L);
            HandMade.assertFound("1 was acknowledged and is lost", this::check);
        }

        @Test
        void doubledElementIsFound() {
            found.put(3L, 2);
            HandMade.assertFound("3 was added once and is there 2 times", this::check);
        }

        @Test
        void refusedElementIsFound() {
            found.put(2L, 1);
            HandMade.assertFound("2 was said not to be added, and is there", this::check);
        }

        @Test
        void elementOfNobodyIsFound() {
            found.put(77L, 1);
            HandMade.assertFound("nobody has added it", this::check);
        }

        @Test
        void staleReadIsFound() {
            look(SetWorkload.LOOK, 0);
            HandMade.assertFound("a stale read: a linearizable one that began 3.000 ms after", this::check);
        }
    }

    @Nested
    class Banks {
        private final HandMade<BankWorkload.Asked, BankWorkload.Answer> history = new HandMade<>();
        private final Map<Integer, Long> balances = new HashMap<>(Map.of(0, 900L, 1, 1_100L));
        private List<BankWorkload.Line> ledger = List.of(new BankWorkload.Line("t1", 0, 1, 100));

        private BankWorkload.Asked transfer(String id) {
            return new BankWorkload.Asked(new Transfer(id, Guard.OPEN, 0, 1, 100, 0, 0, 0));
        }

        private void read(long total, long transfers) {
            history.done(4, 5, new BankWorkload.Asked(null), new BankWorkload.Answer(total, transfers));
        }

        Banks() {
            history.done(0, 1, transfer("t1"), new BankWorkload.Answer(-1, -1));
            history.failed(2, 3, transfer("t2"), Ending.NOT_DONE);
            history.failed(2, 3, transfer("t3"), Ending.UNKNOWN);
        }

        private void check(Findings findings) {
            BankWorkload.check(history.entries(), new BankWorkload.End(ledger, balances), findings);
        }

        private void add(String id, long more) {
            ledger = List.of(ledger.get(0), new BankWorkload.Line(id, 0, 1, 100));
            balances.merge(0, -more, Long::sum);
            balances.merge(1, more, Long::sum);
        }

        @Test
        void rightOneHolds() {
            add("t3", 100);
            read(2_000, 1);
            HandMade.assertHolds(this::check);
        }

        @Test
        void totalThatChangesIsFound() {
            read(1_900, 1);
            HandMade.assertFound("another total than 2000", this::check);
        }

        @Test
        void staleReadIsFound() {
            read(2_000, 0);
            HandMade.assertFound("a stale read", this::check);
        }

        @Test
        void lostTransferIsFound() {
            ledger = List.of();
            balances.put(0, 1_000L);
            balances.put(1, 1_000L);
            HandMade.assertFound("t1 was acknowledged and is lost", this::check);
        }

        @Test
        void transferDoneTwiceIsFound() {
            add("t1", 100);
            HandMade.assertFound("t1 was done 2 times", this::check);
        }

        @Test
        void refusedTransferIsFound() {
            add("t2", 100);
            HandMade.assertFound("t2 was said not to be done, and it was", this::check);
        }

        @Test
        void balanceThatTheLedgerDoesNotExplainIsFound() {
            balances.put(0, 901L);
            HandMade.assertFound("account 0 holds 901, and by the ledger it should hold 900", this::check);
        }
    }

    @Nested
    class Ids {
        private final HandMade<IdsWorkload.Asked, IdsWorkload.Answer> history = new HandMade<>();
        private List<IdsChecker.Row> rows = List.of(row(1, 1), row(2, 2), row(4, 3));

        private IdsChecker.Row row(long id, long token) {
            return new IdsChecker.Row(id, token, 100 + id);
        }

        private IdsWorkload.Asked asked(long token, int sending) {
            return new IdsWorkload.Asked(token, true, sending);
        }

        private IdsWorkload.Answer answer(long id, boolean replayed) {
            return new IdsWorkload.Answer(id, 100 + id, id, replayed);
        }

        private void check(Findings findings) {
            IdsChecker.check(history.entries(), rows, findings);
        }

        Ids() {
            history.done(0, 1, asked(1, 0), answer(1, false));
            history.failed(2, 3, asked(2, 0), Ending.UNKNOWN);
            history.failed(4, 5, asked(2, 1), Ending.NOT_DONE);
            history.done(6, 7, asked(2, 2), answer(2, true));
            history.done(8, 9, asked(3, 0), answer(4, false));
        }

        @Test
        void rightOneHolds() {
            history.done(10, 11, asked(3, 1), answer(4, true));
            history.failed(10, 11, asked(5, 0), Ending.NOT_DONE);
            HandMade.assertHolds(this::check);
        }

        @Test
        void lostRowIsFound() {
            rows = rows.subList(0, 2);
            HandMade.assertFound("acknowledged, and lost", this::check);
        }

        @Test
        void rowDoneTwiceUnderOneKeyIsFound() {
            rows = List.of(rows.get(0), rows.get(1), rows.get(2), row(5, 2));
            HandMade.assertFound("asked for once and done 2 times", this::check);
        }

        @Test
        void twoAnswersUnderOneKeyAreFound() {
            history.done(10, 11, asked(3, 1), new IdsWorkload.Answer(4, 104, 17, true));
            HandMade.assertFound("one key was given two answers", this::check);
        }

        @Test
        void secondExecutionThatSaysToBeTheFirstIsFound() {
            history.done(10, 11, asked(3, 1), answer(4, false));
            HandMade.assertFound("not said to be replayed", this::check);
        }

        @Test
        void refusedRowIsFound() {
            history.failed(10, 11, asked(6, 0), Ending.NOT_DONE);
            rows = List.of(rows.get(0), rows.get(1), rows.get(2), row(6, 6));
            HandMade.assertFound("said not to be done, and it is there", this::check);
        }

        @Test
        void idGivenTwiceIsFound() {
            history.done(0, 20, asked(7, 0), answer(4, false));
            rows = List.of(rows.get(0), rows.get(1), rows.get(2), row(4, 7));
            HandMade.assertFound("id 4 was given twice", this::check);
        }

        @Test
        void idThatGoesBackIsFound() {
            history.done(10, 11, asked(7, 0), answer(3, false));
            rows = List.of(rows.get(0), rows.get(1), row(3, 7), rows.get(2));
            HandMade.assertFound("ids went back", this::check);
        }
    }

    @Nested
    class Upserts {
        private final HandMade<UpsertWorkload.Asked, UpsertWorkload.Answer> history = new HandMade<>();
        private final Map<String, List<Row>> ends = new LinkedHashMap<>();

        private Row draw(long id, long n, long changed, long last, String random, String at) {
            return new Row("draw", id, "7|" + n + "|command|" + changed + "|" + last + "|" + random + "|AB|" + at);
        }

        private final Row one = draw(1, 1, 1, 7, "-55", "2026-11-24 10:00:00.000");
        private final Row two = draw(2, 2, 1, 0, "66", "2026-11-24 10:00:00.000");

        private void upsert(long began, Row row) {
            history.done(
                    began,
                    began + 1,
                    new UpsertWorkload.Asked(UpsertWorkload.UPSERTS, 7),
                    new UpsertWorkload.Answer(row.key(), List.of(row)));
        }

        private void look(long began, Row... rows) {
            history.done(
                    began,
                    began + 1,
                    new UpsertWorkload.Asked(UpsertWorkload.LOOK_AT_ALL, 0),
                    new UpsertWorkload.Answer(9, List.of(rows)));
        }

        private void check(Findings findings) {
            new UpsertChecker(history.entries(), ends, findings).check();
        }

        Upserts() {
            upsert(0, one);
            upsert(2, two);
            ends(one, two);
        }

        private void ends(Row... rows) {
            ends.put("a", List.of(rows));
            ends.put("b", List.of(rows));
        }

        @Test
        void rightOneHolds() {
            look(4, one, two);
            look(4, two);
            HandMade.assertHolds(this::check);
        }

        @Test
        void rowThatIsNotEqualElsewhereIsFound() {
            look(4, new Row("all upserts at index", 9, "aaa"));
            look(5, new Row("all upserts at index", 9, "bbb"));
            HandMade.assertFound(
                    "the same row, and not equal: all upserts at index 9: aaa as a has it, bbb as b", this::check);
        }

        @Test
        void tablesThatDifferInTheEndAreFound() {
            ends.put("b", List.of(one, draw(2, 2, 1, 0, "67", "2026-11-24 10:00:00.000")));
            HandMade.assertFound("in the end the tables differ", this::check);
        }

        @Test
        void rowThatBecameAnotherIsFound() {
            ends(one, draw(2, 2, 1, 0, "67", "2026-11-24 10:00:00.000"));
            HandMade.assertFound("was seen, and in the end is", this::check);
        }

        @Test
        void upsertDoneTwiceIsFound() {
            ends(one, two, draw(3, 3, 1, 0, "68", "2026-11-24 10:00:00.000"));
            HandMade.assertFound("key 7 was upserted 3 times: 2 were acknowledged", this::check);
        }

        @Test
        void timeThatGoesBackIsFound() {
            history.failed(4, 5, new UpsertWorkload.Asked(UpsertWorkload.UPSERTS, 7), Ending.UNKNOWN);
            ends(one, two, draw(3, 3, 1, 0, "68", "2026-11-24 09:59:59.999"));
            HandMade.assertFound("time went back", this::check);
        }

        @Test
        void randomNumberThatComesTwiceIsFound() {
            history.failed(4, 5, new UpsertWorkload.Asked(UpsertWorkload.UPSERTS, 7), Ending.UNKNOWN);
            ends(one, two, draw(3, 3, 1, 0, "66", "2026-11-24 10:00:00.000"));
            HandMade.assertFound("a random number that was drawn before", this::check);
        }

        @Test
        void stateOfAnotherCommandIsFound() {
            history.failed(4, 5, new UpsertWorkload.Asked(UpsertWorkload.UPSERTS, 7), Ending.UNKNOWN);
            ends(one, two, draw(3, 3, 1, 5, "68", "2026-11-24 10:00:00.000"));
            HandMade.assertFound("changes() and last_insert_rowid() are of another command", this::check);
        }
    }

    @Nested
    class Errors {
        private final Failures failures = new Failures();

        @Test
        void failuresThatFaultsBringAreNoFindingAndSayWhatTheyMean() {
            assertEquals(Ending.NOT_DONE, failures.take(new Refused(503, "NO_LEADER", ""), true, Set.of(), "x"));
            assertEquals(Ending.UNKNOWN, failures.take(new Refused(504, "OUTCOME_UNKNOWN", ""), true, Set.of(), "x"));
            assertEquals(Ending.NOT_DONE, failures.take(new ConnectException(), true, Set.of(), "x"));
            assertEquals(Ending.UNKNOWN, failures.take(new IOException("reset"), true, Set.of(), "x"));
            assertEquals(Ending.NOT_DONE, failures.take(new IOException("reset"), false, Set.of(), "x"));
            assertEquals(
                    Ending.NOT_DONE,
                    failures.take(
                            new Refused(412, "PRECONDITION_FAILED", ""), true, Set.of("PRECONDITION_FAILED"), "x"));
            HandMade.assertHolds(failures::judge);
        }

        @Test
        void refusalThatNobodyProvokedIsFound() {
            assertEquals(
                    Ending.UNKNOWN, failures.take(new Refused(400, "SQL_ERROR", "no such table"), true, Set.of(), "x"));
            HandMade.assertFound("SQL_ERROR: no such table", failures::judge);
        }

        @Test
        void internalErrorIsFound() {
            failures.take(new Refused(500, "INTERNAL", "oh"), false, Set.of(), "x");
            HandMade.assertFound("INTERNAL", failures::judge);
        }
    }

    @Test
    void workloadsAreKnownByTheirNames() {
        assertEquals(
                List.of("register", "append", "set", "bank", "ids", "upserts"),
                Workloads.all().stream().map(Workload::name).toList());
        assertEquals(
                List.of("bank", "set"),
                Workloads.named(List.of("bank", "set", "bank")).stream()
                        .map(Workload::name)
                        .toList());
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Workloads.named(List.of("bnak")));
        assertTrue(e.getMessage().contains("'bnak'") && e.getMessage().contains("register, append"), e.getMessage());
    }
}
