package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that the node program gives to a node that runs: what is asked, what is said, how it ends. */
class NodeCommandsTest {
    private static final String REFUSED = "{\"error\":\"n2 is present\",\"code\":\"BAD_REQUEST\"}";

    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private HttpServer node;
    private volatile int status = 200;
    private volatile String answer = "{}";

    @BeforeEach
    void start() throws IOException {
        node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        node.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body);
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        node.start();
    }

    @AfterEach
    void stop() {
        node.stop(0);
    }

    private record Ended(int exitCode, String out, String err) {}

    private Ended run(String... command) {
        List<String> arguments = new ArrayList<>(
                List.of("--server", "http://127.0.0.1:" + node.getAddress().getPort()));
        arguments.addAll(List.of(command));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = NodeProgram.run(
                arguments.toArray(new String[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Ended(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void removingAndTrustingANodeEndWithOneLineAndExitCode0() {
        Ended removed = run("--remove-node", "n2");
        assertEquals(0, removed.exitCode(), removed::toString);
        assertEquals("n2 is off the register; the log is no longer kept for it\n", removed.out());
        Ended trusted = run("--trust-node", "n3");
        assertEquals(0, trusted.exitCode(), trusted::toString);
        assertEquals("n3 is trusted; nodes that differ from it take a snapshot from it\n", trusted.out());
        assertEquals("", removed.err() + trusted.err());
        assertEquals(List.of("POST /nodes/remove {\"node\":\"n2\"}", "POST /nodes/trust {\"node\":\"n3\"}"), asked);
    }

    @Test
    void handingOverTellsWhoLeadsThen() {
        answer = "{\"leader\":\"n2\"}";
        for (String[] command : new String[][] {{"--transfer-leadership"}, {"--transfer-leadership", "n2"}}) {
            Ended ended = run(command);
            assertEquals(0, ended.exitCode(), ended::toString);
            assertEquals("n2 leads\n", ended.out());
        }
        assertEquals(List.of("POST /leader/transfer {}", "POST /leader/transfer {\"node\":\"n2\"}"), asked);
    }

    @Test
    void whatTheNodeRefusesIsOneLineOnStandardErrorAndExitCode1() {
        status = 400;
        answer = REFUSED;
        for (String[] command : new String[][] {{"--remove-node", "n2"}, {"--trust-node", "n2"}, {"--verify"}}) {
            Ended ended = run(command);
            assertEquals(1, ended.exitCode(), ended::toString);
            assertEquals("", ended.out());
            assertEquals(1, ended.err().lines().count(), ended.err());
            assertTrue(ended.err().contains("n2 is present") && ended.err().contains("BAD_REQUEST"), ended.err());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'index':7,'sound':true,'tied':false,'agreeing':['n1','n2'],'differing':{},'silent':[]}"
                        + "| 0 | verified at index 7: n1, n2: equal",
                "{'index':8,'sound':false,'tied':false,'agreeing':['n1','n2'],'differing':{'n3':['t','u']},'silent':['n4']}"
                        + "| 1 | verified at index 8: n1, n2 agree; n3 differs in t, u; n4 did not report in time",
                "{'index':9,'sound':false,'tied':true,'agreeing':[],'differing':{'n1':['t'],'n2':['t']},'silent':[]}"
                        + "| 1 | verified at index 9: the nodes differ and there is no majority (see --trust-node);"
                        + " n1 differs in t; n2 differs in t",
                "{'index':9,'sound':false,'tied':false,'agreeing':[],'differing':{},'silent':['n1']}"
                        + "| 1 | verified at index 9: n1 did not report in time",
            },
            quoteCharacter = '"')
    void verifyEndsWithExitCode0OnlyIfAllAreShownToBeEqual(String json, int exitCode, String line) {
        answer = json.replace('\'', '"');
        Ended ended = run("--verify");
        assertEquals(exitCode, ended.exitCode(), ended::toString);
        assertEquals(line + "\n", ended.out());
        assertEquals("", ended.err());
        assertEquals(List.of("POST /verify {\"timeoutMillis\":300000}"), asked);
    }

    @Test
    void aServerThatIsNotThereOrIsNoNodeIsOneLineAndExitCode1() {
        for (String wrong : List.of("<html>", "[]", "{\"index\":1}")) {
            answer = wrong;
            assertFailed(run("--verify"));
        }
        node.stop(0);
        Ended gone = run("--verify");
        assertFailed(gone);
        assertTrue(gone.err().contains("cannot be reached"), gone.err());
    }

    private static void assertFailed(Ended ended) {
        assertEquals(1, ended.exitCode(), ended::toString);
        assertEquals("", ended.out());
        assertEquals(1, ended.err().lines().count(), ended.err());
        assertTrue(ended.err().startsWith("wesdb-node: "), ended.err());
    }
}
