package io.wesdb.internal.http;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.internal.http.RawHttp.Response;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections, orderly and hostile: every one ends in an answer or a close, and the listener goes on. */
@Timeout(60)
class HttpConnectionTest {
    private static final String ENDLESS =
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c";
    private static final int SMALL_BODY = 64 * 1024;

    @TempDir
    Path directory;

    private HttpFixture http;

    @BeforeAll
    static void watchLeaks() {
        Leaks.watch();
    }

    private void start(UnaryOperator<HttpServerSettings> change) {
        http = new HttpFixture(directory, change);
    }

    private static UnaryOperator<HttpServerSettings> smallBodies() {
        return s -> new HttpServerSettings(
                s.host(),
                0,
                true,
                SMALL_BODY,
                s.requestReadTimeout(),
                s.idleTimeout(),
                s.writeTimeout(),
                s.maxConnections());
    }

    private static UnaryOperator<HttpServerSettings> shortTimeouts(long read, long idle, long write) {
        return s -> s.withTimeouts(Duration.ofMillis(read), Duration.ofMillis(idle), Duration.ofMillis(write));
    }

    @AfterEach
    void theListenerHasTakenNoHarm() throws Exception {
        try (HttpFixture closed = http) {
            for (int i = 0; i < 4; i++) {
                closed.assertAlive(); // on every event loop
            }
            await().untilAsserted(() -> assertEquals(0, closed.server.budget().used()));
        }
        assertFalse(Thread.getAllStackTraces().keySet().stream()
                .anyMatch(t -> t.getName().startsWith("wesdb-test-")));
        Leaks.assertNone();
    }

    @Test
    void theWritesOfOneConnectionHaveOneCallerAndThoseOfAnotherAnotherOne() throws IOException {
        start(s -> s);
        try (RawHttp one = http.connect();
                RawHttp two = http.connect()) {
            one.post("/execute", "application/json", "{\"sql\":\"CREATE TABLE t(x)\"}");
            two.post("/execute", "application/json", "{\"sql\":\"INSERT INTO t VALUES (1)\"}");
            one.post("/execute", "text/plain", "INSERT INTO t VALUES (2)");
        }
        List<String> callers = http.db.callers;
        assertEquals(3, callers.size());
        assertEquals(callers.get(0), callers.get(2));
        assertFalse(callers.get(0).equals(callers.get(1)), callers.get(0));
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrderAndSeeWhatCameBefore() throws IOException {
        start(s -> s);
        http.post("/execute", "{\"sql\":\"CREATE TABLE t(x)\"}");
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            all.append(RawHttp.request("/execute", "application/json", "{\"sql\":\"INSERT INTO t VALUES(1)\"}"));
            all.append(RawHttp.request("/query", "application/json", "{\"sql\":\"SELECT count(*) AS n FROM t\"}"));
        }
        try (RawHttp raw = http.connect()) {
            raw.send(all.toString());
            for (int i = 1; i <= 500; i++) {
                assertTrue(raw.read().body().startsWith("{\"index\":"));
                assertEquals(
                        "{\"result\":[{\"n\":" + i + "}],\"index\":" + (i + 1) + "}",
                        raw.read().body());
            }
        }
    }

