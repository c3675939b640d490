package io.wesdb.examples;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One of the demonstration's nodes: a name, a file, and, while it runs, a process to speak to. For one thread. */
final class DemoNode implements AutoCloseable {
    private final String name;
    private final Path file;
    private final Path log;
    private final List<String> options;
    private final HttpClient http;
    private @Nullable NodeProcess process;
    private @Nullable NodeClient client;

    /** @param options of the node program besides its file, its name and its HTTP address */
    DemoNode(String name, Path directory, List<String> options, HttpClient http) {
        this.name = name;
        this.file = directory.resolve(name + ".db");
        this.log = directory.resolve(name + ".log");
        this.options = options;
        this.http = http;
    }

    String name() {
        return name;
    }

    Path file() {
        return file;
    }

    /** Begins to start, on the file that is there, if one is. */
    void launch() throws IOException {
        List<String> all = new ArrayList<>(
                List.of("--db", file.toString(), "--node", name, "--http", "127.0.0.1:0", "--log-level", "warn"));
        all.addAll(options);
        process = NodeProcess.start(NodeProcess.javaCommand(), Map.of(), log, all);
    }

    void awaitReady() throws IOException, InterruptedException {
        client = new NodeClient(http, running().awaitReady());
    }

    NodeClient client() {
        if (client == null) {
            throw new IllegalStateException(name + " is not ready");
        }
        return client;
    }

    /** SIGTERM; gives the exit code. */
    int stop() throws IOException, InterruptedException {
        return running().stop();
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        running().kill();
        client = null;
    }

    private NodeProcess running() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process;
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }
}
