package io.wesdb.internal.node;

import io.wesdb.internal.sqlite.StorageException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Why this node's file must be replaced, and how.
 *
 * @param why for a person
 * @param asideFor names the directory into which the old file is set aside; null for a file that is sound and merely
 *     too old, which is kept until a snapshot takes its place
 * @param proven false if only SQLite's word in the middle of something speaks for it: then the file is checked as a
 *     whole first, for an entry that looks like damage to every node must not cost every node its file
 * @param healthy the nodes whose snapshots are trusted; empty for any
 */
record Replacement(String why, @Nullable String asideFor, boolean proven, Set<String> healthy) {
    /** A sound file that the log does not reach back to. */
    static Replacement ofOldFile(String why) {
        return new Replacement(why, null, true, Set.of());
    }

    /** A file that seems to be damaged, because of {@code cause}. */
    static Replacement ofDamagedFile(String why, StorageException cause) {
        return new Replacement(why, "damaged", !cause.isSqlites(), Set.of());
    }

    static Replacement ofDivergedFile(String why, Set<String> healthy) {
        return new Replacement(why, "diverged", true, healthy);
    }
}
