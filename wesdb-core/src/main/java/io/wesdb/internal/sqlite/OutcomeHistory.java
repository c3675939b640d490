package io.wesdb.internal.sqlite;

import java.util.OptionalLong;

/** What the outcomes of the last entries had come to at each index, for comparing with other nodes (I10). Thread safe. */
final class OutcomeHistory {
    /** As many as a leader may be ahead of what it has applied itself, many times over (I12). */
    static final int SIZE = 4_096;

    private final long[] digests = new long[SIZE];
    private long first = 1; // first > last: empty
    private long last;

    /** Each index follows the one before; the first may be any. */
    synchronized void add(long index, long digest) {
        if (first > last) {
            first = index;
        } else if (index != last + 1) {
            throw new IllegalArgumentException("index " + index + " does not follow " + last);
        }
        last = index;
        first = Math.max(first, last - SIZE + 1);
        digests[slot(index)] = digest;
    }

    /** Empty if the index is before what is remembered, or not applied yet. */
    synchronized OptionalLong at(long index) {
        return index < first || index > last ? OptionalLong.empty() : OptionalLong.of(digests[slot(index)]);
    }

    private static int slot(long index) {
        return (int) (index % SIZE);
    }
}
