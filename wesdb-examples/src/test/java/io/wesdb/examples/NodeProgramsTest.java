package io.wesdb.examples;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Node programs as an operator meets them: processes, signals, HTTP. */
@Timeout(60)
class NodeProgramsTest {
    private static final List<Map<String, String>> PLAIN = List.of(Map.of(), Map.of(), Map.of());

    @TempDir
    Path directory;

    @Test
    void aWriteThroughAnyOfThreeIsReadOnAllAndEachLeavesOnSigtermWithExitCode0() throws Exception {
        try (ThreePrograms programs =
                ThreePrograms.start(NodeProcess.javaCommand(), directory, PLAIN, List.of("--session-timeout", "2s"))) {
            long index = programs.client(0)
                    .execute("CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)")
                    .index();
            for (int i = 0; i < 3; i++) {
                index = programs.client(i)
                        .execute("INSERT INTO note(text) VALUES (?)", "through " + i)
                        .index();
            }
            for (NodeClient client : programs.clients()) {
                assertEquals(
                        "[[1, through 0], [2, through 1], [3, through 2]]",
                        client.query(index, "SELECT id, text FROM note ORDER BY id")
                                .rows()
                                .toString());
                NodeClient.Refused refused = assertThrows(
                        NodeClient.Refused.class,
                        () -> client.execute("INSERT INTO note(text) VALUES (?)", "through 0"));
                assertEquals("CONSTRAINT", refused.code());
            }
            // The one with the ZooKeeper server last, so that the others can take their leave.
            for (int i = 2; i >= 0; i--) {
                assertEquals(0, programs.stop(i), programs.log(i));
            }
        }
    }

    @Test
    void aNodeProgramAloneNeedsNoZooKeeperAndComesBackWithItsData() throws Exception {
        List<String> options = List.of(
                "--db", directory.resolve("alone.db").toString(), "--http", "127.0.0.1:0", "--session-timeout", "2s");
        Path log = directory.resolve("alone.log");
        long index;
        try (NodeProcess process = NodeProcess.start(NodeProcess.javaCommand(), Map.of(), log, options)) {
            NodeClient client = new NodeClient(HttpClient.newHttpClient(), process.awaitReady());
            index = client.execute("CREATE TABLE t AS SELECT 42 AS x").index();
            assertEquals(0, process.stop(), process.readLog());
        }
        try (NodeProcess process = NodeProcess.start(NodeProcess.javaCommand(), Map.of(), log, options)) {
            NodeClient client = new NodeClient(HttpClient.newHttpClient(), process.awaitReady());
            assertEquals("[[42]]", client.query(index, "SELECT x FROM t").rows().toString());
            assertEquals(0, process.stop(), process.readLog());
        }
    }

    @Test
    void sigtermWhileItStillStartsEndsItWithExitCode0() throws Exception {
        // Nothing listens at port 1 of the loopback interface, so the start waits.
        List<String> options = List.of(
                "--db", directory.resolve("early.db").toString(), "--http", "127.0.0.1:0", "--zk", "127.0.0.1:1");
        try (NodeProcess process =
                NodeProcess.start(NodeProcess.javaCommand(), Map.of(), directory.resolve("early.log"), options)) {
            await().atMost(30, TimeUnit.SECONDS).until(() -> Files.exists(directory.resolve("early.db-node")));
            assertEquals(0, process.stop(), process.readLog());
        }
    }

    @Test
    void aSecondProgramOnTheSameFileIsRefusedAndTheFirstServesOn() throws Exception {
        List<String> options = List.of(
                "--db", directory.resolve("one.db").toString(), "--http", "127.0.0.1:0", "--start-timeout", "5s");
        try (NodeProcess first =
                NodeProcess.start(NodeProcess.javaCommand(), Map.of(), directory.resolve("first.log"), options)) {
            NodeClient client = new NodeClient(HttpClient.newHttpClient(), first.awaitReady());
            Path secondLog = directory.resolve("second.log");
            try (NodeProcess second = NodeProcess.start(NodeProcess.javaCommand(), Map.of(), secondLog, options)) {
                assertEquals(1, second.awaitEnd(), second.readLog());
                assertTrue(
                        second.readLog().lines().anyMatch(line -> line.startsWith("wesdb-node: ")), second.readLog());
            }
            assertTrue(client.execute("CREATE TABLE t(x)").index() > 0);
        }
    }
}
