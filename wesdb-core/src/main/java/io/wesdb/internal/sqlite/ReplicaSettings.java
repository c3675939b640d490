package io.wesdb.internal.sqlite;

import java.nio.file.Path;
import java.time.ZoneId;

/**
 * How to open a node's SQLite file.
 *
 * @param path the file
 * @param clusterId whose replica it is
 * @param lineage which history of that cluster it follows: changes when the cluster is restarted from a file
 * @param foreignKeys whether foreign keys are enforced
 * @param timeZone what 'localtime' and 'utc' mean
 * @param pageSizeBytes for a file that is made new
 * @param maxResultBytes bound on the rows of one command
 */
public record ReplicaSettings(
        Path path,
        String clusterId,
        String lineage,
        boolean foreignKeys,
        ZoneId timeZone,
        int pageSizeBytes,
        long maxResultBytes) {}
