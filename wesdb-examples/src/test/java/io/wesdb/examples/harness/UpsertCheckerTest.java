package io.wesdb.examples.harness;

import io.wesdb.examples.harness.UpsertWorkload.Row;
import io.wesdb.examples.harness.Workload.Ending;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UpsertCheckerTest {
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

    UpsertCheckerTest() {
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
