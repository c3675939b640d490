package io.wesdb.examples.harness;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/**
 * What must have come before what, as a directed graph, and the cycles in it. Its numbers stand for whatever the caller wants. For one
 * thread.
 */
final class Dependencies {
    private static final int MOST_STARTS = 200;

    private final int nodes;
    private int edges;
    private int[] from = new int[1024];
    private int[] to = new int[1024];
    private byte[] kinds = new byte[1024];
    private int[] keys = new int[1024];
    private int[] values = new int[1024];
    private int[] first = new int[0]; // by node, of its edges in byNode; made when the first question is asked
    private int[] byNode = new int[0];

    /** @param kind a single bit */
    record Edge(int from, int to, int kind, int key, int value) {}

    Dependencies(int nodes) {
        this.nodes = nodes;
    }

    void add(int fromNode, int toNode, int kind, int key, int value) {
        if (edges == from.length) {
            from = Arrays.copyOf(from, 2 * edges);
            to = Arrays.copyOf(to, 2 * edges);
            kinds = Arrays.copyOf(kinds, 2 * edges);
            keys = Arrays.copyOf(keys, 2 * edges);
            values = Arrays.copyOf(values, 2 * edges);
        }
        from[edges] = fromNode;
        to[edges] = toNode;
        kinds[edges] = (byte) kind;
        keys[edges] = key;
        values[edges] = value;
        edges++;
        first = new int[0];
    }

    private Edge edge(int number) {
        return new Edge(from[number], to[number], kinds[number], keys[number], values[number]);
    }

    private void arrange() {
        if (first.length > 0) {
            return;
        }
        first = new int[nodes + 1];
        for (int i = 0; i < edges; i++) {
            first[from[i] + 1]++;
        }
        for (int i = 0; i < nodes; i++) {
            first[i + 1] += first[i];
        }
        byNode = new int[edges];
        int[] next = Arrays.copyOf(first, nodes);
        for (int i = 0; i < edges; i++) {
            byNode[next[from[i]]++] = i;
        }
    }

    /**
     * The nodes that lie on cycles of edges of those kinds, by what they can reach of each other: Tarjan's strongly connected components,
     * without those of one node.
     */
    List<int[]> knots(int mask) {
        arrange();
        return new Tarjan(mask).run();
    }

    private final class Tarjan {
        private final int mask;
        private final int[] order = new int[nodes];
        private final int[] low = new int[nodes];
        private final int[] next = Arrays.copyOf(first, nodes);
        private final boolean[] onStack = new boolean[nodes];
        private final int[] stack = new int[nodes];
        private final int[] path = new int[nodes];
        private final List<int[]> found = new ArrayList<>();
        private int stacked;
        private int depth;
        private int counter;

        Tarjan(int mask) {
            this.mask = mask;
        }

        List<int[]> run() {
            for (int root = 0; root < nodes; root++) {
                if (order[root] == 0) {
                    enter(root);
                    while (depth > 0) {
                        step(path[depth - 1]);
                    }
                }
            }
            return found;
        }

        private void enter(int node) {
            order[node] = ++counter;
            low[node] = counter;
            stack[stacked++] = node;
            onStack[node] = true;
            path[depth++] = node;
        }

        private void step(int node) {
            while (next[node] < first[node + 1]) {
                int number = byNode[next[node]++];
                int target = to[number];
                if ((kinds[number] & mask) == 0) {
                    continue;
                }
                if (order[target] == 0) {
                    enter(target);
                    return;
                } else if (onStack[target]) {
                    low[node] = Math.min(low[node], order[target]);
                }
            }
            depth--;
            if (depth > 0) {
                low[path[depth - 1]] = Math.min(low[path[depth - 1]], low[node]);
            }
            if (low[node] == order[node]) {
                close(node);
            }
        }

        private void close(int root) {
            int end = stacked;
            int member;
            do {
                member = stack[--stacked];
                onStack[member] = false;
            } while (member != root);
            if (end - stacked > 1) {
                found.add(Arrays.copyOfRange(stack, stacked, end));
            }
        }
    }

    /** A short cycle through nodes of the knot, of edges of those kinds; empty if none was found. */
    List<Edge> cycle(int[] knot, int mask) {
        arrange();
        boolean[] within = within(knot);
        List<Edge> shortest = List.of();
        for (int i = 0; i < Math.min(knot.length, MOST_STARTS); i++) {
            List<Edge> cycle = path(knot[i], knot[i], mask, within);
            if (!cycle.isEmpty() && (shortest.isEmpty() || cycle.size() < shortest.size())) {
                shortest = cycle;
            }
        }
        return shortest;
    }

    /** A short cycle in the knot of one edge of that kind and otherwise edges of those kinds; empty if none was found. */
    List<Edge> cycleWithOne(int[] knot, int kind, int mask) {
        arrange();
        boolean[] within = within(knot);
        List<Edge> shortest = List.of();
        int tried = 0;
        for (int node : knot) {
            for (int i = first[node]; i < first[node + 1] && tried < MOST_STARTS; i++) {
                int number = byNode[i];
                if (kinds[number] == kind && within[to[number]]) {
                    tried++;
                    List<Edge> back = path(to[number], node, mask, within);
                    if (!back.isEmpty() && (shortest.isEmpty() || back.size() + 1 < shortest.size())) {
                        shortest = new ArrayList<>(List.of(edge(number)));
                        shortest.addAll(back);
                    }
                }
            }
        }
        return shortest;
    }

    private boolean[] within(int[] knot) {
        boolean[] within = new boolean[nodes];
        for (int node : knot) {
            within[node] = true;
        }
        return within;
    }

    /** The shortest way, of one edge at least. */
    private List<Edge> path(int start, int end, int mask, boolean[] within) {
        int[] cameBy = new int[nodes];
        Arrays.fill(cameBy, -1);
        Deque<Integer> queue = new ArrayDeque<>(List.of(start));
        while (!queue.isEmpty()) {
            int node = queue.removeFirst();
            for (int i = first[node]; i < first[node + 1]; i++) {
                int number = byNode[i];
                int target = to[number];
                if ((kinds[number] & mask) != 0 && within[target] && cameBy[target] < 0) {
                    cameBy[target] = number;
                    if (target == end) {
                        return traceBack(start, end, cameBy);
                    }
                    queue.addLast(target);
                }
            }
        }
        return List.of();
    }

    private List<Edge> traceBack(int start, int end, int[] cameBy) {
        List<Edge> path = new ArrayList<>();
        int node = end;
        do {
            Edge edge = edge(cameBy[node]);
            path.add(edge);
            node = edge.from();
        } while (node != start);
        Collections.reverse(path);
        return path;
    }
}
