package io.wesdb.internal.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.TestCluster;
import io.wesdb.WesDb;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP interface of real nodes: what only they can answer. */
class HttpOnNodesTest {
    private static final String ENDLESS =
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";

    @TempDir
    Path directory;

    private final HttpClient client = HttpClient.newHttpClient();
    private TestCluster cluster;
    private WesDb leader;
    private WesDb follower;

    @BeforeEach
    void start() throws IOException {
        cluster = new TestCluster(directory).start(2);
        leader = cluster.node(cluster.leader());
        follower = cluster.node(cluster.follower());
        post(follower, "/execute", "{\"sql\":\"CREATE TABLE t(id INTEGER PRIMARY KEY, x)\"}", 200);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    private String post(WesDb node, String path, String body, int status) {
        return send(node, path, body, status).body();
    }

    private HttpResponse<String> send(WesDb node, String path, String body, int status) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + node.status().httpAddress() + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertEquals(status, response.statusCode(), () -> abbreviated(response.body()));
            return response;
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static String abbreviated(String text) {
        return text.substring(0, Math.min(500, text.length()));
    }

    private void refused(WesDb node, String path, String body, int status, String code) {
        String answer = post(node, path, body, status);
        assertTrue(answer.contains("\"code\":\"" + code + "\""), answer);
    }

    @Test
    void everyRowOfTheErrorTableThatANodeCanReach() {
        for (WesDb node : List.of(leader, follower)) {
            refused(node, "/execute", "{", 400, "BAD_REQUEST");
            refused(node, "/execute", "{\"sql\":\"INSERT INTO t(x) VALUES (?)\",\"params\":[1,2]}", 400, "BAD_REQUEST");
            refused(node, "/execute", "{\"sql\":\"INSERT INTO nowhere VALUES (1)\"}", 400, "SQL_ERROR");
            refused(node, "/execute", "{\"sql\":\"SELEC\"}", 400, "SQL_ERROR");
            refused(node, "/execute", "{\"sql\":\"ATTACH 'x' AS y\"}", 400, "SQL_ERROR");
            refused(node, "/query", "{\"sql\":\"DELETE FROM t\"}", 400, "NOT_A_QUERY");
            refused(
                    node,
                    "/execute",
                    "{\"sql\":\"INSERT INTO t(id) VALUES (1); INSERT INTO t(id) VALUES (1)\"}",
                    409,
                    "CONSTRAINT");
            refused(
                    node,
                    "/query",
                    "{\"sql\":\"SELECT 1\",\"minIndex\":1000000000,\"timeoutMillis\":50}",
                    503,
                    "STALE");
            refused(node, "/query", "{\"sql\":\"" + ENDLESS + "\",\"timeoutMillis\":100}", 504, "TIMEOUT");
            refused(
                    node,
                    "/query",
                    "{\"sql\":\"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c LIMIT 1000000)"
                            + " SELECT n, zeroblob(1000) FROM c\"}",
                    413,
                    "TOO_LARGE");
        }
        assertEquals(0, follower.query("SELECT * FROM t").size(), "nothing that was refused has left a trace");
    }

    private HttpResponse<String> keyed(WesDb node, String key, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://" + node.status().httpAddress() + "/execute"))
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", key)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aRepeatedRequestWithItsKeyIsAnsweredAsTheFirstTimeOnAnyNode() throws Exception {
        String body = "{\"sql\":\"INSERT INTO t(x) VALUES (?) RETURNING id\",\"params\":[\"a\"]}";
        String first = keyed(follower, "k", body).body();
        for (WesDb node : List.of(leader, follower)) {
            HttpResponse<String> again = keyed(node, "k", body);
            assertEquals(200, again.statusCode());
            assertEquals(first.substring(0, first.length() - 1) + ",\"replayed\":true}", again.body());
            HttpResponse<String> other = keyed(node, "k", body.replace("\"a\"", "\"b\""));
            assertEquals(422, other.statusCode());
            assertTrue(other.body().contains("\"code\":\"IDEMPOTENCY_KEY_REUSED\""), other.body());
        }
        String twice = "{\"sql\":\"INSERT INTO t(id) VALUES (1)\"}";
        assertEquals(409, keyed(follower, "refused", twice).statusCode());
        post(leader, "/execute", "{\"sql\":\"DELETE FROM t\"}", 200);
        HttpResponse<String> refusedAgain = keyed(leader, "refused", twice);
        assertEquals(409, refusedAgain.statusCode());
        assertTrue(refusedAgain.body().contains("\"code\":\"CONSTRAINT\",\"sqliteCode\":1555"), refusedAgain.body());
        assertEquals(0, leader.query("SELECT * FROM t").size());
    }

    @Test
    void aConditionalRequestIsDoneOnlyWhileItsPreconditionsHold() {
        String written = post(follower, "/execute", "{\"sql\":\"INSERT INTO t VALUES (1, 'a')\"}", 200);
        String index = written.replaceFirst("(?s).*\"index\":(\\d+).*", "$1");
        String set = "{\"sql\":\"UPDATE t SET x = 'b'\",\"precondition\":{\"sql\":\"SELECT x FROM t WHERE id = ?\","
                + "\"params\":[1],\"expect\":[[\"a\"]]},\"expectIndex\":" + index + "}";
        post(follower, "/execute", set, 200);
        refused(leader, "/execute", set, 412, "PRECONDITION_FAILED");
        refused(
                leader,
                "/execute",
                "{\"sql\":\"DELETE FROM t\",\"expectIndex\":" + index + "}",
                412,
                "PRECONDITION_FAILED");
        post(
                leader,
                "/execute",
                "{\"sql\":\"DELETE FROM t\",\"precondition\":[{\"sql\":\"SELECT x FROM t\",\"expect\":[[\"b\"]]},"
                        + "{\"sql\":\"SELECT 1 FROM t WHERE id > 1\",\"expect\":[]}]}",
                200);
        refused(
                leader,
                "/execute",
                "{\"sql\":\"DELETE FROM t\",\"precondition\":{\"sql\":\"SELECT sqlite_version()\",\"expect\":[]}}",
                400,
                "SQL_ERROR");
    }

    @Test
    void aBlobOf20MiBThroughAFollowerComesBackFromEveryNodeAndOneOf40MiBIsRefused() {
        byte[] blob = new byte[20 * 1024 * 1024];
        new Random(2).nextBytes(blob);
        String base64 = Base64.getEncoder().encodeToString(blob);
        String written = post(
                follower,
                "/execute",
                "{\"sql\":\"INSERT INTO t(id, x) VALUES (1, ?)\",\"params\":[{\"base64\":\"" + base64 + "\"}]}",
                200);
        String index = written.replaceFirst("(?s).*\"index\":(\\d+).*", "$1");
        for (WesDb node : cluster.nodes().values()) {
            String read = post(node, "/query", "{\"sql\":\"SELECT x FROM t\",\"minIndex\":" + index + "}", 200);
            assertTrue(
                    read.contains(base64),
                    "the blob is not the same on " + node.status().node());
        }
        String larger = Base64.getEncoder().encodeToString(new byte[40 * 1024 * 1024]);
        refused(
                follower,
                "/execute",
                "{\"sql\":\"INSERT INTO t(id, x) VALUES (2, ?)\",\"params\":[{\"base64\":\"" + larger + "\"}]}",
                413,
                "TOO_LARGE");
        post(follower, "/execute", "{\"sql\":\"INSERT INTO t(id) VALUES (3)\"}", 200);
    }

    @Test
    void whatAFullQueueRefusesIsNotDone() {
        cluster.stop(follower.status().node());
        cluster.with(builder -> builder.maxPendingWrites(2));
        WesDb small = cluster.start("small");
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://" + small.status().httpAddress() + "/execute"))
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"sql\":\"INSERT INTO t(id) VALUES (" + i + ")\"}", StandardCharsets.UTF_8))
                    .build();
            answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
        }
        long done = 0;
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            HttpResponse<String> response = answer.join();
            if (response.statusCode() == 200) {
                done++;
            } else {
                assertEquals(429, response.statusCode(), response.body());
                assertTrue(response.body().contains("\"code\":\"OVERLOADED\""), response.body());
                assertTrue(response.headers().firstValue("Retry-After").isPresent());
            }
        }
        assertTrue(done < 300, "none was refused");
        assertEquals(done, small.query("SELECT * FROM t").size());
    }

    @Test
    void withoutZooKeeperAWriteEndsAsUnknownAndReadsGoOn() {
        cluster.stopZooKeeper();
        refused(
                leader,
                "/execute?timeoutMillis=500",
                "{\"sql\":\"INSERT INTO t(id) VALUES (1)\"}",
                504,
                "OUTCOME_UNKNOWN");
        Awaitility.await()
                .until(() -> !leader.status().connected() && leader.status().lagMillis() > 0);
        long lagMillis = leader.status().lagMillis();
        long told = send(leader, "/query", "{\"sql\":\"SELECT * FROM t\"}", 200)
                .headers()
                .firstValueAsLong("Wesdb-Staleness-Millis")
                .orElseThrow();
        assertTrue(told >= lagMillis, "it grows: " + lagMillis + ", " + told);
        refused(
                leader,
                "/query",
                "{\"sql\":\"SELECT * FROM t\",\"consistency\":\"linearizable\",\"timeoutMillis\":300}",
                503,
                "STALE");
        refused(
                leader,
                "/query",
                "{\"sql\":\"SELECT 1\",\"consistency\":\"bounded\",\"maxStalenessMillis\":0,\"timeoutMillis\":300}",
                503,
                "STALE");
    }
}
