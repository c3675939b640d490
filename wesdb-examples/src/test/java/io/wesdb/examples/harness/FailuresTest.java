package io.wesdb.examples.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wesdb.examples.NodeClient.Refused;
import io.wesdb.examples.harness.Workload.Ending;
import java.io.IOException;
import java.net.ConnectException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FailuresTest {
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
                failures.take(new Refused(412, "PRECONDITION_FAILED", ""), true, Set.of("PRECONDITION_FAILED"), "x"));
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
