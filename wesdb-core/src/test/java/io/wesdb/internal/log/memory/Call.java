package io.wesdb.internal.log.memory;

/**
 * One request of a node to the store, or one event from the store to a node; what a {@link FaultPlan} decides about.
 *
 * @param node who calls
 * @param kind what it is
 * @param index of the entry, for APPEND and READ, else 0
 * @param epoch of the term, for APPEND, else 0
 */
public record Call(String node, Kind kind, long index, long epoch) {
    /** What a call can be. */
    public enum Kind {
        APPEND,
        READ,
        HEAD,
        TERM,
        FIRST,
        TRUNCATE,
        /** The first half of beginTerm: from here on older terms are fenced. */
        RAISE_FENCE,
        /** The second half of beginTerm. */
        HEAD_AFTER_FENCE,
        /** Head or term have changed; only the last of several that wait is delivered. */
        EVENT,
        /** What concerns the cluster more than its log. */
        OTHER
    }
}
