package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the node program says and how it ends when it does not come to serve. */
class NodeProgramTest {
    @TempDir
    Path directory;

    private record Ended(int exitCode, String out, String err) {}

    private static Ended run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = NodeProgram.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Ended(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--db",
                "--db a.db",
                "--http 127.0.0.1:0",
                "--db a.db --http 127.0.0.1:0 --bogus",
                "--db a.db --http 127.0.0.1:0 surplus",
                "--db a.db --http 127.0.0.1",
                "--db a.db --http 127.0.0.1:http",
                "--db a.db --http 127.0.0.1:65536",
                "--db a.db --http ::1:80",
                "--db a.db --http 127.0.0.1:0 --http 127.0.0.1:0",
                "--db a.db --http 127.0.0.1:0 --zk h:2181 --embedded-zk 127.0.0.1:0",
                "--db a.db --http 127.0.0.1:0 --session-timeout 10",
                "--db a.db --http 127.0.0.1:0 --session-timeout -2s",
                "--db a.db --http 127.0.0.1:0 --session-timeout 1ms",
                "--db a.db --http 127.0.0.1:0 --request-timeout 2h",
                "--db a.db --http 127.0.0.1:0 --max-body 1x",
                "--db a.db --http 127.0.0.1:0 --max-body 2g",
                "--db a.db --http 127.0.0.1:0 --max-readers many",
                "--db a.db --http 127.0.0.1:0 --time-zone Mars/Olympus",
                "--db a.db --http 127.0.0.1:0 --cluster a/b",
                "--db a.db --http 127.0.0.1:0 --log-level loud",
                "--db / --http 127.0.0.1:0",
                "--db a.db --http 127.0.0.1:0 --max-log-entries 99",
                "--db a.db --http 127.0.0.1:0 --max-log-bytes 17g",
                "--db a.db --http 127.0.0.1:0 --forget-absent-after 366d",
                "--db a.db --http 127.0.0.1:0 --forget-absent-after never",
                "--db a.db --http 127.0.0.1:0 --verify-interval 1s",
                "--db a.db --http 127.0.0.1:0 --optimize-interval 366d",
                "--db a.db --http 127.0.0.1:0 --max-wal-bytes 63m",
                "--db a.db --http 127.0.0.1:0 --max-snapshot-transfers 17",
                "--db a.db --http 127.0.0.1:0 --max-snapshot-bytes-per-second 1k",
                "--db a.db --http 127.0.0.1:0 --verify",
                "--db a.db --http 127.0.0.1:0 --server http://127.0.0.1:1",
                "--server http://127.0.0.1:1",
                "--verify",
                "--remove-node n2",
                "--server 127.0.0.1:1 --verify",
                "--server http://127.0.0.1:1/x --verify",
                "--server http://127.0.0.1:1 --trust-node",
                "--server http://127.0.0.1:1 --verify --remove-node n2",
                "--server http://127.0.0.1:1 --trust-node n1 --remove-node n2",
                "--server http://127.0.0.1:1 --verify --db a.db",
                "--server http://127.0.0.1:1 --verify --zk h:2181",
                "--server http://127.0.0.1:1 --verify --restart-cluster",
            })
    void aWrongOptionGivesOneClearLineAndExitCode2(String line) {
        Ended ended = run(line.isEmpty() ? new String[0] : line.split(" "));

        assertEquals(2, ended.exitCode(), ended::toString);
        assertEquals("", ended.out());
        assertOneLine(ended.err());
        assertTrue(ended.err().contains("--help"), ended.err());
    }

    @Test
    void everyOptionOfUpkeepReachesItsSetting() {
        Ended ended = run(("--db a.db --http 127.0.0.1:0 --max-log-entries 1 --max-log-bytes 1 --forget-absent-after 1s"
                        + " --verify-interval 1s --optimize-interval 1s --max-wal-bytes 1k --max-snapshot-transfers 0 --max-snapshot-bytes-per-second 1")
                .split(" "));

        assertEquals(2, ended.exitCode());
        for (String setting : List.of(
                "maxLogEntries",
                "maxLogBytes",
                "forgetAbsentNodesAfter",
                "verifyInterval",
                "optimizeInterval",
                "maxWalBytes",
                "maxSnapshotTransfers",
                "maxSnapshotBytesPerSecond")) {
            assertTrue(ended.err().contains(setting), setting + " in " + ended.err());
        }
    }

    @Test
    void everyFaultOfTheSettingsIsNamedInThatLine() {
        Ended ended =
                run("--db", "a.db", "--http", "127.0.0.1:0", "--cluster", "a/b", "--node", "c d", "--max-readers", "0");

        assertEquals(2, ended.exitCode());
        assertOneLine(ended.err());
        for (String setting : List.of("cluster", "nodeId", "maxReaders")) {
            assertTrue(ended.err().contains(setting), ended.err());
        }
    }

    @Test
    void aFailedStartGivesOneClearLineAndExitCode1() {
        String file = directory.resolve("missing").resolve("a.db").toString();

        Ended ended = run("--db", file, "--http", "127.0.0.1:0", "--start-timeout", "2s");

        assertEquals(1, ended.exitCode(), ended::toString);
        assertEquals("", ended.out());
        assertOneLine(ended.err());
    }

    @Test
    void zooKeeperOutOfReachGivesOneClearLineAndExitCode1() {
        String file = directory.resolve("a.db").toString();

        // Nothing listens at port 1 of the loopback interface.
        Ended ended = run("--db", file, "--http", "127.0.0.1:0", "--zk", "127.0.0.1:1", "--start-timeout", "1s");

        assertEquals(1, ended.exitCode(), ended::toString);
        assertEquals("", ended.out());
        assertOneLine(ended.err());
    }

    @Test
    void helpNamesEveryOptionOnStandardOutput() {
        Ended ended = run("--help");

        assertEquals(0, ended.exitCode());
        assertEquals("", ended.err());
        for (String option : NodeProgram.optionNames()) {
            assertTrue(ended.out().contains(option), option);
        }
    }

    @Test
    void versionIsOneLineOnStandardOutput() {
        Ended ended = run("--version");

        assertEquals(0, ended.exitCode());
        assertEquals("", ended.err());
        assertOneLine(ended.out());
        assertTrue(ended.out().startsWith("wesdb-node "), ended.out());
    }

    private static void assertOneLine(String text) {
        assertEquals(1, text.lines().count(), text);
        assertTrue(text.endsWith("\n"), text);
    }
}
