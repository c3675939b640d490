package io.wesdb.examples.harness;

import io.wesdb.examples.harness.CallLog.Entry;
import io.wesdb.examples.harness.Dependencies.Edge;
import io.wesdb.examples.harness.Transaction.Answer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Looks for cycles among transactions, and tells of them in words. They have the names of Adya (<i>Weak consistency: a generalized theory and
 * optimistic implementations for distributed transactions</i>, 1999); {@code realtime} if the clock is needed for the cycle: such an order
 * would be serializable, but not strictly. For one thread, and used once.
 */
final class AppendCycles {
    /** The second wrote over the first; saw the first; wrote what the first did not see; began after the first had ended. */
    static final int WW = 1;

    static final int WR = 2;
    static final int RW = 4;
    private static final int TIME = 8;
    private static final int ALL = WW | WR | RW | TIME;
    private static final int MOST_KNOTS = 5;

    private final List<Entry<Transaction, Answer>> entries;
    private final Findings findings;

    AppendCycles(List<Entry<Transaction, Answer>> entries, Findings findings) {
        this.entries = entries;
        this.findings = findings;
    }

    /** @param graph of the transactions by their places, and as many nodes more, which are taken for the clock */
    void check(Dependencies graph) {
        addTime(graph);
        findings.claim(
                "cycles",
                String.format(
                        "one order of %,d transactions explains all that they saw, and none comes in it before one that had ended when it began: what wrote over what, saw what and began after what goes nowhere in a circle",
                        entries.stream().filter(Entry::isDone).count()));
        graph.knots(ALL).stream()
                .sorted(Comparator.comparingInt(knot -> knot.length))
                .limit(MOST_KNOTS)
                .forEach(knot -> tell(graph, knot));
    }

    /** A chain of moments, at each of which a transaction ends: so many edges are enough to say of all who ended before whom began. */
    private void addTime(Dependencies graph) {
        int[] ended = IntStream.range(0, entries.size())
                .filter(i -> entries.get(i).isDone())
                .boxed()
                .sorted(Comparator.comparingLong(i -> entries.get(i).endedNanos()))
                .mapToInt(i -> i)
                .toArray();
        for (int place = 0; place < ended.length; place++) {
            graph.add(ended[place], entries.size() + place, TIME, 0, 0);
            if (place > 0) {
                graph.add(entries.size() + place - 1, entries.size() + place, TIME, 0, 0);
            }
        }
        int[] begun = IntStream.range(0, entries.size())
                .boxed()
                .sorted(Comparator.comparingLong(i -> entries.get(i).beganNanos))
                .mapToInt(i -> i)
                .toArray();
        int passed = 0;
        for (int i : begun) {
            while (passed < ended.length && entries.get(ended[passed]).endedNanos() < entries.get(i).beganNanos) {
                passed++;
            }
            if (passed > 0) {
                graph.add(entries.size() + passed - 1, i, TIME, 0, 0);
            }
        }
    }

    private void tell(Dependencies graph, int[] knot) {
        Map<String, List<Edge>> kinds = new LinkedHashMap<>();
        for (int time : new int[] {0, TIME}) {
            String suffix = time == 0 ? "" : "-realtime";
            kinds.put("G0" + suffix, graph.cycle(knot, WW | time));
            kinds.put("G1c" + suffix, graph.cycle(knot, WW | WR | time));
            kinds.put("G-single" + suffix, graph.cycleWithOne(knot, RW, WW | WR | time));
            kinds.put("G2" + suffix, graph.cycle(knot, WW | WR | RW | time));
            for (Map.Entry<String, List<Edge>> kind : kinds.entrySet()) {
                if (!kind.getValue().isEmpty()) {
                    tell(kind.getKey(), knot, kind.getValue());
                    return;
                }
            }
        }
    }

    private void tell(String name, int[] knot, List<Edge> cycle) {
        List<Edge> steps = withoutMoments(cycle);
        Map<Integer, Entry<Transaction, Answer>> involved = new LinkedHashMap<>();
        for (Edge step : steps) {
            involved.put(step.from(), entries.get(step.from()));
        }
        List<Integer> numbers = new ArrayList<>(involved.keySet());
        StringBuilder text = new StringBuilder(name)
                .append(": these ")
                .append(involved.size())
                .append(" transactions have no order (");
        Set<Integer> known = new HashSet<>();
        for (int node : knot) {
            known.add(node < entries.size() ? node : -1);
        }
        known.remove(-1);
        text.append(known.size()).append(" are entangled in all):");
        for (Edge step : steps) {
            text.append(String.format(
                    "%n    T%d before T%d: %s",
                    numbers.indexOf(step.from()) + 1,
                    numbers.indexOf(step.to()) + 1,
                    why(step, numbers.indexOf(step.from()) + 1, numbers.indexOf(step.to()) + 1)));
        }
        text.append(String.format("%n  T1 and so on are:"));
        findings.found("cycles", text.toString(), involved.values());
    }

    private static String why(Edge step, int from, int to) {
        String list = " in list " + step.key();
        return switch (step.kind()) {
            case WW -> "T" + to + "'s " + step.value() + " follows what T" + from + " appended" + list;
            case WR -> "T" + to + " saw " + step.value() + list + ", which T" + from + " appended";
            case RW -> "T" + from + " did not see " + step.value() + list + ", which T" + to + " appended";
            default -> "T" + from + " had ended when T" + to + " began";
        };
    }

    /** A way along the clock becomes one step. */
    private List<Edge> withoutMoments(List<Edge> cycle) {
        int begin = 0;
        while (cycle.get(begin).from() >= entries.size()) {
            begin++;
        }
        List<Edge> steps = new ArrayList<>();
        int from = -1;
        for (int i = 0; i < cycle.size(); i++) {
            Edge edge = cycle.get((begin + i) % cycle.size());
            from = edge.from() < entries.size() ? edge.from() : from;
            if (edge.to() < entries.size()) {
                steps.add(edge.from() == from ? edge : new Edge(from, edge.to(), TIME, 0, 0));
            }
        }
        return steps;
    }
}
