package io.wesdb.examples.harness;

import io.wesdb.examples.harness.Workload.Judgement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What was looked at beside the workloads, and what was wrong with it. Thread safe. */
final class ClusterFindings {
    private static final int MOST = 50;

    private final List<String> claims = new ArrayList<>(); // both guarded by this
    private final List<String> findings = new ArrayList<>();
    private final Consumer<String> told;

    /** @param told gets each finding when it comes, by one thread at a time */
    ClusterFindings(Consumer<String> told) {
        this.told = told;
    }

    synchronized void holds(String claim) {
        claims.add(claim);
    }

    synchronized void found(String finding) {
        if (findings.size() < MOST && !findings.contains(finding)) {
            findings.add(finding);
            told.accept(finding);
        }
    }

    synchronized boolean isEmpty() {
        return findings.isEmpty();
    }

    synchronized Judgement judgement() {
        return new Judgement(List.copyOf(claims), List.copyOf(findings));
    }
}
