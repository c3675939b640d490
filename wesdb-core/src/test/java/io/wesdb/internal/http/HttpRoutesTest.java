package io.wesdb.internal.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ClosedException;
import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.QueryTimeoutException;
import io.wesdb.Role;
import io.wesdb.TooLargeException;
import io.wesdb.internal.http.RawHttp.Response;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The HTTP interface over a real socket: what is asked, what is answered. */
class HttpRoutesTest {
    @TempDir
    Path directory;

    private HttpFixture http;

    @BeforeAll
    static void watchLeaks() {
        Leaks.watch();
    }

    @BeforeEach
    void start() throws IOException {
        http = new HttpFixture(directory);
        assertEquals(
                200,
                http.post("/execute", "{\"sql\":\"CREATE TABLE t(id INTEGER PRIMARY KEY, v UNIQUE)\"}")
                        .status());
    }

    @AfterEach
    void stop() throws InterruptedException {
        http.close();
        assertEquals(0, http.server.budget().used());
        Leaks.assertNone();
    }

    @Test
    void executeAnswersWithIndexAndOneResultAStatement() throws IOException {
        Response response = http.post(
                "/execute",
                "{\"statements\":[{\"sql\":\"INSERT INTO t(v) VALUES (?)\",\"params\":[7]},"
                        + "{\"sql\":\"UPDATE t SET v = 8\"},{\"sql\":\"DELETE FROM t RETURNING id, v\"}]}");
        assertEquals(200, response.status());
        assertEquals("application/json", response.headers().get("content-type"));
        assertEquals(
                JsonText.parse(
                        "{\"index\":2,\"results\":[{\"rowsAffected\":1,\"lastInsertRowId\":1},{\"rowsAffected\":1},"
                                + "{\"rowsAffected\":1,\"result\":[{\"id\":1,\"v\":8}]}]}"),
                response.json());
    }

    @Test
    void aScriptMayComeAsJsonOrAsText() throws IOException {
        assertEquals(
                200,
                http.post("/execute", "{\"sql\":\"INSERT INTO t VALUES(1,1); INSERT INTO t VALUES(2,2)\"}")
                        .status());
        try (RawHttp raw = http.connect()) {
            Response response = raw.post(
                    "/execute?timeoutMillis=5000",
                    "text/plain; charset=UTF-8",
                    "INSERT INTO t VALUES(3,'ü'); DELETE FROM t WHERE id=1");
            assertEquals(200, response.status());
            assertEquals(2, ((List<?>) ((Map<?, ?>) response.json()).get("results")).size());
        }
        assertEquals(
                "{\"result\":[{\"n\":2}],\"index\":3}",
                http.post("/query", "{\"sql\":\"SELECT count(*) AS n FROM t\"}").body());
    }

    @Test
    void aCommandIsDoneWholeOrNotAtAll() throws IOException {
        Response response = http.post(
                "/execute",
                "{\"statements\":[{\"sql\":\"INSERT INTO t VALUES(1,1)\"},{\"sql\":\"INSERT INTO t VALUES(1,2)\"}]}");
        assertEquals(409, response.status());
        assertEquals(
                "{\"result\":[],\"index\":1}",
                http.post("/query", "{\"sql\":\"SELECT * FROM t\"}").body());
    }

    @Test
    void namedParametersAreTaken() throws IOException {
        assertEquals(
                200,
                http.post("/execute", "{\"sql\":\"INSERT INTO t VALUES(:id,:v)\",\"params\":{\"id\":4,\"v\":\"x\"}}")
                        .status());
        assertEquals(
                "{\"result\":[{\"v\":\"x\"}],\"index\":2}",
                http.post("/query", "{\"sql\":\"SELECT v FROM t WHERE id=:id\",\"params\":{\"id\":4}}")
                        .body());
    }

