package io.wesdb.internal.snapshot;

/** A snapshot that was received is not what was offered or not what is needed; it has been deleted. */
public final class SnapshotRejectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What a snapshot is tested for. */
    public enum Check {
        /** As many bytes as offered. */
        LENGTH,
        /** The bytes' checksum is the one offered. */
        CHECKSUM,
        /** It is a replica, as far as its own record shows. */
        REPLICA,
        FORMAT,
        CLUSTER,
        LINEAGE,
        /** It is at the index that was offered. */
        INDEX,
        /** SQLite's own check of every page and index. */
        INTEGRITY
    }

    private final Check check;

    SnapshotRejectedException(Check check, String message) {
        super(message);
        this.check = check;
    }

    /** The check that it failed. */
    public Check check() {
        return check;
    }
}
