package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A fault of this node's storage (I/O error, full or read-only disk, damage, out of memory), never an outcome of a
 * command: the node must stop applying. {@link #kind()} tells what may help.
 */
public final class StorageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What may help. */
    public enum Kind {
        /** Opening the file again later: full disk, I/O error, cannot open, no memory, someone else has it locked. */
        RETRY,
        /** Another file: this one is damaged, or someone else has written to it. */
        DAMAGED,
        /** Nothing that a node could do by itself: a bug, another format, another cluster's file. */
        FATAL
    }

    private final Kind kind;

    public StorageException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** Whether SQLite said so, which sees but a part of the file at a time. */
    public boolean isSqlites() {
        return getCause() instanceof SQLException;
    }

    public Kind kind() {
        return kind;
    }
}
