package io.wesdb.internal.verify;

import io.wesdb.internal.cluster.Reports.Report;
import io.wesdb.internal.cluster.Reports.Trust;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One question as one node sees it, and what follows. A pure function: nodes that see the same come to verdicts that fit
 * together, at most one side being found wrong.
 *
 * <p>What counts is a strict majority of those who have voted, of at least two nodes; those who are absent or silent do not
 * (a cluster of five with two nodes away must be able to heal the one of three that is wrong). While votes are out, only a
 * majority that they cannot overturn is a result. A person's trust outweighs any majority, for the disputes that were
 * there when it was given: a dispute that began later is another one.
 *
 * @param own what this node found, which need not have arrived among {@code reports} yet
 * @param reports everyone's, of any kind and index; only those of {@code own}'s kind and index count, whether their nodes
 *     are present or not: what a node found at an index stays true
 * @param voters the members that are present and able to vote
 * @param timeUp whether votes that are still out are no longer waited for
 * @param since the index at which the dispute began of which this question is part; {@code own}'s if there was none
 * @param trust the last decision of a person
 */
public record Ballot(
        Report own,
        Collection<Report> reports,
        Set<String> voters,
        boolean timeUp,
        long since,
        @Nullable Trust trust) {

    public Verdict verdict() {
        Votes votes = new Votes(own.kind(), own.index(), own.node(), own, reports, voters);
        SortedSet<String> right = trust == null || trust.index() < since ? null : votes.groupOf(trust.node());
        if (right == null) {
            // Who is present and silent may be sound: only who is absent has no part in what a majority is.
            Set<String> electorate = new TreeSet<>(voters);
            electorate.addAll(votes.nodes());
            right = votes.majorityOf(electorate.size());
        }
        if (right != null && votes.groups().size() > 1) {
            return against(votes, right);
        } else if (!timeUp && !votes.missing().isEmpty()) {
            return new Verdict.Waiting(votes.missing());
        } else if (votes.groups().size() == 1) {
            return new Verdict.Agreed(votes.nodes());
        }
        return new Verdict.Tied(copy(votes), votes.differingTables(own.node(), votes.nodes()));
    }

    private Verdict against(Votes votes, SortedSet<String> right) {
        SortedSet<String> wrong = votes.allBut(right);
        return wrong.contains(own.node())
                ? new Verdict.Minority(
                        Collections.unmodifiableSortedSet(new TreeSet<>(right)),
                        votes.differingTables(own.node(), right))
                : new Verdict.Majority(wrong, votes.differingTables(own.node(), wrong));
    }

    private static TreeMap<Long, SortedSet<String>> copy(Votes votes) {
        return new TreeMap<>(votes.groups());
    }
}
