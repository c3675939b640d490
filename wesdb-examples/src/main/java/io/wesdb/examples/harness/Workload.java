package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient;
import java.io.IOException;
import java.util.List;
import java.util.Random;

/**
 * One thing that callers do over and over again, and what must be true of all that they were told. Several workloads share a cluster, each
 * with tables of its own.
 *
 * <p>{@link #call} is called by many threads; the rest by one.
 */
public interface Workload {
    /** One word, as it is given on the command line and named in reports. */
    String name();

    /** Creates its tables, once, while nothing is wrong yet. */
    void prepare(List<NodeClient> nodes) throws IOException, InterruptedException;

    /**
     * One operation of that caller, through that node, taken down with what it came to; returns in bounded time whatever became of the node.
     *
     * @param caller from 0; each caller makes one call at a time
     * @return false if it failed, so that the caller had better rest a little
     */
    boolean call(int caller, NodeClient node, Random random) throws InterruptedException;

    /** What is to be seen in the end: called once, when no caller calls any more, no fault lasts and all nodes serve. */
    Judgement judge(List<NodeClient> nodes) throws IOException, InterruptedException;

    /** All calls so far, for the report, in the order of their beginning. */
    List<Call> calls();

    /** How a call ended. */
    enum Ending {
        DONE,
        /** An error which says that nothing was done. */
        NOT_DONE,
        UNKNOWN
    }

    /**
     * What a caller asked for and was told.
     *
     * @param node whom it asked, by name if that is known
     * @param kind what sort of call it was, in a word or two: {@code read}
     * @param writes whether it was meant to write
     * @param what for a person, short: {@code read 3 -> 17}
     * @param beganNanos on the clock of {@link System#nanoTime}
     * @param endedNanos on the same
     */
    record Call(
            int caller,
            String node,
            String kind,
            boolean writes,
            String what,
            Ending ending,
            long beganNanos,
            long endedNanos) {}

    /**
     * What the checker came to.
     *
     * @param claims what was looked at and found to hold
     * @param findings what does not hold, each with all that a person needs to see why; empty if all is right
     * @param involved for each finding the calls that show it, which may be none
     */
    record Judgement(List<String> claims, List<String> findings, List<List<Call>> involved) {
        /** With findings that no call shows. */
        public Judgement(List<String> claims, List<String> findings) {
            this(
                    claims,
                    findings,
                    findings.stream().map(finding -> List.<Call>of()).toList());
        }

        public Judgement {
            if (findings.size() != involved.size()) {
                throw new IllegalArgumentException(findings.size() + " findings, calls for " + involved.size());
            }
        }
    }
}
