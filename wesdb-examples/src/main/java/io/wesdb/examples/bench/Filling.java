package io.wesdb.examples.bench;

import java.io.IOException;
import java.util.Map;

/** A table that makes the database as large as is asked for, of random bytes that every node makes by itself. */
final class Filling {
    static final String UPDATE = "UPDATE data SET n = n + 1 WHERE id = ?";
    /** With its key and what SQLite itself needs. */
    static final int ROW_BYTES = 1_024;

    private static final String TABLE =
            "CREATE TABLE data(id INTEGER PRIMARY KEY, n INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL)";
    private static final int ROWS_A_COMMAND = 8_192;
    private static final int OVERHEAD_BYTES = 16;

    private final Cluster cluster;
    private long rows;

    Filling(Cluster cluster) throws IOException {
        this.cluster = cluster;
        cluster.nodes().get(0).ask("execute", Map.of("sql", TABLE));
    }

    long rows() {
        return rows;
    }

    /** Returns when every node's database has so many bytes, or more already. */
    void upTo(long bytes) throws IOException, InterruptedException {
        WorkerProcess leader = cluster.leader();
        while (rows * ROW_BYTES < bytes) {
            long some = Math.min(ROWS_A_COMMAND, bytes / ROW_BYTES + 1 - rows);
            leader.ask(
                    "execute",
                    Map.of(
                            "sql",
                            "INSERT INTO data(body) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                                    + " WHERE i < " + some + ") SELECT randomblob(" + (ROW_BYTES - OVERHEAD_BYTES)
                                    + ") FROM c"));
            rows += some;
        }
        cluster.awaitApplied();
    }
}
