package io.wesdb.internal.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ErrorCode;
import io.wesdb.InvalidRequestException;
import io.wesdb.NodeStatus.Recovery;
import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.Role;
import io.wesdb.VerificationResult;
import io.wesdb.internal.http.RawHttp.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the HTTP interface tells of a node that is away, differs or recovers, and what a person can do there. */
class ClusterRoutesTest {
    @TempDir
    Path directory;

    private HttpFixture http;

    @BeforeAll
    static void watchLeaks() {
        Leaks.watch();
    }

    @BeforeEach
    void start() {
        http = new HttpFixture(directory);
    }

    @AfterEach
    void stop() throws InterruptedException {
        http.close();
        assertEquals(0, http.server.budget().used());
        Leaks.assertNone();
    }

    @Test
    void verifyTellsWhoAgreesWhoDiffersInWhichTablesAndWhoIsSilent() throws IOException {
        http.db.verification = new VerificationResult(
                42, List.of("n1", "n2"), Map.of("n4", List.of("u"), "n3", List.of("t", "u")), List.of("n5"), false);
        Response response = http.post("/verify", "");
        assertEquals(200, response.status(), response.body());
        assertEquals(
                "{\"index\":42,\"sound\":false,\"tied\":false,\"agreeing\":[\"n1\",\"n2\"],"
                        + "\"differing\":{\"n3\":[\"t\",\"u\"],\"n4\":[\"u\"]},\"silent\":[\"n5\"]}",
                response.body());
        assertEquals(Duration.ofMinutes(5), http.db.verifyTimeout, "without a timeout, that of verify()");
    }

    @Test
    void equalNodesAreSoundAndATieIsTold() throws IOException {
        assertEquals(
                "{\"index\":7,\"sound\":true,\"tied\":false,\"agreeing\":[\"n1\"],\"differing\":{},\"silent\":[]}",
                http.post("/verify", "{}").body());
        http.db.verification =
                new VerificationResult(8, List.of(), Map.of("n1", List.of("t"), "n2", List.of("t")), List.of(), true);
        Map<?, ?> tied = (Map<?, ?>) http.post("/verify", "{}").json();
        assertEquals(true, tied.get("tied"));
        assertEquals(false, tied.get("sound"));
    }

    @ParameterizedTest
    @CsvSource({"/verify?timeoutMillis=1500,''", "/verify,{\"timeoutMillis\":1500}"})
    void verifyTakesATimeoutInTheUrlOrInTheBody(String path, String body) throws IOException {
        assertEquals(200, http.post(path, body).status());
        assertEquals(Duration.ofMillis(1500), http.db.verifyTimeout);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/verify {\"timeoutMillis\":0}",
                "/verify {\"timeoutMillis\":3600001}",
                "/verify {\"timeoutMillis\":\"1\"}",
                "/verify {\"timeout\":1}",
                "/verify []",
                "/verify {",
                "/verify?timeout=1 {}",
                "/verify?timeoutMillis=x {}",
                "/verify?timeoutMillis=1 {\"timeoutMillis\":1}",
                "/nodes/remove ",
                "/nodes/remove {}",
                "/nodes/remove {\"node\":\" \"}",
                "/nodes/remove {\"node\":3}",
                "/nodes/remove {\"node\":null}",
                "/nodes/remove {\"node\":\"n2\",\"force\":true}",
                "/nodes/remove {\"node\":\"n2\"}{}",
                "/nodes/remove [\"n2\"]",
                "/nodes/remove?node=n2 {}",
                "/nodes/trust {}",
                "/nodes/trust?timeoutMillis=1 {\"node\":\"n2\"}",
                "/leader/transfer {\"node\":\" \"}",
                "/leader/transfer {\"node\":3}",
                "/leader/transfer {\"to\":\"n2\"}",
                "/leader/transfer?node=n2 {}",
            })
    void whatIsNotSuchARequestIsABadRequestAndNothingIsDone(String request) throws IOException {
        int space = request.indexOf(' ');
        Response response = http.post(request.substring(0, space), request.substring(space + 1));
        assertEquals(400, response.status(), response.body());
        assertEquals("BAD_REQUEST", response.code());
        assertEquals(List.of(), http.db.decisions);
        assertEquals(Duration.ZERO, http.db.verifyTimeout);
        http.assertAlive();
    }

