package io.wesdb;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a comparison of all nodes' contents at one index of the log came to. Immutable.
 *
 * @param index the index at which every node hashed its whole content
 * @param agreeing the nodes of the majority, whose contents are equal; empty if there is no majority
 * @param differing the nodes that are not of the majority, each with the tables that differ from the majority's. Without
 *     a majority: every node that reported, each with the tables that are not the same on all of them
 * @param silent nodes that were present but did not report in time; nothing is known of their contents
 * @param tied whether contents differ and no majority has the same, so that which is right cannot be told. A person
 *     decides, by {@link WesDb#trustNode}
 */
public record VerificationResult(
        long index, List<String> agreeing, Map<String, List<String>> differing, List<String> silent, boolean tied) {

    public VerificationResult {
        agreeing = List.copyOf(agreeing);
        Map<String, List<String>> tables = new TreeMap<>(); // by node, so that two reports of one result look alike
        differing.forEach((node, names) -> tables.put(node, List.copyOf(names)));
        differing = Collections.unmodifiableMap(tables);
        silent = List.copyOf(silent);
    }

    /**
     * Whether it is shown that all nodes that were present are equal: every one reported, and none differs. False also
     * for a node that was only too slow to report; whether anything is wrong is told by {@link #differing()}.
     */
    public boolean sound() {
        return !tied && differing.isEmpty() && silent.isEmpty();
    }
}
