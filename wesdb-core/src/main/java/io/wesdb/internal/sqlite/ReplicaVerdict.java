package io.wesdb.internal.sqlite;

import java.nio.file.Path;

/** What {@link ReplicaInspector} found at a node's path. */
public sealed interface ReplicaVerdict {
    /** For a person, in one piece: what was found, where, and what to do. */
    String message(Path file);

    /** No file, an empty one, or a database in which nothing is yet: a file that was being made when power failed. */
    record Absent() implements ReplicaVerdict {
        @Override
        public String message(Path file) {
            return "there is no database at " + file + " yet; a node that starts with it begins anew";
        }
    }

    /**
     * A replica that can be opened.
     *
     * @param position how far it has got
     * @param clusterId whose it is
     * @param lineage which history of that cluster it follows
     */
    record Sound(ReplicaPosition position, String clusterId, String lineage) implements ReplicaVerdict {
        @Override
        public String message(Path file) {
            return file + " is a sound replica of cluster " + clusterId + " at index " + position.applied();
        }
    }

    /** Not a database, or not all of one. */
    record Damaged(String why) implements ReplicaVerdict {
        @Override
        public String message(Path file) {
            return file + " is damaged: " + why + ". A healthy member's snapshot can replace it (the file itself is set"
                    + " aside, not deleted); where no member is healthy, put a backup in its place";
        }
    }

    /** A replica of another cluster. */
    record Foreign(String clusterId) implements ReplicaVerdict {
        @Override
        public String message(Path file) {
            return file + " belongs to another cluster, whose id is " + clusterId
                    + ". It was not touched: give this node another path or the right cluster, or move the file away";
        }
    }

    /** A replica of this cluster as it was before it was restarted from a file. */
    record OtherLineage(String lineage, ReplicaPosition position) implements ReplicaVerdict {
        @Override
        public String message(Path file) {
            return file + " follows another history of this cluster (" + lineage + ", up to index " + position.applied()
                    + "): the cluster was restarted from another node's file. A member's snapshot can replace it (the"
                    + " file itself is set aside, not deleted)";
        }
    }

    /** A replica as another version of wesdb keeps it. */
    record WrongFormat(long format, boolean newer) implements ReplicaVerdict {
        @Override
        public String message(Path file) {
            return file + " has format " + format + ", " + (newer ? "newer" : "older") + " than "
                    + StateTables.FORMAT_VERSION + ", the only one that this version of wesdb reads. It was not"
                    + " touched: start the version of wesdb that wrote it, or move the file away";
        }
    }

    /** Someone else's SQLite database. */
    record NotOurs() implements ReplicaVerdict {
        @Override
        public String message(Path file) {
            return file + " is an SQLite database that is not wesdb's. It was not touched: give this node another path,"
                    + " or move the file away and load its content through wesdb";
        }
    }

    /** The file cannot be reached or its place cannot be written to; nothing is known of the file itself. */
    record Unusable(String why) implements ReplicaVerdict {
        @Override
        public String message(Path file) {
            return file + " cannot be used: " + why + ". Mend that and start again; nothing was changed";
        }
    }
}