    @Test
    void nodesAreRemovedAndTrusted() throws IOException {
        assertEquals("{}", http.post("/nodes/remove", "{\"node\":\"n2\"}").body());
        assertEquals("{}", http.post("/nodes/trust", "{\"node\":\"n3\"}").body());
        assertEquals(List.of("remove n2", "trust n3"), http.db.decisions);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nodes/remove", "/nodes/trust", "/verify", "/leader/transfer"})
    void theirErrorsAreThoseOfAWrite(String path) throws IOException {
        String body = path.equals("/verify") ? "{}" : "{\"node\":\"n2\"}";
        http.db.failNext(new InvalidRequestException("n2 is present"));
        refused(path, body, 400, "BAD_REQUEST", "n2 is present");
        http.db.failNext(new NotDoneException(ErrorCode.NO_LEADER, "nobody leads", Duration.ofSeconds(1)));
        refused(path, body, 503, "NO_LEADER", "nobody leads");
        http.db.failNext(new OutcomeUnknownException("who knows"));
        refused(path, body, 504, "OUTCOME_UNKNOWN", "who knows");
        http.db.failNext(new IllegalStateException("a bug"));
        refused(path, body, 500, "INTERNAL", "log");
        assertEquals(405, http.get(path).status());
        http.assertAlive();
    }

    private void refused(String path, String body, int status, String code, String message) throws IOException {
        Response response = http.post(path, body);
        assertEquals(status, response.status(), response.body());
        assertEquals(code, response.code());
        assertTrue(response.body().contains(message), response.body());
    }

    @Test
    void leadershipIsHandedToAnyOtherNodeOrToTheOneNamed() throws IOException {
        assertEquals("{\"leader\":\"n2\"}", http.post("/leader/transfer", "").body());
        assertEquals("{\"leader\":\"n2\"}", http.post("/leader/transfer", "{}").body());
        assertEquals(
                "{\"leader\":\"n3\"}",
                http.post("/leader/transfer", "{\"node\":\"n3\"}").body());
        assertEquals(List.of("transfer next", "transfer next", "transfer n3"), http.db.decisions);
        assertEquals(405, http.get("/leader/transfer").status());
        refused("/leader/transfer", "{\"node\":\"x9\"}", 400, "BAD_REQUEST", "x9");
    }

    @Test
    void transfersThatWaitHoldUpNothingElse() throws IOException {
        http.db.transfersEnd = new CompletableFuture<>();
        List<RawHttp> waiting = new ArrayList<>();
        for (int i = 0; i < 2 * HttpFixture.WORKERS; i++) {
            RawHttp each = http.connect();
            each.send(RawHttp.request("/leader/transfer", "application/json", "{}"));
            waiting.add(each);
        }
        assertEquals("{}", http.post("/nodes/trust", "{\"node\":\"n3\"}").body());
        assertEquals(List.of("trust n3"), http.db.decisions);
        http.db.transfersEnd.complete(null);
        for (RawHttp each : waiting) {
            assertEquals("{\"leader\":\"n2\"}", each.read().body());
            each.close();
        }
    }

    @Test
    void anUnknownNodeIsABadRequestThatNamesIt() throws IOException {
        refused("/nodes/remove", "{\"node\":\"x9\"}", 400, "BAD_REQUEST", "x9");
    }

    @Test
    void aQuarantinedNodeServesNothingAndSaysWhy() throws IOException {
        http.db.role = Role.QUARANTINED;
        http.db.fault = "its table t differs from that of n2 and n3 at index 9";
        refused("/query", "{\"sql\":\"SELECT 1\"}", 503, "NOT_READY", "table t");
        refused("/execute", "{\"sql\":\"CREATE TABLE t(x)\"}", 503, "NOT_READY", "table t");
        Response ready = http.get("/health/ready");
        assertEquals(503, ready.status());
        assertEquals("NOT_READY", ready.code());
        assertTrue(ready.body().contains("quarantined") && ready.body().contains("table t"), ready.body());
        assertEquals(200, http.get("/health/live").status(), "its process is sound");
        Map<?, ?> status = status();
        assertEquals("quarantined", status.get("role"));
        assertEquals(false, status.get("ready"));
        assertEquals(http.db.fault, status.get("fault"));
        assertEquals("{}", http.post("/nodes/trust", "{\"node\":\"n1\"}").body(), "a person can decide there");
    }

    @Test
    void statusTellsOfARecoveryADisputeAndTheLogsBeginning() throws IOException {
        Map<?, ?> sound = status();
        assertTrue(sound.keySet().containsAll(List.of("recovery", "dispute", "logFirst")));
        assertNull(sound.get("recovery"));
        assertNull(sound.get("dispute"));
        http.db.role = Role.RECOVERING;
        http.db.recovery = new Recovery("fetching", "n2", 900, 412, 1024, "entry 7 has left the log");
        http.db.dispute = "n1 and n2 differ in t";
        http.db.logFirst = 8;
        Map<?, ?> status = status();
        assertEquals(
                JsonText.parse("{\"phase\":\"fetching\",\"source\":\"n2\",\"index\":900,\"receivedBytes\":412,"
                        + "\"totalBytes\":1024,\"reason\":\"entry 7 has left the log\"}"),
                status.get("recovery"));
        assertEquals("n1 and n2 differ in t", status.get("dispute"));
        assertEquals(8L, status.get("logFirst"));
        http.db.recovery = new Recovery("opening", null, 0, 0, 0, null);
        assertNull(((Map<?, ?>) status().get("recovery")).get("source"));
    }

    private Map<?, ?> status() throws IOException {
        return (Map<?, ?>) http.get("/status").json();
    }

    @Test
    void withoutZooKeeperEveryAnswerToAQuerySaysHowOldItMayBe() throws IOException {
        String query = "{\"sql\":\"SELECT 1\"}";
        assertNull(staleness(http.post("/query", query)));
        http.db.connected = false;
        http.db.lagMillis = 1234;
        assertEquals("1234", staleness(http.post("/query", query)));
        assertEquals("1234", staleness(http.get("/query?sql=SELECT+1")));
        try (RawHttp raw = http.connect()) {
            raw.send("GET /query?sql=SELECT+1 HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n");
            Response lines = raw.read();
            assertEquals("application/x-ndjson", lines.headers().get("content-type"));
            assertEquals("1234", staleness(lines));
        }
        assertNull(staleness(http.post("/execute", "{\"sql\":\"CREATE TABLE t(x)\"}")));
        http.db.connected = true;
        assertNull(staleness(http.post("/query", query)));
    }

    private static String staleness(Response response) {
        assertEquals(200, response.status(), response.body());
        return response.headers().get("wesdb-staleness-millis");
    }
}
