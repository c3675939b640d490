package io.wesdb.internal.truncation;

import java.util.Map;
import java.util.TreeMap;

/**
 * What is known of how many bytes the log has come to at which index: after every so many bytes that were committed, and at
 * the entries that were read to find out. Bounded; for one thread.
 */
final class LogSizes {
    /** So many facts to the length of the bound: by that part of it a cut may be too much, if entries are not larger. */
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

    LogSizes(long maxBytes) {
        this.stride = maxBytes / FACTS;
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
        Map.Entry<Long, Long> last = bytesAt.lastEntry();
        if (last == null || (index > last.getKey() && bytes >= last.getValue() + stride)) {
            bytesAt.put(index, bytes);
        }
        while (bytesAt.size() > MAX_FACTS) {
            bytesAt.pollFirstEntry();
        }
    }

    /** An entry of {@code length} was read, and up to it all have {@code bytes}. */
    void read(long index, long length, long bytes) {
        committed(index, bytes);
        bytesAt.put(index, bytes);
        bytesAt.put(index - 1, bytes - length);
    }

    /** What is far below {@code first} is of no use any more. */
    void forgetBelow(long first) {
        Long floor = bytesAt.floorKey(first - 1);
        if (floor != null) {
            bytesAt.headMap(floor).clear();
        }
    }

    /** About as many bytes as a log has that begins at {@code first}, as far as is known without reading. */
    long about(long first) {
        Map.Entry<Long, Long> before = bytesAt.floorEntry(first - 1);
        Map.Entry<Long, Long> known = before == null ? bytesAt.firstEntry() : before;
        return known == null ? 0 : headBytes - known.getValue();
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
        long highBytes = headBytes;
        for (Map.Entry<Long, Long> fact : bytesAt.tailMap(first).entrySet()) {
            if (headBytes - fact.getValue() <= maxBytes) {
                high = fact.getKey();
                highBytes = fact.getValue();
                break;
            }
            low = fact;
        }
        return high - low.getKey() == 1 || highBytes - low.getValue() <= stride
                ? new Step(high + 1, true)
                : new Step(low.getKey() + (high - low.getKey()) / 2, false);
    }
}
