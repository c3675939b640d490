package io.wesdb.internal.snapshot;

/** A node was asked for a snapshot, or for a piece of one, and says no. */
public final class SnapshotRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. The numbers travel between nodes: never change one. */
    public enum Reason {
        /** It gives to as many nodes as it may, or is making a copy that is of no use here. */
        BUSY(1),
        /** It is recovering, quarantined or closing. */
        NOT_SERVING(2),
        /** The snapshot asked for is not there any more; another one may be asked for. */
        GONE(3),
        /** Its disk has no room for a copy. */
        NO_SPACE(4),
        /** It could not, or was asked for something impossible. */
        FAILED(5),
        /** It has not got as far as the index asked for. */
        BEHIND(6);

        private final int number;

        Reason(int number) {
            this.number = number;
        }

        public int number() {
            return number;
        }
    }

    private final Reason reason;
    private final long retryAfterMillis;

    /** @param retryAfterMillis when asking again makes sense; 0 if it does not know */
    public SnapshotRefusedException(Reason reason, String message, long retryAfterMillis) {
        super(message, null, false, false);
        this.reason = reason;
        this.retryAfterMillis = retryAfterMillis;
    }

    public Reason reason() {
        return reason;
    }

    public long retryAfterMillis() {
        return retryAfterMillis;
    }

    @Override
    public String toString() {
        return reason + ": " + getMessage();
    }
}
