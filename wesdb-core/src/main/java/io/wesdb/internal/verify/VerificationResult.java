package io.wesdb.internal.verify;

import java.util.SortedMap;
import java.util.SortedSet;

/**
 * What a comparison of all members' content at one index came to.
 *
 * @param index which
 * @param agreeing the nodes that have what most have; empty if there is no majority
 * @param differing the other nodes that reported, each with the tables in which it differs from those who agree (from
 *     anyone, if there is no majority)
 * @param silent members present that did not report in time
 */
public record VerificationResult(
        long index,
        SortedSet<String> agreeing,
        SortedMap<String, SortedSet<String>> differing,
        SortedSet<String> silent) {

    /** Everyone who reported has the same. */
    public boolean equal() {
        return differing.isEmpty();
    }
}
