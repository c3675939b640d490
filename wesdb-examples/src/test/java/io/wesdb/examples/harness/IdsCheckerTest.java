package io.wesdb.examples.harness;

import io.wesdb.examples.harness.Workload.Ending;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IdsCheckerTest {
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

    IdsCheckerTest() {
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
