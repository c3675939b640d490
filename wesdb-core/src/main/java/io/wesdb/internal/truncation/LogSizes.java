package io.wesdb.internal.truncation;

import java.util.Map;
import java.util.TreeMap;

/**
 * What is known of how many bytes the log has come to at which index: every so many of the entries that were committed,
 * and those that were read to find out. Bounded; for one thread.
 */
final class LogSizes {
    /** So many facts over the bound's length: a cut by bytes is at most that part of it too low. */
    private static final int FACTS = 512;

    private static final int MAX_FACTS = 8 * FACTS;

    private final TreeMap<Long, Long> bytesAt = new TreeMap<>();
    private final long stride;
    private long headIndex;
    private long headBytes;

    /**
     * Either an answer or what must be known for it.
     *
     * @param index the answer if it is known, else the index of an entry to be read
     */
    record Step(long index, boolean known) {}

    LogSizes(int maxEntries) {
        this.stride = Math.max(1, maxEntries / FACTS);
    }

    /** The last index whose size is known; 0 if none is. */
    long headIndex() {
        return headIndex;
    }

    /** All entries up to {@code index} have {@code bytes}. */
    void committed(long index, long bytes) {
        if (index > headIndex) {
            headIndex = index;
            headBytes = bytes;
        }
        if (bytesAt.isEmpty() || index >= bytesAt.lastKey() + stride) {
            add(index, bytes);
        }
    }

    /** An entry of {@code length} was read, and up to it all have {@code bytes}. */
    void read(long index, long length, long bytes) {
        committed(index, bytes);
        add(index, bytes);
        add(index - 1, bytes - length);
    }

    private void add(long index, long bytes) {
        if (bytesAt.size() >= MAX_FACTS) {
            bytesAt.clear();
        }
        bytesAt.put(index, bytes);
    }

    /** What is far below {@code first} is of no use any more. */
    void forgetBelow(long first) {
        Long floor = bytesAt.floorKey(first - 1);
        if (floor != null) {
            bytesAt.headMap(floor).clear();
        }
    }

    /** At least as many bytes as a log has that begins at {@code first}; 0 as long as nothing is known. */
    long atMost(long first) {
        Map.Entry<Long, Long> before = bytesAt.floorEntry(first - 1);
        return before == null ? 0 : headBytes - before.getValue();
    }

    /** The lowest index from {@code first} on at which the log can begin to have at most {@code maxBytes}, or slightly above it. */
    Step beginningWithin(long first, long maxBytes) {
        Map.Entry<Long, Long> low = bytesAt.floorEntry(first - 1);
        if (low != null && headBytes - low.getValue() <= maxBytes) {
            return new Step(first, true);
        } else if (low == null || low.getKey() < first - 1) {
            return new Step(first, false);
        }
        long high = headIndex;
        for (Map.Entry<Long, Long> fact : bytesAt.tailMap(first).entrySet()) {
            if (headBytes - fact.getValue() <= maxBytes) {
                high = fact.getKey();
                break;
            }
            low = fact;
        }
        return high - low.getKey() <= stride
                ? new Step(high + 1, true)
                : new Step(low.getKey() + (high - low.getKey()) / 2, false);
    }
}
