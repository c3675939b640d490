package io.wesdb.internal.cluster;

/**
 * What every node of a cluster must share; written once, by whoever comes first.
 *
 * @param clusterId a UUID, made with the cluster
 * @param lineage a UUID, made anew when the cluster is restarted from one node's file: files of another lineage are
 *     replaced by a snapshot
 * @param baseIndex the index at which the log begins: the first entry is the one after it; 0 unless restarted
 * @param formatVersion of the log and the replicated state
 * @param foreignKeys whether foreign keys are enforced
 * @param timeZone the zone id that SQL's 'localtime' and 'utc' follow
 * @param pageSizeBytes of the SQLite files
 * @param maxResultBytes bound on the rows that one command may give back (a command beyond it is refused, on every node alike)
 * @param secret what members prove to each other that they belong to the cluster, hexadecimal
 */
public record ClusterConfig(
        String clusterId,
        String lineage,
        long baseIndex,
        int formatVersion,
        boolean foreignKeys,
        String timeZone,
        int pageSizeBytes,
        long maxResultBytes,
        String secret) {
    /** The format this code writes, and the newest that it reads. */
    public static final int FORMAT_VERSION = 3;
}
