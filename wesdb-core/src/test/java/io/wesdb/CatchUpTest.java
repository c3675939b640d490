package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that was away replays what it missed, and serves nothing before it has (I9). */
class CatchUpTest {
    private static final int WRITES = 5_000;
    private static final int UNDER_WAY = 8;

    @TempDir
    Path directory;

    private final HttpClient client = HttpClient.newHttpClient();
    private TestCluster cluster;

    @BeforeEach
    void open() throws IOException {
        cluster = new TestCluster(directory)
                .with(builder -> builder.verifyInterval(Duration.ZERO).requestTimeout(Duration.ofSeconds(60)));
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** So few under way that there are many entries. */
    private static void write(WesDb node) {
        Deque<CompletableFuture<WriteResult>> underWay = new ArrayDeque<>();
        for (int i = 0; i < WRITES; i++) {
            underWay.add(node.executeAsync("INSERT INTO t(x) VALUES (?)", i));
            if (underWay.size() >= UNDER_WAY) {
                underWay.remove().join();
            }
        }
        underWay.forEach(CompletableFuture::join);
    }

    @Test
    void aNodeThatMissedThousandsOfWritesServesNothingBeforeItHasThemAll() throws Exception {
        cluster.start(2);
        WesDb present = cluster.node("a");
        present.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x)");
        cluster.stop("b");
        write(present);
        long head = present.status().head();

        int port = freePort();
        AtomicReference<String> early = new AtomicReference<>();
        CompletableFuture<WesDb> starting = CompletableFuture.supplyAsync(() -> cluster.builder("b")
                .http("127.0.0.1", port)
                .onProgress(progress -> early.compareAndSet(null, progress.phase()))
                .start());
        Set<Integer> refusals = new TreeSet<>();
        long served = -1;
        while (served < 0) {
            boolean done = starting.isDone();
            HttpResponse<String> answer = ask(port);
            if (answer != null && answer.statusCode() == 200) {
                served = Long.parseLong(answer.body().replaceFirst("(?s).*\"n\":(\\d+).*", "$1"));
            } else if (answer != null) {
                refusals.add(answer.statusCode());
                assertTrue(answer.body().contains("NOT_READY"), answer.body());
            }
            assertTrue(!done || served >= 0, "it has started and does not serve");
        }
        assertEquals(WRITES, served, "the first answer has everything");
        assertEquals(Set.of(503), refusals, "it was asked before it was ready, and told how far it was: " + early);

        WesDb back = starting.get(60, TimeUnit.SECONDS);
        cluster.nodes().put("b", back);
        assertTrue(back.status().applied() >= head);
        assertTrue(back.status().ready());
        assertEquals(
                present.query("SELECT sum(id), sum(x) FROM t").rows(),
                back.query(ReadOptions.linearizable(), "SELECT sum(id), sum(x) FROM t")
                        .rows());
    }

    /** Null while nothing listens. */
    private HttpResponse<String> ask(int port) throws InterruptedException {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create(
                                    "http://127.0.0.1:" + port + "/query?sql=SELECT%20count(*)%20AS%20n%20FROM%20t"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            return null;
        }
    }
}
