package io.wesdb.examples.bench;

import io.wesdb.examples.Json;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A {@link Worker} in a process of its own, which ends when this one does. For one thread. */
final class WorkerProcess implements AutoCloseable {
    static final String HEAP = "-Xmx768m";

    private static final int END_SECONDS = 20;

    private final String name;
    private final Process process;
    private final BufferedWriter in;
    private final BufferedReader out;
    private final Path log;

    private WorkerProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.in = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Begins to start it; {@link #awaitReady} comes next. */
    static WorkerProcess launch(String name, Path log, List<String> javaOptions, List<String> options)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(HEAP);
        command.addAll(javaOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Worker.class.getName()));
        command.addAll(options);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        return new WorkerProcess(name, process, log);
    }

    String name() {
        return name;
    }

    void awaitReady() throws IOException {
        answer();
    }

    /** Has it do a job. */
    Fields ask(String job, Map<String, ?> details) throws IOException {
        begin(job, details);
        return answer();
    }

    Fields ask(String job) throws IOException {
        return ask(job, Map.of());
    }

    /** As {@link #ask}, without waiting; {@link #answer} comes next. */
    void begin(String job, Map<String, ?> details) throws IOException {
        in.write(Json.write(Map.of("job", job, "details", details)));
        in.newLine();
        in.flush();
    }

    Fields answer() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IOException(name + " ended; its log:\n" + readLog());
        }
        Fields answer = Fields.read(line);
        if (answer.has("error")) {
            throw new IOException(name + ": " + answer.text("error"));
        }
        return answer;
    }

    private String readLog() throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    long pid() {
        return process.pid();
    }

    /** That it has used so far. */
    long cpuNanos() {
        return cpuNanos(process);
    }

    static long cpuNanos(Process process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    @Override
    public void close() {
        try {
            in.close(); // the end of its input is the end of the worker
            if (process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (IOException e) {
            process.destroyForcibly(); // it has ended, or will
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