    @Test
    void aThousandPipelinedWritesTakeEffectInOrder() throws IOException {
        start(s -> s);
        http.post("/execute", "{\"sql\":\"CREATE TABLE t(id INTEGER PRIMARY KEY, x)\"}");
        StringBuilder all = new StringBuilder();
        for (int i = 1; i <= 1_000; i++) {
            // Some are large enough to be parsed elsewhere: they must not be overtaken.
            String padding = i % 100 == 0 ? " ".repeat(20_000) : "";
            all.append(RawHttp.request(
                    "/execute", "application/json", "{\"sql\":\"INSERT INTO t(x) VALUES(" + i + ")\"" + padding + "}"));
        }
        try (RawHttp raw = http.connect()) {
            Thread sender = new Thread(() -> {
                try {
                    raw.send(all.toString());
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            sender.start();
            for (int i = 1; i <= 1_000; i++) {
                assertTrue(raw.read().body().contains("\"lastInsertRowId\":" + i + "}"));
            }
        }
        assertTrue(http.post("/query", "{\"sql\":\"SELECT count(*) AS n FROM t WHERE id <> x\"}")
                .body()
                .contains("\"n\":0"));
    }

    @Test
    void aFastAnswerWaitsForASlowOneBeforeIt() throws IOException {
        start(s -> s);
        String slow =
                "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 1000000) SELECT count(*) AS n FROM c";
        try (RawHttp raw = http.connect()) {
            raw.send(RawHttp.request("/query", "application/json", "{\"sql\":\"" + slow + "\"}")
                    + "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
            assertTrue(raw.read().body().contains("\"n\":1000000"));
            assertTrue(raw.read().body().contains("live"));
        }
    }

    @Test
    void connectionCloseAndHttp10AreHonoured() throws IOException {
        start(s -> s);
        try (RawHttp raw = http.connect()) {
            raw.send(
                    "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
            assertEquals("close", raw.read().headers().get("connection"));
            assertTrue(raw.isClosedByServer());
        }
        try (RawHttp raw = http.connect()) {
            raw.send("GET /health/live HTTP/1.0\r\n\r\n");
            assertEquals(200, raw.read().status());
            assertTrue(raw.isClosedByServer());
        }
        try (RawHttp raw = http.connect()) {
            for (int i = 0; i < 2; i++) {
                raw.send("GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
                assertEquals("keep-alive", raw.read().headers().get("connection"));
            }
        }
        try (RawHttp raw = http.connect()) {
            raw.send("GET /query?sql=SELECT+1 HTTP/1.0\r\nAccept: application/x-ndjson\r\n\r\n");
            assertEquals("{\"columns\":[\"1\"],\"index\":0}\n[1]\n", raw.read().body());
        }
    }

    @Test
    void aClientThatAsksIsToldToContinue() throws IOException {
        start(smallBodies());
        try (RawHttp raw = http.connect()) {
            raw.send("POST /query HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 18\r\n\r\n");
            assertEquals(100, raw.readHead().status());
            assertEquals(200, raw.send("{\"sql\":\"SELECT 1\"}").read().status());
        }
        try (RawHttp raw = http.connect()) {
            raw.send("POST /query HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 70000\r\n\r\n");
            assertEquals("TOO_LARGE", raw.read().code());
        }
        try (RawHttp raw = http.connect()) {
            raw.send("POST /nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n");
            assertEquals(404, raw.read().status());
        }
        try (RawHttp raw = http.connect()) {
            raw.send("POST /query HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\nContent-Length: 10\r\n\r\n");
            assertEquals(417, raw.read().status());
        }
    }

    @Test
    void chunkedBodiesAreTaken() throws IOException {
        start(smallBodies());
        try (RawHttp raw = http.connect()) {
            raw.send(
                    "POST /query HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"sql\":\"\r\na\r\nSELECT 1\"}\r\n0\r\n\r\n");
            assertEquals(200, raw.read().status());
            assertEquals(200, raw.get("/health/live").status());
        }
    }

    @Test
    void aBodyBeyondTheBoundIsRefusedAndTheClientThatSendsItAllReadsSo() throws IOException {
        start(smallBodies());
        String large = "x".repeat(SMALL_BODY + SMALL_BODY / 2);
        try (RawHttp raw = http.connect()) {
            Response response = raw.post("/query", "application/json", large);
            assertEquals(413, response.status());
            assertEquals("TOO_LARGE", response.code());
            assertTrue(raw.isClosedByServer());
        }
        try (RawHttp raw = http.connect()) {
            raw.send("POST /query HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 24; i++) {
                raw.send("1000\r\n" + "x".repeat(0x1000) + "\r\n");
            }
            assertEquals("TOO_LARGE", raw.read().code());
        }
    }

    @Test
    void allBodiesTogetherAreBounded() throws IOException {
        start(smallBodies());
        List<RawHttp> open = new ArrayList<>();
        try {
            int refused = 0;
            for (int i = 0; i < 5; i++) {
                RawHttp raw = http.connect();
                open.add(raw);
                raw.send("POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n")
                        .send("x".repeat(59_000));
                int held = i + 1;
                if (i < 4) {
                    await().until(() -> http.server.budget().used() == held * 59_000L);
                } else {
                    Response response = raw.read();
                    assertEquals(429, response.status());
                    assertEquals("OVERLOADED", response.code());
                    assertEquals("1", response.headers().get("retry-after"));
                    refused++;
                }
            }
            assertEquals(1, refused);
        } finally {
            for (RawHttp raw : open) {
                raw.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /execute HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /execute HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                "POST /execute HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
                "POST /execute HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\nabcdef",
                "POST /execute HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nabcdef",
                "POST /execute HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
                "POST /execute HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde",
                "POST /execute HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
                "POST /execute HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "POST /execute HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "POST /execute HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
                "POST /execute HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /execute HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
                "POST /execute HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n",
                "POST /execute HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                "GET /status HTTP/1.1\r\nHost: x\r\nBad Name: 1\r\n\r\n",
                "GET /status HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
                "GET /status HTTP/1.1\r\nHost: x\r\n: novalue\r\n\r\n",
                "GET /status HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                "GET /status HTTP/1.1\r\n\r\n",
                "GET /status HTTP/2.0\r\nHost: x\r\n\r\n",
                "GET /status HTTP/x\r\nHost: x\r\n\r\n",
                "GET /status\r\n\r\n",
                "\r\n\r\nnonsense\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            })
    void whatTwoReadersCouldReadDifferentlyEndsTheConnection(String request) throws IOException {
        start(s -> s);
        try (RawHttp raw = http.connect()) {
            // The next request must never be answered: it may be the body of the one before.
            raw.send(request + "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
            Response response = raw.read();
            assertTrue(response.status() >= 400 && response.status() <= 505, response.toString());
            assertEquals("close", response.headers().get("connection"));
            assertTrue(raw.isClosedByServer());
        }
    }

    @Test
    void moreThanWasDeclaredIsTheNextRequest() throws IOException {
        start(s -> s);
        try (RawHttp raw = http.connect()) {
            raw.send(RawHttp.request("/query", "application/json", "{\"sql\":\"SELECT 1\"}") + "and some more\r\n\r\n");
            assertEquals(200, raw.read().status());
            assertEquals(400, raw.read().status());
            assertTrue(raw.isClosedByServer());
        }
    }

    @Test
    void aRequestCutShortIsForgotten() throws IOException {
        start(s -> s);
        for (String part : List.of(
                "P",
                "POST /query HT",
                "POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n" + "x".repeat(8_000))) {
            try (RawHttp raw = http.connect()) {
                raw.send(part);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void randomBytesAreAnsweredOrCutOff(long seed) throws IOException {
        start(shortTimeouts(500, 500, 500));
        Random random = new Random(seed);
        byte[] bytes = new byte[10_000];
        random.nextBytes(bytes);
        try (RawHttp raw = http.connect()) {
            if (seed % 2 == 0) {
                raw.send("POST /query HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            }
            raw.send(bytes);
            drain(raw);
        }
    }

    /** Reads until the server closes; fails by the socket's timeout otherwise. */
    private static void drain(RawHttp raw) throws IOException {
        try {
            raw.socket.getInputStream().readAllBytes();
        } catch (SocketTimeoutException e) {
            throw new AssertionError("neither an answer nor a close", e);
        } catch (IOException reset) {
            assertTrue(raw.isClosedByServer());
        }
    }

    @Test
    void headersBeyondTheBoundAreRefused() throws IOException {
        start(s -> s);
        try (RawHttp raw = http.connect()) {
            raw.send("GET /" + "x".repeat(9_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertEquals(414, raw.read().status());
        }
        try (RawHttp raw = http.connect()) {
            raw.send("GET / HTTP/1.1\r\nHost: x\r\n");
            for (int i = 0; i < 1_000; i++) {
                raw.send("X" + i + ": " + "x".repeat(1_000) + "\r\n");
            }
            assertEquals(431, raw.read().status());
        }
        try (RawHttp raw = http.connect()) {
            raw.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(1_000_000) + "\r\n\r\n");
            assertEquals(431, raw.read().status());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /status HTTP/1.1\r\nHost: x\r\nX: ",
                "POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n",
                "POST /query HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            })
    void aTrickleOfBytesDoesNotKeepAConnection(String beginning) throws IOException {
        start(shortTimeouts(400, 400, 400));
        try (RawHttp raw = http.connect()) {
            raw.send(beginning);
            raw.socket.setSoTimeout(20);
            String piece = beginning.contains("chunked") ? "1\r\nx\r\n" : "x";
            long start = System.nanoTime();
            boolean ended = false;
            while (!ended) {
                assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos(), "still open");
                try {
                    ended = raw.socket.getInputStream().read() >= -1; // an answer or the end
                } catch (SocketTimeoutException nothingYet) {
                    raw.send(piece);
                } catch (IOException reset) {
                    ended = true;
                }
            }
        }
    }

    @Test
    void aBodyThatStallsIsToldSo() throws IOException {
        start(shortTimeouts(300, 300, 300));
        try (RawHttp raw = http.connect()) {
            raw.send("POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
            assertEquals(408, raw.read().status());
            assertTrue(raw.isClosedByServer());
        }
    }

    @Test
    void aLargeBodyThatProgressesMayTakeLongerThanTheTimeout() throws IOException {
        start(shortTimeouts(600, 600, 600));
        String json = "{\"sql\":\"SELECT length(?) AS n\",\"params\":[\"" + "x".repeat(1_000_000) + "\"]}";
        byte[] request = RawHttp.request("/query", "application/json", json).getBytes(StandardCharsets.UTF_8);
        try (RawHttp raw = http.connect()) {
            raw.socket.setSoTimeout(150);
            int pieces = 8;
            for (int i = 0; i < pieces; i++) {
                int from = request.length / pieces * i;
                int to = i == pieces - 1 ? request.length : request.length / pieces * (i + 1);
                raw.send(java.util.Arrays.copyOfRange(request, from, to));
                if (i < pieces - 1) {
                    org.junit.jupiter.api.Assertions.assertThrows(
                            SocketTimeoutException.class,
                            () -> raw.socket.getInputStream().read());
                }
            }
            raw.socket.setSoTimeout(20_000);
            assertTrue(raw.read().body().contains("\"n\":1000000"));
        }
    }

    @Test
    void idleConnectionsAreClosed() throws IOException {
        start(shortTimeouts(300, 300, 300));
        try (RawHttp silent = http.connect();
                RawHttp used = http.connect()) {
            assertEquals(200, used.get("/health/live").status());
            assertTrue(used.isClosedByServer());
            assertTrue(silent.isClosedByServer());
        }
    }

    @Test
    void aSlowQueryIsNoIdleConnection() throws IOException {
        start(shortTimeouts(200, 200, 200));
        String slow =
                "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 6000000) SELECT count(*) AS n FROM c";
        assertEquals(200, http.post("/query", "{\"sql\":\"" + slow + "\"}").status());
    }

    @Test
    void aClientThatDoesNotReadIsCutOff() throws IOException {
        start(shortTimeouts(30_000, 30_000, 300));
        try (RawHttp raw = new RawHttp(http.port(), 4_096)) {
            raw.send(RawHttp.request("/query", "application/json", "{\"sql\":\"SELECT zeroblob(30000000)\"}"));
            await().until(() -> http.server.connectionCount() == 1);
            http.assertAlive();
            await().until(() -> http.server.connectionCount() == 0);
        }
    }

    @Test
    void connectionsAreBounded() throws IOException {
        start(s -> s.withMaxConnections(100));
        List<RawHttp> open = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            RawHttp raw = http.connect();
            open.add(raw);
            int count = i + 1;
            if (count <= 164) { // so that they get their places in this order
                await().pollInterval(Duration.ofMillis(1)).until(() -> http.server.connectionCount() == count);
            }
            try {
                raw.send("GET /sta");
            } catch (IOException refused) {
                assertTrue(i >= 100);
            }
        }
        await().until(() -> http.server.connectionCount() <= 164);
        try (RawHttp last = open.get(120)) { // in the peers' reserve
            last.send("tus HTTP/1.1\r\nHost: x\r\n\r\n");
            Response response = last.read();
            assertEquals(503, response.status());
            assertEquals("NOT_READY", response.code());
        }
        assertEquals(
                200, open.get(99).send("tus HTTP/1.1\r\nHost: x\r\n\r\n").read().status());
        for (RawHttp raw : open) {
            raw.close();
        }
        await().until(() -> http.server.connectionCount() == 0);
    }

    @Test
    void theQueryOfAVanishedClientIsCancelled() throws IOException {
        start(s -> s);
        RawHttp raw = http.connect();
        raw.send(RawHttp.request("/query", "application/json", "{\"sql\":\"" + ENDLESS + "\"}"));
        await().until(() -> http.db.runningQueries.get() == 1);
        raw.close();
        await().until(() -> http.db.runningQueries.get() == 0);
    }

    private static final String MILLION =
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 1000000) "
                    + "SELECT x, 'some text that makes the row a little longer' AS t FROM c";

    private RawHttp stream(String sql) throws IOException {
        RawHttp raw = new RawHttp(http.port(), 16 * 1024);
        raw.send("GET /query?sql=" + URLEncoder.encode(sql, StandardCharsets.UTF_8)
                + " HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n");
        return raw;
    }

    @Test
    void aStreamIsFetchedNoFasterThanItIsRead() throws IOException {
        start(s -> s);
        try (RawHttp raw = stream(MILLION)) {
            assertEquals(200, raw.readHead().status());
            long fetched = untilStill();
            assertTrue(fetched < 200_000, "fetched ahead: " + fetched);
            http.assertAlive(); // and no worker is held meanwhile
            long lines = 0;
            for (byte[] chunk = raw.readChunk(); chunk.length > 0; chunk = raw.readChunk()) {
                for (byte b : chunk) {
                    lines += b == '\n' ? 1 : 0;
                }
            }
            assertEquals(1_000_001, lines);
        }
        assertEquals(0, http.db.openStreams.get());
    }

    /** How many rows were fetched when no more are, for half a second. */
    private long untilStill() {
        long[] last = {-1};
        await().pollInterval(Duration.ofMillis(500)).until(() -> {
            long now = http.db.rowsFetched.get();
            boolean still = now > 0 && now == last[0];
            last[0] = now;
            return still;
        });
        return last[0];
    }

    @Test
    void theStreamOfAVanishedClientIsClosed() throws IOException {
        start(s -> s);
        RawHttp raw = stream(MILLION);
        assertEquals(200, raw.readHead().status());
        untilStill();
        raw.close();
        await().until(() -> http.db.openStreams.get() == 0);
    }

    @Test
    void aStreamThatIsNotReadIsCutOffAndClosed() throws IOException {
        start(shortTimeouts(30_000, 30_000, 300));
        try (RawHttp raw = stream(MILLION)) {
            assertEquals(200, raw.readHead().status());
            await().until(() -> http.db.openStreams.get() == 0);
        }
    }

    @Test
    void closingUnderLoadEndsEveryConnectionAndThread() throws Exception {
        start(s -> s);
        http.post("/execute", "{\"sql\":\"CREATE TABLE t(x)\"}");
        List<RawHttp> open = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            RawHttp raw = i % 5 == 0 ? stream(MILLION) : http.connect();
            open.add(raw);
            raw.send(RawHttp.request("/query", "application/json", "{\"sql\":\"" + ENDLESS + "\"}"));
            if (i % 5 != 0) {
                raw.send(RawHttp.request("/execute", "application/json", "{\"sql\":\"INSERT INTO t VALUES(1)\"}"));
            }
        }
        await().until(() -> http.db.openStreams.get() > 5);
        long start = System.nanoTime();
        http.server.close();
        http.server.close();
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(5).toNanos());
        for (RawHttp raw : open) {
            drain(raw);
            raw.close();
        }
        await().until(() -> http.db.openStreams.get() == 0 && http.db.runningQueries.get() == 0);
        http.close();
        http = new HttpFixture(java.nio.file.Files.createDirectory(directory.resolve("again")));
    }
}
