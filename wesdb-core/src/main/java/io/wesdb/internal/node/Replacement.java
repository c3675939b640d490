package io.wesdb.internal.node;

import java.util.Set;

/**
 * Why this node's file must be replaced, and how.
 *
 * @param why for a person
 * @param asideFor names the directory into which the old file is set aside; null for a file that is sound and merely
 *     too old, which is kept until a snapshot takes its place
 * @param healthy the nodes whose snapshots are trusted; empty for any
 */
record Replacement(
        String why, @org.jspecify.annotations.Nullable String asideFor, Set<String> healthy) {
    /** A sound file that the log does not reach back to. */
    static Replacement ofOldFile(String why) {
        return new Replacement(why, null, Set.of());
    }

    static Replacement ofBadFile(String asideFor, String why) {
        return new Replacement(why, asideFor, Set.of());
    }

    static Replacement ofDivergedFile(String why, Set<String> healthy) {
        return new Replacement(why, "diverged", healthy);
    }
}
