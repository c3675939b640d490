package io.wesdb.examples.harness;

import io.wesdb.examples.Transfer;
import io.wesdb.examples.Transfer.Guard;
import io.wesdb.examples.harness.Workload.Ending;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BankCheckTest {
    private final HandMade<BankWorkload.Asked, BankWorkload.Answer> history = new HandMade<>();
    private final Map<Integer, Long> balances = new HashMap<>(Map.of(0, 900L, 1, 1_100L));
    private List<BankWorkload.Line> ledger = List.of(new BankWorkload.Line("t1", 0, 1, 100));

    private BankWorkload.Asked transfer(String id) {
        return new BankWorkload.Asked(new Transfer(id, Guard.OPEN, 0, 1, 100, 0, 0, 0));
    }

    private void read(long total, long transfers) {
        history.done(4, 5, new BankWorkload.Asked(null), new BankWorkload.Answer(total, transfers));
    }

    BankCheckTest() {
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
