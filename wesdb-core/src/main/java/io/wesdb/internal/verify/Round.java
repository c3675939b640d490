package io.wesdb.internal.verify;

import io.wesdb.internal.cluster.Reports.Report;
import java.util.Collections;
import java.util.TreeSet;

/** A question on which this node has voted, and how it stands. Owned by the jury's lane. */
final class Round {
    final Report own;
    final Patience patience;
    Verdict verdict = new Verdict.Waiting(Collections.unmodifiableSortedSet(new TreeSet<>()));
    /** Whether anyone else has voted. */
    boolean answered;

    Round(Report own, Patience patience) {
        this.own = own;
        this.patience = patience;
    }

    long index() {
        return own.index();
    }

    boolean waits() {
        return verdict instanceof Verdict.Waiting;
    }
}
