package io.wesdb.internal.snapshot;

import java.nio.file.Path;

/**
 * One thing that is done to the disk; told before it is done. A test crashes there by throwing, or reads from the steps
 * what a power failure would leave.
 *
 * @param kind what is done
 * @param path the file or directory it is done to
 * @param target where a file is moved to; otherwise the same as {@code path}
 */
public record FileStep(Kind kind, Path path, Path target) {
    /** What is done. */
    public enum Kind {
        /** A small file is written, not yet synced. */
        WRITE,
        SYNC_FILE,
        MOVE,
        DELETE,
        CREATE_DIRECTORY,
        SYNC_DIRECTORY,
        /** A piece of a snapshot is appended, not yet synced. */
        APPEND
    }
}