    @Test
    void queryInTheUrlMeansTheSame() throws IOException {
        String sql = URLEncoder.encode("SELECT ? || '; ü' AS a", StandardCharsets.UTF_8);
        String params = URLEncoder.encode("[\"é\"]", StandardCharsets.UTF_8);
        Response response =
                http.get("/query?sql=" + sql + "&params=" + params + "&consistency=local&timeoutMillis=9000");
        assertEquals("{\"result\":[{\"a\":\"é; ü\"}],\"index\":1}", response.body());
        assertEquals(400, http.get("/query").status());
        assertEquals(400, http.get("/query?sql=SELECT+1&sql=SELECT+2").status());
        assertEquals(400, http.get("/query?sql=SELECT+1&x=2").status());
        assertEquals(400, http.get("/query?sql=%zz").status());
        assertEquals(400, http.get("/query?sql=SELECT+'%ff'").status());
    }

    @Test
    void arraysFormatTellsColumnsAndTypes() throws IOException {
        Response response = http.post(
                "/query",
                "{\"sql\":\"SELECT 1 AS a, 2.5 AS b, 'x' AS c, x'00ff' AS d, NULL AS e, 3 AS a\",\"format\":\"arrays\"}");
        assertEquals(
                "{\"columns\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"a\"],"
                        + "\"types\":[\"integer\",\"real\",\"text\",\"blob\",\"null\",\"integer\"],"
                        + "\"rows\":[[1,2.5,\"x\",{\"base64\":\"AP8=\"},null,3]],\"index\":1}",
                response.body());
    }

    @Test
    void noColumnIsLostWhenNamesRepeat() throws IOException {
        Response response = http.post("/query", "{\"sql\":\"SELECT 1 AS a, 2 AS a, 3 AS \\\"a:1\\\", 4 AS a\"}");
        assertEquals("{\"result\":[{\"a\":1,\"a:2\":2,\"a:1\":3,\"a:3\":4}],\"index\":1}", response.body());
    }

    static Stream<Arguments> values() {
        return Stream.of(
                Arguments.of("null", "null"),
                Arguments.of("9223372036854775807", "integer"),
                Arguments.of("-9223372036854775808", "integer"),
                Arguments.of("9007199254740993", "integer"),
                Arguments.of("0", "integer"),
                Arguments.of("3.0", "real"),
                Arguments.of("-0.0", "real"),
                Arguments.of("0.1", "real"),
                Arguments.of("4.9E-324", "real"),
                Arguments.of("1.7976931348623157E308", "real"),
                Arguments.of("1e999", "real"),
                Arguments.of("-1e999", "real"),
                Arguments.of("\"\"", "text"),
                Arguments.of("\"ünïcödé 漢字 😀\"", "text"),
                Arguments.of("\"\\\"\\\\\\n\\u0001\"", "text"),
                Arguments.of("{\"base64\":\"\"}", "blob"),
                Arguments.of("{\"base64\":\"AAECAwT/\"}", "blob"));
    }

    @ParameterizedTest
    @MethodSource("values")
    void valuesAreTheSameBothWays(String value, String type) throws IOException {
        assertEquals(
                200,
                http.post("/execute", "{\"sql\":\"INSERT INTO t VALUES(1,?)\",\"params\":[" + value + "]}")
                        .status());
        Response response = http.post("/query", "{\"sql\":\"SELECT v, typeof(v) FROM t\",\"format\":\"arrays\"}");
        List<?> row = (List<?>) ((List<?>) ((Map<?, ?>) response.json()).get("rows")).get(0);
        assertEquals(JsonText.parse(value), row.get(0), response.body());
        assertEquals(type, row.get(1));
    }

