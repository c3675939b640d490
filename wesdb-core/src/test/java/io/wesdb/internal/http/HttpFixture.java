package io.wesdb.internal.http;

import io.wesdb.WesDb;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A listener before a database; the one place where tests make both. */
final class HttpFixture implements AutoCloseable {
    static final int WORKERS = 8;
    static final int MAX_BODY_BYTES = 48 * 1024 * 1024;

    final TestWesDb db;
    final IoThreads io = new IoThreads("test", 2, Duration.ofSeconds(2));
    final ExecutorService workers = Executors.newFixedThreadPool(WORKERS, work -> {
        Thread thread = new Thread(work, "test-worker");
        thread.setDaemon(true);
        return thread;
    });
    final HttpServer server;

    HttpFixture(Path directory) {
        this(directory, settings -> settings);
    }

    HttpFixture(Path directory, UnaryOperator<HttpServerSettings> change) {
        this(directory, change, (pipeline, request) -> pipeline.channel().close());
    }

    HttpFixture(Path directory, UnaryOperator<HttpServerSettings> change, PeerUpgrade peers) {
        try {
            db = new TestWesDb(directory.resolve("test.db"));
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
        server = HttpServer.start(
                change.apply(HttpServerSettings.of("127.0.0.1", 0, true, MAX_BODY_BYTES)),
                io.group(),
                workers,
                workers,
                peers);
        server.attach(db);
    }

    WesDb db() {
        return db;
    }

    int port() {
        return server.boundPort();
    }

    RawHttp connect() throws IOException {
        return new RawHttp(port());
    }

    RawHttp.Response post(String path, String json) throws IOException {
        try (RawHttp http = connect()) {
            return http.post(path, "application/json", json);
        }
    }

    RawHttp.Response get(String path) throws IOException {
        try (RawHttp http = connect()) {
            return http.get(path);
        }
    }

    /** The listener still does its work. */
    void assertAlive() throws IOException {
        RawHttp.Response response = post("/query", "{\"sql\":\"SELECT 1 AS one\"}");
        if (response.status() != 200 || !response.body().startsWith("{\"result\":[{\"one\":1}]")) {
            throw new AssertionError("the listener does not answer any more: " + response);
        }
    }

    @Override
    public void close() throws InterruptedException {
        server.close();
        io.close();
        db.close();
        workers.shutdown();
        workers.awaitTermination(5, TimeUnit.SECONDS);
    }
}
