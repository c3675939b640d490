package io.wesdb.internal.verify;

import java.util.SortedMap;

/**
 * A node's whole content at one index, as numbers.
 *
 * @param index of the last entry that is in it
 * @param total over all tables, and whatever else nodes must have alike
 * @param tables each table's own
 */
public record ContentHash(long index, long total, SortedMap<String, Long> tables) {}
