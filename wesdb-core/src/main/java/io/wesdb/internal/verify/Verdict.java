package io.wesdb.internal.verify;

import java.util.SortedMap;
import java.util.SortedSet;

/** What a {@link Ballot} comes to, from the point of view of one node. */
public sealed interface Verdict {
    /** Votes that can change the result are still out. */
    record Waiting(SortedSet<String> missing) implements Verdict {}

    /** All that have voted have the same, {@code nodes} being all of them; it may be this node alone. */
    record Agreed(SortedSet<String> nodes) implements Verdict {}

    /** This node is wrong. */
    record Minority(SortedSet<String> majorityNodes, SortedSet<String> differingTables) implements Verdict {}

    /** Others are wrong. */
    record Majority(SortedSet<String> deviantNodes, SortedSet<String> differingTables) implements Verdict {}

    /** Nodes differ, and nothing says who is wrong. */
    record Tied(SortedMap<Long, SortedSet<String>> groups, SortedSet<String> differingTables) implements Verdict {}
}
