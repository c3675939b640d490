package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient.Refused;
import io.wesdb.examples.harness.Workload.Ending;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What calls failed of: how often, what that means for the call, and which of it such faults must not bring. Safe for use by many threads.
 */
final class Failures {
    /** With one of these codes a node says that nothing was done. */
    private static final Set<String> NOT_DONE = Set.of("OVERLOADED", "NO_LEADER", "NOT_READY", "STALE");

    private static final int MOST_UNEXPECTED = 20;

    private final Map<String, Long> byCause = new TreeMap<>();
    private final List<String> unexpected = new ArrayList<>();
    private long moreUnexpected;

    /**
     * @param writes whether the call could have written
     * @param provoked codes of refusals that the call may bring upon itself, whatever else happens
     * @param e an {@link java.io.IOException} of the connection, a {@link Refused}, or the complaint that an answer is no JSON
     */
    synchronized Ending take(Exception e, boolean writes, Set<String> provoked, Object asked) {
        byCause.merge(cause(e), 1L, Long::sum);
        if (!isOrdinary(e, writes, provoked)) {
            if (unexpected.size() < MOST_UNEXPECTED) {
                unexpected.add(asked + ": " + e);
            } else {
                moreUnexpected++;
            }
        }
        boolean nothingDone = !writes
                // Nobody listened, so nothing was sent.
                || e instanceof ConnectException
                || (e instanceof Refused refused
                        && (NOT_DONE.contains(refused.code()) || provoked.contains(refused.code())));
        return nothingDone ? Ending.NOT_DONE : Ending.UNKNOWN;
    }

    private static boolean isOrdinary(Exception e, boolean writes, Set<String> provoked) {
        if (e instanceof Refused refused) {
            return NOT_DONE.contains(refused.code())
                    || provoked.contains(refused.code())
                    || refused.code().equals(writes ? "OUTCOME_UNKNOWN" : "TIMEOUT");
        }
        return e instanceof java.io.IOException;
    }

    /** The code of a refusal, or what became of the connection. */
    static String cause(Exception e) {
        return e instanceof Refused refused ? refused.code() : e.getClass().getSimpleName();
    }

    synchronized void judge(Findings findings) {
        findings.claim(
                "errors",
                "every failure was of a kind that such faults may bring: " + (byCause.isEmpty() ? "none" : byCause));
        unexpected.forEach(what -> findings.found("errors", "a failure that no such fault may bring: " + what));
        if (moreUnexpected > 0) {
            findings.found("errors", moreUnexpected + " more failures that no such fault may bring");
        }
    }
}
