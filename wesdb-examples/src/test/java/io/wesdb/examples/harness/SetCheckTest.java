package io.wesdb.examples.harness;

import io.wesdb.examples.harness.CallLog.Entry;
import io.wesdb.examples.harness.Workload.Ending;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SetCheckTest {
    private final HandMade<SetWorkload.Asked, SetWorkload.Answer> history = new HandMade<>();
    private final Map<Long, Integer> found = new HashMap<>(Map.of(1L, 1, 3L, 1));
    private final Entry<SetWorkload.Asked, SetWorkload.Answer> first =
            history.done(0, 1, new SetWorkload.Asked(SetWorkload.ADD, 1, null), new SetWorkload.Answer(1));

    SetCheckTest() {
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
