package io.wesdb.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The node program in a process of its own. For one thread. */
public final class NodeProcess implements AutoCloseable {
    private static final String READY = "ready ";
    private static final int START_SECONDS = 60;
    private static final int STOP_SECONDS = 30;

    private final Process process;
    private final Path log;

    private NodeProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** How this JVM would start the node program from its own class path. */
    public static List<String> javaCommand() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                NodeProgram.class.getName());
    }

    /** Starts it; {@link #awaitReady} waits until it serves. What it logs goes to {@code log}. */
    public static NodeProcess start(
            List<String> command, Map<String, String> environment, Path log, List<String> options) throws IOException {
        List<String> whole = new ArrayList<>(command);
        whole.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(whole);
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        return new NodeProcess(builder.start(), log);
    }

    /**
     * Waits for the ready line and gives the address in it.
     *
     * @throws IOException if the program ended, or said something else, or nothing in time
     */
    public String awaitReady() throws IOException, InterruptedException {
        return awaitReady(START_SECONDS);
    }

    /** As {@link #awaitReady()}, with that much patience. Once in a process's life. */
    public String awaitReady(long seconds) throws IOException, InterruptedException {
        // Kept open for the process's life: were it closed, the program's next line would end it.
        @SuppressWarnings("resource")
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        CompletableFuture<@Nullable String> line = new CompletableFuture<>();
        Thread reader = new Thread(
                () -> {
                    try {
                        line.complete(out.readLine());
                    } catch (IOException e) {
                        line.completeExceptionally(e);
                    }
                },
                "ready-line-reader");
        reader.setDaemon(true);
        reader.start();
        String said = waitFor(line, seconds);
        if (said == null || !said.startsWith(READY)) {
            throw new IOException("the node program did not get ready but said '" + said + "'; its log:\n" + readLog());
        }
        return said.substring(READY.length());
    }

    private @Nullable String waitFor(CompletableFuture<@Nullable String> line, long seconds)
            throws IOException, InterruptedException {
        try {
            return line.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("no ready line within " + seconds + " s; the node's log:\n" + readLog(), e);
        }
    }

    public String readLog() throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Empty while it lives. */
    public OptionalInt exitCode() {
        return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
    }

    /** SIGTERM: asks it to leave, and gives its exit code. */
    public int stop() throws IOException, InterruptedException {
        process.destroy();
        return awaitEnd();
    }

    /** Waits until it has ended by itself, and gives its exit code. */
    public int awaitEnd() throws IOException, InterruptedException {
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("the node did not end within " + STOP_SECONDS + " s; its log:\n" + readLog());
        }
        return process.exitValue();
    }

    /** SIGKILL: as a crash does it. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** No process is left behind, whatever happened. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
