package io.wesdb.internal.cluster;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Tables and their hashes. Too many to be told one by one are folded into a fixed number of buckets by their names, all
 * of them: so whether one table is in the buckets never depends on which others there are. Stateless.
 */
public final class TableHashes {
    private static final int BUCKETS = 4_096;
    private static final String PREFIX = "(tables whose names fall into bucket ";
    private static final String SUFFIX = " of " + BUCKETS + ")";
    private static final int NAMES_OF_A_BUCKET = 20;

    private TableHashes() {}

    /** A bounded number of hashes that differ if any of {@code tables} does. */
    public static SortedMap<String, Long> fold(SortedMap<String, Long> tables) {
        if (folded(tables)) {
            return tables;
        }
        SortedMap<String, Long> buckets = new TreeMap<>();
        tables.forEach((name, hash) ->
                buckets.merge(bucket(name), mix(name, hash), (before, more) -> before * 0x9E3779B97F4A7C15L + more));
        return buckets;
    }

    /** The names under which {@code own} and {@code other} differ; a bucket's are those of our tables that are in it. */
    public static SortedSet<String> differing(SortedMap<String, Long> own, SortedMap<String, Long> other) {
        if (own.isEmpty() || other.isEmpty()) {
            return Collections.emptySortedSet(); // one of them does not know
        }
        if (!folded(own) && !folded(other)) {
            return differingKeys(own, other);
        }
        SortedSet<String> names = new TreeSet<>();
        for (String bucket : differingKeys(fold(own), fold(other))) {
            names.add(told(bucket, own.keySet()));
        }
        return names;
    }

    private static SortedSet<String> differingKeys(Map<String, Long> own, Map<String, Long> other) {
        SortedSet<String> names = new TreeSet<>(own.keySet());
        names.addAll(other.keySet());
        names.removeIf(name -> own.containsKey(name) && own.get(name).equals(other.get(name)));
        return names;
    }

    private static String told(String bucket, Collection<String> tables) {
        SortedSet<String> inIt = new TreeSet<>();
        tables.stream()
                .filter(name -> bucket(name).equals(bucket))
                .limit(NAMES_OF_A_BUCKET)
                .forEach(inIt::add);
        return inIt.isEmpty() ? bucket : inIt.size() == 1 ? inIt.first() : "one or more of " + inIt;
    }

    private static boolean folded(SortedMap<String, Long> tables) {
        return !tables.isEmpty() && tables.firstKey().startsWith(PREFIX);
    }

    private static String bucket(String name) {
        int hash = name.hashCode() * 0x9E3779B9;
        return PREFIX + (hash >>> 20) + SUFFIX;
    }

    private static long mix(String name, long hash) {
        return (hash ^ name.hashCode()) * 0xC2B2AE3D27D4EB4FL;
    }
}
