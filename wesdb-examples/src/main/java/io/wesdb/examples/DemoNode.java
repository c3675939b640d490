package io.wesdb.examples;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** One of the demonstration's nodes: a name, a file, and, while it runs, a process to speak to. For one thread. */
public final class DemoNode implements AutoCloseable {
    private final String name;
    private final Path file;
    private final Path log;
    private final List<String> command;
    private final List<String> options;
    private final HttpClient http;
    private final int port;
    private @Nullable NodeProcess process;
    private @Nullable NodeClient client;

    /** @param options of the node program besides its file, its name and its HTTP address */
    public DemoNode(String name, Path directory, List<String> options, HttpClient http) {
        this(name, directory.resolve(name + ".db"), directory.resolve(name + ".log"), options, http, 0);
    }

    /** @param port where it serves HTTP each time it is launched; 0 for another one each time */
    public DemoNode(String name, Path file, Path log, List<String> options, HttpClient http, int port) {
        this(name, file, log, NodeProcess.javaCommand(), options, http, port);
    }

    /** @param command that starts the node program */
    public DemoNode(
            String name, Path file, Path log, List<String> command, List<String> options, HttpClient http, int port) {
        this.command = command;
        this.name = name;
        this.file = file;
        this.log = log;
        this.options = options;
        this.http = http;
        this.port = port;
    }

    public String name() {
        return name;
    }

    public Path file() {
        return file;
    }

    /** Begins to start, on the file that is there, if one is. */
    public void launch() throws IOException {
        List<String> all =
                new ArrayList<>(List.of("--db", file.toString(), "--node", name, "--http", "127.0.0.1:" + port));
        all.addAll(options);
        process = NodeProcess.start(command, Map.of(), log, all);
        client = port == 0 ? null : new NodeClient(http, "http://127.0.0.1:" + port);
    }

    public void awaitReady() throws IOException, InterruptedException {
        client = new NodeClient(http, running().awaitReady());
    }

    public void awaitReady(long seconds) throws IOException, InterruptedException {
        client = new NodeClient(http, running().awaitReady(seconds));
    }

    public long pid() {
        return running().pid();
    }

    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** How its last life ended by itself or otherwise; empty while it lives, or never did. */
    public OptionalInt exitCode() {
        return process == null ? OptionalInt.empty() : process.exitCode();
    }

    /** What it has logged in all its lives. */
    public String readLog() throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    public NodeClient client() {
        if (client == null) {
            throw new IllegalStateException(name + " is not ready");
        }
        return client;
    }

    /** SIGTERM; gives the exit code. */
    public int stop() throws IOException, InterruptedException {
        return running().stop();
    }

    /** Sends it a signal by name, without the SIG. */
    public void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(pid())).start();
        if (kill.waitFor() != 0) {
            throw new IOException("kill -" + name + " failed");
        }
    }

    /** SIGKILL. */
    public void kill() throws InterruptedException {
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