    @Test
    void truthIsOneAndZero() throws IOException {
        assertEquals(
                "{\"result\":[{\"a\":1,\"b\":0}],\"index\":1}",
                http.post("/query", "{\"sql\":\"SELECT ? AS a, ? AS b\",\"params\":[true,false]}")
                        .body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "{\"sql\":\"SELECT 1\"} x",
                "{\"sql\":\"SELECT 1\"}{}",
                "{\"sql\":\"SELECT 1\",\"sql\":\"SELECT 2\"}",
                "{\"sql\":\"SELECT 1\",\"colour\":1}",
                "{\"sql\":1}",
                "{\"sql\":null}",
                "{\"sql\":\"  \"}",
                "{}",
                "{\"params\":[1]}",
                "{\"sql\":\"SELECT ?\",\"params\":1}",
                "{\"sql\":\"SELECT ?\",\"params\":[[1]]}",
                "{\"sql\":\"SELECT ?\",\"params\":[NaN]}",
                "{\"sql\":\"SELECT ?\",\"params\":[9223372036854775808]}",
                "{\"sql\":\"SELECT ?\",\"params\":[-9223372036854775809]}",
                "{\"sql\":\"SELECT ?\",\"params\":[{\"base64\":\"A\"}]}",
                "{\"sql\":\"SELECT ?\",\"params\":[{\"base64\":\"A%==\"}]}",
                "{\"sql\":\"SELECT ?\",\"params\":[{\"base64\":1}]}",
                "{\"sql\":\"SELECT ?\",\"params\":[{\"base64\":\"\",\"x\":1}]}",
                "{\"sql\":\"SELECT ?\",\"params\":[{}]}",
                "{\"sql\":\"SELECT ?\",\"params\":[\"\\ud800\"]}",
                "{\"sql\":\"SELECT ?\",\"params\":[1,2]}",
                "{\"sql\":\"SELECT 1\",\"consistency\":\"strong\"}",
                "{\"sql\":\"SELECT 1\",\"consistency\":\"bounded\"}",
                "{\"sql\":\"SELECT 1\",\"maxStalenessMillis\":5}",
                "{\"sql\":\"SELECT 1\",\"minIndex\":-1}",
                "{\"sql\":\"SELECT 1\",\"minIndex\":1.5}",
                "{\"sql\":\"SELECT 1\",\"timeoutMillis\":0}",
                "{\"sql\":\"SELECT 1\",\"timeoutMillis\":3600001}",
                "{\"sql\":\"SELECT 1\",\"format\":\"table\"}"
            })
    void whatIsNotARequestIsABadRequest(String json) throws IOException {
        Response response = http.post("/query", json);
        assertEquals(400, response.status(), response.body());
        assertEquals("BAD_REQUEST", response.code());
        http.assertAlive();
    }

