package io.wesdb.internal.sqlite;

/** A content was not hashed to its end, and nothing is wrong with it. */
public final class HashAbortedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        CANCELLED,
        /** It took longer than it was given, all the while holding back checkpoints. */
        LATE
    }

    private final Reason reason;

    HashAbortedException(Reason reason, long index) {
        super("hashing the content at index " + index + " was " + (reason == Reason.LATE ? "too slow" : "cancelled"));
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
