package io.wesdb.internal.sqlite;

import org.jspecify.annotations.Nullable;

/**
 * A fault of this node's storage (I/O error, full or read-only disk, damage, out of memory), never an outcome of a
 * command: the node must stop applying.
 */
public final class StorageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StorageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
