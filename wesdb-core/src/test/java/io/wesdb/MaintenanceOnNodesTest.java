package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.testing.ContentsOf;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ANALYZE, PRAGMA optimize, REINDEX and VACUUM leave all nodes equal, contents and statistics alike (I3). */
class MaintenanceOnNodesTest {
    private static String rows(int count) {
        return "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < " + count + ")"
                + " INSERT INTO t(k, v, w) SELECT i * 7919 % 100, random(), hex(randomblob(i % 40)) FROM n";
    }

    @TempDir
    Path directory;

    private TestCluster cluster;

    @BeforeEach
    void open() throws IOException {
        cluster = new TestCluster(directory)
                .with(builder -> builder.verifyInterval(Duration.ZERO)
                        .optimizeInterval(Duration.ZERO)
                        .requestTimeout(Duration.ofSeconds(30)));
        cluster.start(3);
        cluster.node(cluster.leader())
                .executeScript("CREATE TABLE t(k, v, w); CREATE INDEX tk ON t(k); CREATE INDEX tvk ON t(v, k);"
                        + " CREATE TABLE no_rowid(a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;"
                        + " CREATE VIRTUAL TABLE words USING fts5(w);"
                        + rows(500) + "; INSERT INTO no_rowid SELECT v, k FROM t; INSERT INTO words SELECT w FROM t;"
                        + " DELETE FROM t WHERE rowid % 3 = 0");
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private void run(String sql) {
        cluster.node(cluster.follower()).execute(sql);
        assertEqual(sql);
    }

    private void assertEqual(String after) {
        long index = cluster.node(cluster.leader()).status().applied();
        Awaitility.await(after)
                .atMost(60, TimeUnit.SECONDS)
                .until(() -> cluster.nodes().values().stream()
                        .allMatch(node -> node.status().applied() >= index));
        List<String> expected = ContentsOf.file(cluster.file("a"));
        cluster.nodes().keySet().forEach(name -> {
            List<String> contents = ContentsOf.file(cluster.file(name));
            assertEquals(String.join("\n", expected), String.join("\n", contents), name + " after " + after);
        });
        VerificationResult verified = cluster.node(cluster.leader()).verify(Duration.ofSeconds(30));
        assertTrue(verified.sound(), after + ": " + verified);
        assertEquals(cluster.nodes().keySet().size(), verified.agreeing().size(), after + ": " + verified);
    }

    private long count(String table) {
        return cluster.node("b")
                .query("SELECT count(*) FROM " + table)
                .rows()
                .get(0)
                .getLong(0);
    }

    @Test
    void contentsAndStatisticsAreEqualOnAllNodesAfterEachKindOfMaintenance() {
        run("ANALYZE");
        assertTrue(count("sqlite_stat1 WHERE tbl = 't'") == 2 && count("sqlite_stat4 WHERE tbl = 't'") > 0);
        cluster.node(cluster.follower()).execute(rows(9000)); // more than a bounded ANALYZE looks at
        cluster.stop(cluster.follower());
        List<Row> before = cluster.node(cluster.leader())
                .query("SELECT stat FROM sqlite_stat1 WHERE tbl = 't'")
                .rows();
        cluster.node(cluster.leader()).execute("PRAGMA optimize");
        assertFalse(before.equals(cluster.node(cluster.leader())
                .query("SELECT stat FROM sqlite_stat1 WHERE tbl = 't'")
                .rows()));
        List.of("a", "b", "c").stream()
                .filter(name -> !cluster.nodes().containsKey(name))
                .forEach(cluster::start); // does the same later, on connections that have done nothing else
        assertEqual("PRAGMA optimize");
        run("DELETE FROM t WHERE k < 50");
        run("REINDEX");
        run("VACUUM");
        run("ANALYZE t");
        run("PRAGMA optimize");
    }
}