    @Test
    void deepNestingIsABadRequest() throws IOException {
        assertEquals(
                "BAD_REQUEST",
                http.post("/query", "{\"params\":" + "[".repeat(100_000)).code());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"statements\":[]}",
                "{\"statements\":{}}",
                "{\"statements\":[1]}",
                "{\"statements\":[{\"sql\":\"\"}]}",
                "{\"statements\":[{\"sql\":\"DELETE FROM t\",\"x\":1}]}",
                "{\"statements\":[{\"sql\":\"DELETE FROM t\"}],\"sql\":\"DELETE FROM t\"}"
            })
    void whatIsNotACommandIsABadRequest(String json) throws IOException {
        assertEquals("BAD_REQUEST", http.post("/execute", json).code());
    }

    @Test
    void aMissingSqlIsNamed() throws IOException {
        assertTrue(http.post("/execute", "{}").body().contains("sql not provided"));
        assertTrue(http.post("/query", "{}").body().contains("sql not provided"));
    }

    @Test
    void bytesThatAreNotUtf8AreABadRequest() throws IOException {
        for (byte[] wrong : List.of(new byte[] {(byte) 0xff}, new byte[] {(byte) 0xc0, (byte) 0x80}, new byte[] {
            (byte) 0xed, (byte) 0xa0, (byte) 0x80
        })) {
            for (String type : List.of("application/json", "text/plain")) {
                try (RawHttp raw = http.connect()) {
                    byte[] before = (type.equals("text/plain") ? "SELECT '" : "{\"sql\":\"SELECT '")
                            .getBytes(StandardCharsets.UTF_8);
                    byte[] after = (type.equals("text/plain") ? "'" : "'\"}").getBytes(StandardCharsets.UTF_8);
                    int length = before.length + wrong.length + after.length;
                    raw.send("POST /execute HTTP/1.1\r\nHost: x\r\nContent-Type: " + type + "\r\nContent-Length: "
                            + length + "\r\n\r\n");
                    raw.send(before).send(wrong).send(after);
                    assertEquals("BAD_REQUEST", raw.read().code());
                }
            }
        }
    }

    @Test
    void sqlFaultsCarrySqlitesCode() throws IOException {
        Response syntax = http.post("/query", "{\"sql\":\"SELEC 1\"}");
        assertEquals(400, syntax.status());
        assertEquals("SQL_ERROR", syntax.code());
        assertEquals(1L, ((Map<?, ?>) syntax.json()).get("sqliteCode"));
        http.post("/execute", "{\"sql\":\"INSERT INTO t VALUES(1,1)\"}");
        Response constraint = http.post("/execute", "{\"sql\":\"INSERT INTO t VALUES(2,1)\"}");
        assertEquals(409, constraint.status());
        assertEquals("CONSTRAINT", constraint.code());
        assertEquals(2067L, ((Map<?, ?>) constraint.json()).get("sqliteCode"));
        Response update = http.post("/query", "{\"sql\":\"DELETE FROM t\"}");
        assertEquals(400, update.status());
        assertEquals("NOT_A_QUERY", update.code());
        assertNull(((Map<?, ?>) update.json()).get("sqliteCode"));
        assertTrue(update.body().contains("an update query must be ran using execute"));
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of(
                        new NotDoneException(ErrorCode.OVERLOADED, "full", Duration.ofMillis(1)),
                        429,
                        "OVERLOADED",
                        "1"),
                Arguments.of(
                        new NotDoneException(ErrorCode.NO_LEADER, "none", Duration.ofMillis(1001)),
                        503,
                        "NO_LEADER",
                        "2"),
                Arguments.of(new NotDoneException(ErrorCode.NOT_READY, "no", Duration.ZERO), 503, "NOT_READY", "1"),
                Arguments.of(new NotDoneException(ErrorCode.STALE, "old", Duration.ofSeconds(3)), 503, "STALE", "3"),
                Arguments.of(new ClosedException("closed"), 503, "NOT_READY", "1"),
                Arguments.of(new TooLargeException("large"), 413, "TOO_LARGE", null),
                Arguments.of(new QueryTimeoutException("slow"), 504, "TIMEOUT", null),
                Arguments.of(new OutcomeUnknownException("who knows"), 504, "OUTCOME_UNKNOWN", null),
                Arguments.of(new IllegalStateException("a bug"), 500, "INTERNAL", null));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void everyFaultHasItsStatusAndCode(RuntimeException fault, int status, String code, String retryAfter)
            throws IOException {
        for (String path : List.of("/query", "/execute")) {
            http.db.failNext(fault);
            Response response = http.post(path, "{\"sql\":\"SELECT 1\"}");
            assertEquals(status, response.status());
            assertEquals(code, response.code());
            assertEquals(retryAfter, response.headers().get("retry-after"));
            if (fault instanceof NotDoneException notDone
                    && !notDone.retryAfter().isZero()) {
                String millis = "\"retryAfterMillis\":" + notDone.retryAfter().toMillis() + "}";
                assertTrue(response.body().endsWith(millis), response.body());
            }
        }
        http.assertAlive();
    }

    @Test
    void pathsMethodsAndTypesAreChecked() throws IOException {
        assertEquals("NOT_FOUND", http.get("/nowhere").code());
        Response method = http.get("/execute");
        assertEquals(405, method.status());
        assertEquals("METHOD_NOT_ALLOWED", method.code());
        assertEquals("POST", method.headers().get("allow"));
        assertEquals(405, http.post("/status", "{}").status());
        try (RawHttp raw = http.connect()) {
            Response type = raw.post("/execute", "application/xml", "<sql/>");
            assertEquals(415, type.status());
            assertEquals("UNSUPPORTED_MEDIA_TYPE", type.code());
            assertEquals(415, raw.post("/query", "text/plain", "SELECT 1").status());
            assertEquals(
                    415,
                    raw.post("/query", "application/json; charset=latin1", "{}").status());
            raw.send("POST /query HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}");
            assertEquals(415, raw.read().status());
        }
    }

    @Test
    void anIdempotencyKeyIsUpTo255VisibleCharactersAndForExecuteOnly() throws IOException {
        String body = "{\"sql\":\"INSERT INTO t(v) SELECT count(*) FROM t\"}";
        try (RawHttp raw = http.connect()) {
            for (String key : List.of("k", "!~".repeat(127) + "x")) {
                assertEquals(
                        200,
                        keyed(raw, "/execute", "Idempotency-Key: " + key + "\r\n", body)
                                .status());
            }
            for (String headers : List.of(
                    "Idempotency-Key:\r\n",
                    "Idempotency-Key: a b\r\n",
                    "Idempotency-Key: " + "k".repeat(256) + "\r\n",
                    "Idempotency-Key: a\r\nidempotency-key: a\r\n")) {
                Response refused = keyed(raw, "/execute", headers, body);
                assertEquals(400, refused.status(), headers);
                assertEquals("BAD_REQUEST", refused.code());
            }
            assertEquals(
                    400,
                    keyed(raw, "/nodes/remove", "Idempotency-Key: k\r\n", "{\"node\":\"n\"}")
                            .status());
            assertEquals(
                    200,
                    keyed(raw, "/query", "Idempotency-Key: k\r\n", "{\"sql\":\"SELECT 1\"}")
                            .status());
        }
        assertEquals(
                "{\"result\":[{\"n\":2}],\"index\":3}",
                http.post("/query", "{\"sql\":\"SELECT count(*) AS n FROM t\"}").body());
    }

    private static Response keyed(RawHttp raw, String path, String headers, String body) throws IOException {
        raw.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + headers
                + "Content-Length: " + body.length() + "\r\n\r\n" + body);
        return raw.read();
    }

    @Test
    void aPreconditionIsReadWholeOrRefused() throws IOException {
        for (String wrong : List.of(
                "\"precondition\":7",
                "\"precondition\":{\"sql\":\"SELECT 1\",\"expect\":[" + "[],".repeat(10_000) + "[]]}",
                "\"precondition\":{\"sql\":\"SELECT 1\",\"expect\":[[" + "1,".repeat(10_000) + "1]]}",
                "\"precondition\":[" + "{\"sql\":\"SELECT 1\",\"expect\":[]},".repeat(1_000)
                        + "{\"sql\":\"SELECT 1\",\"expect\":[]}]",
                "\"precondition\":{\"sql\":\"SELECT 1\"}",
                "\"precondition\":{\"expect\":[[1]]}",
                "\"precondition\":{\"sql\":\"SELECT 1\",\"expect\":[1]}",
                "\"precondition\":{\"sql\":\"SELECT 1\",\"expect\":{}}",
                "\"precondition\":{\"sql\":\"SELECT 1\",\"expect\":[[1]],\"also\":1}",
                "\"precondition\":[{\"sql\":\"SELECT 1\",\"expect\":[[1]]},null]",
                "\"expectIndex\":\"7\"",
                "\"expectIndex\":-1")) {
            Response response = http.post("/execute", "{\"sql\":\"DELETE FROM t\"," + wrong + "}");
            assertEquals(400, response.status(), wrong);
            assertEquals("BAD_REQUEST", response.code(), wrong);
        }
    }

    @Test
    void headIsRefusedWithoutABody() throws IOException {
        try (RawHttp raw = http.connect()) {
            raw.send("HEAD /status HTTP/1.1\r\nHost: x\r\n\r\n");
            Response response = raw.readHead();
            assertEquals(405, response.status());
            assertEquals(200, raw.get("/health/live").status()); // nothing but the next answer follows
        }
    }

    @Test
    void statusTellsWhatTheNodeKnows() throws IOException {
        Map<?, ?> status = (Map<?, ?>) http.get("/status").json();
        assertEquals("leader", status.get("role"));
        assertEquals(Map.of("node", "n1", "address", "127.0.0.1:1"), status.get("leader"));
        assertTrue(status.keySet()
                .containsAll(List.of(
                        "cluster",
                        "clusterId",
                        "node",
                        "epoch",
                        "head",
                        "applied",
                        "durable",
                        "lagMillis",
                        "members",
                        "sqliteVersion",
                        "version",
                        "uptimeMillis")));
    }

    @Test
    void readinessFollowsTheNode() throws IOException {
        assertEquals(200, http.get("/health/ready").status());
        http.db.role = Role.RECOVERING;
        Response response = http.get("/health/ready");
        assertEquals(503, response.status());
        assertEquals("NOT_READY", response.code());
        assertEquals(200, http.get("/health/live").status());
        http.server.attach(null);
        for (String path : List.of("/health/ready", "/status", "/query?sql=SELECT+1")) {
            assertEquals("NOT_READY", http.get(path).code());
        }
        assertEquals(200, http.get("/health/live").status());
    }

    @Test
    void rowsAreStreamedAsLines() throws IOException {
        http.post("/execute", "{\"sql\":\"INSERT INTO t VALUES(1,'a'); INSERT INTO t VALUES(2,x'00')\"}");
        for (String sql : List.of("SELECT id, v FROM t ORDER BY id", "SELECT id, v FROM t WHERE id > 5")) {
            try (RawHttp raw = http.connect()) {
                raw.send("GET /query?sql=" + URLEncoder.encode(sql, StandardCharsets.UTF_8)
                        + " HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n");
                Response response = raw.read();
                assertEquals("application/x-ndjson", response.headers().get("content-type"));
                String rows = sql.contains("WHERE") ? "" : "[1,\"a\"]\n[2,{\"base64\":\"AA==\"}]\n";
                assertEquals("{\"columns\":[\"id\",\"v\"],\"index\":2}\n" + rows, response.body());
                assertEquals(200, raw.get("/health/live").status());
            }
        }
        assertEquals(0, http.db.openStreams.get());
    }

    @Test
    void anErrorInTheMidstOfAStreamEndsItVisibly() throws IOException {
        String sql = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x FROM c";
        try (RawHttp raw = http.connect()) {
            raw.send("GET /query?timeoutMillis=300&sql=" + URLEncoder.encode(sql, StandardCharsets.UTF_8)
                    + " HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n");
            assertEquals(200, raw.readHead().status());
            String last = "";
            try {
                while (true) {
                    last = new String(raw.readChunk(), StandardCharsets.UTF_8);
                }
            } catch (IOException cut) {
                assertEquals("TIMEOUT", ((Map<?, ?>) JsonText.parse(last)).get("code"));
            }
        }
    }

    @Test
    void anErrorBeforeTheFirstLineIsAnOrdinaryOne() throws IOException {
        try (RawHttp raw = http.connect()) {
            raw.send("GET /query?sql=SELEC HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n");
            assertEquals("SQL_ERROR", raw.read().code());
        }
    }

    @Test
    void aBlobOf20MiBGoesInAndComesBack() throws IOException {
        byte[] blob = new byte[20 * 1024 * 1024];
        new Random(7).nextBytes(blob);
        String base64 = Base64.getEncoder().encodeToString(blob);
        assertEquals(
                200,
                http.post(
                                "/execute",
                                "{\"sql\":\"INSERT INTO t VALUES(1,?)\",\"params\":[{\"base64\":\"" + base64 + "\"}]}")
                        .status());
        Response response = http.post("/query", "{\"sql\":\"SELECT v FROM t\"}");
        assertEquals(200, response.status());
        String body = response.body();
        int start = body.indexOf("\"base64\":\"") + 10;
        assertArrayEquals(blob, Base64.getDecoder().decode(body.substring(start, body.indexOf('"', start))));
    }

    @Test
    void aLargeTextGoesInAndComesBack() throws IOException {
        String text = "ä€😀".repeat(2_000_000);
        assertEquals(
                200,
                http.post("/execute", "{\"sql\":\"INSERT INTO t VALUES(1,?)\",\"params\":[\"" + text + "\"]}")
                        .status());
        Response response = http.post("/query", "{\"sql\":\"SELECT v FROM t\",\"format\":\"arrays\"}");
        List<?> rows = (List<?>) ((Map<?, ?>) response.json()).get("rows");
        assertTrue(Arrays.asList(text).equals(rows.get(0)), "the text has changed");
    }

    @Test
    void clientRoutesAreOffUnlessAskedFor() throws Exception {
        try (HttpFixture off = new HttpFixture(
                java.nio.file.Files.createDirectory(directory.resolve("other")),
                s -> new HttpServerSettings(
                        s.host(), 0, false, 1024, s.requestReadTimeout(), s.idleTimeout(), s.writeTimeout(), 10))) {
            assertEquals(404, off.get("/status").status());
        }
    }
}
