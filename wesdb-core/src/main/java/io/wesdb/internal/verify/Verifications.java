package io.wesdb.internal.verify;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.VerificationResult;
import io.wesdb.internal.cluster.Reports.Kind;
import io.wesdb.internal.cluster.Reports.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/** Callers who asked what a comparison of contents comes to. Owned by the jury's lane. */
final class Verifications {
    private static final int MAX_WAITING = 100;

    /** How long a member that said that it is still arriving is waited for: it tells a change only once a second. */
    static final long ARRIVING_MILLIS = 2_000;

    private final String self;
    private final List<Waiting> waiting = new ArrayList<>();

    private static final class Waiting {
        final long index;
        final long limitMillis;
        final Patience patience;
        final CompletableFuture<VerificationResult> future;
        /** Also of nodes that have gone on or healed since: what they found at that index stays true. */
        final Map<String, Report> seen = new HashMap<>();

        Waiting(long index, long limitMillis, Patience patience, CompletableFuture<VerificationResult> future) {
            this.index = index;
            this.limitMillis = limitMillis;
            this.patience = patience;
            this.future = future;
        }
    }

    Verifications(String self) {
        this.self = self;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    void add(long index, long limitMillis, long nowNanos, CompletableFuture<VerificationResult> future) {
        if (waiting.size() >= MAX_WAITING) {
            future.completeExceptionally(new NotDoneException(
                    ErrorCode.OVERLOADED, MAX_WAITING + " verifications are awaited already", Duration.ofSeconds(10)));
        } else {
            waiting.add(new Waiting(index, limitMillis, new Patience(nowNanos), future));
        }
    }

    void pass(long nowNanos) {
        waiting.forEach(each -> each.patience.pass(nowNanos, true)); // a caller's wait is bounded in any case (I12)
    }

    /**
     * @param current what everyone says now, this node's own as it knows it itself
     * @param arriving members that did not serve when they were last heard of; they may by now
     */
    void look(Collection<Report> current, Set<String> voters, Set<String> arriving) {
        for (Waiting each : List.copyOf(waiting)) {
            current.stream()
                    .filter(report -> report.kind() == Kind.CONTENT && report.index() == each.index)
                    .forEach(report -> each.seen.put(report.node(), report));
            List<Report> known = new ArrayList<>(current);
            known.addAll(each.seen.values());
            Votes votes = new Votes(Kind.CONTENT, each.index, self, each.seen.get(self), known, voters);
            SortedSet<String> missing = new TreeSet<>(votes.missing());
            if (current.stream().anyMatch(report -> isOursAfter(each.index, report))) {
                missing.remove(self);
            }
            boolean all = missing.isEmpty()
                    && !votes.nodes().isEmpty()
                    && (votes.nodes().containsAll(arriving) || each.patience.isOver(ARRIVING_MILLIS));
            if (all || each.patience.isOver(each.limitMillis)) {
                waiting.remove(each);
                each.future.complete(result(each.index, votes, voters));
            }
        }
    }

    private boolean isOursAfter(long index, Report report) {
        return report.kind() == Kind.CONTENT
                && report.index() > index
                && report.node().equals(self);
    }

    private static VerificationResult result(long index, Votes votes, Set<String> voters) {
        SortedSet<String> nodes = votes.nodes();
        SortedSet<String> majority = votes.groups().size() == 1 ? nodes : votes.majorityOf(nodes.size());
        SortedSet<String> right = majority == null ? Collections.emptySortedSet() : new TreeSet<>(majority);
        Map<String, List<String>> differing = new TreeMap<>();
        for (String node : votes.allBut(right)) {
            differing.put(node, List.copyOf(votes.differingTables(node, majority == null ? nodes : right)));
        }
        SortedSet<String> silent = new TreeSet<>(voters);
        silent.removeAll(nodes);
        boolean tied = right.isEmpty() && !differing.isEmpty();
        return new VerificationResult(index, List.copyOf(right), differing, List.copyOf(silent), tied);
    }

    /** This node's file was replaced, and cannot be compared at {@code index} or below any more: ends with what is known. */
    void replaced(long index, Set<String> voters) {
        for (Waiting each : List.copyOf(waiting)) {
            if (each.index <= index) {
                waiting.remove(each);
                each.seen.remove(self);
                each.future.complete(result(
                        each.index,
                        new Votes(Kind.CONTENT, each.index, self, null, each.seen.values(), voters),
                        voters));
            }
        }
    }

    void close(RuntimeException why) {
        List<Waiting> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(each -> each.future.completeExceptionally(why));
    }
}
