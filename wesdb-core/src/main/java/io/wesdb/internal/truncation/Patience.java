package io.wesdb.internal.truncation;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Tells what has lasted from what only seems so: a view of the members that lags, a report that is a second old. For one thread. */
final class Patience {
    private final long nanos;
    private final Map<String, Long> since = new HashMap<>();

    Patience(long millis) {
        this.nanos = millis * 1_000_000;
    }

    /** Whether it has held for {@code node} each time that was asked, for long enough. */
    boolean lasts(String node, boolean holds, long nowNanos) {
        if (!holds) {
            since.remove(node);
            return false;
        }
        Long began = since.putIfAbsent(node, nowNanos);
        return began != null && nowNanos - began >= nanos;
    }

    void retain(Set<String> nodes) {
        since.keySet().retainAll(nodes);
    }

    void clear() {
        since.clear();
    }
}
