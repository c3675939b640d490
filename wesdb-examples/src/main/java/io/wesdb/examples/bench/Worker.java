package io.wesdb.examples.bench;

import io.wesdb.WesDb;
import io.wesdb.examples.Json;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * Makes loads for the driver, whose process it must not share: a node with callers of its own, or a program without one. Takes jobs on
 * standard input and answers on standard output, one JSON object a line; ends when its input does.
 */
@CommandLine.Command(name = "worker")
public final class Worker implements Callable<Integer> {
    @Option(names = "--db")
    private @Nullable Path db;

    @Option(names = "--zk")
    private @Nullable String zk;

    @Option(names = "--node")
    private String node = "";

    @Option(names = "--number", description = "by which the ids of its rows differ from other workers'")
    private int number;

    @Option(names = "--http-port")
    private int httpPort;

    @Option(names = "--session-timeout-millis")
    private long sessionTimeoutMillis = 10_000;

    /** Something that the driver can ask for, by name. */
    interface Job {
        Map<String, ?> run(Fields details) throws Exception;
    }

    private Worker() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Worker()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err); // nobody else may speak there
        try (WesDb started = db == null ? null : start(db)) {
            Map<String, Job> jobs = new HashMap<>();
            RowIds ids = new RowIds(number);
            jobs.putAll(PlainJobs.all());
            jobs.putAll(ZooKeeperJobs.all());
            jobs.put("http", details -> HttpLoad.run(details, ids));
            if (started != null) {
                jobs.putAll(new NodeJobs(started, ids).all());
            }
            out.println("{}");
            serve(jobs, out);
        }
        return 0;
    }

    private WesDb start(Path file) {
        return WesDb.builder()
                .dbPath(file)
                .nodeId(node)
                .zk(String.valueOf(zk))
                .http("127.0.0.1", httpPort)
                .sessionTimeout(Duration.ofMillis(sessionTimeoutMillis))
                .start();
    }

    private static void serve(Map<String, Job> jobs, PrintStream out) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(Json.write(answer(jobs, Fields.read(line))));
        }
    }

    private static Map<String, ?> answer(Map<String, Job> jobs, Fields request) {
        try {
            Job job = jobs.get(request.text("job"));
            if (job == null || !(request.map().get("details") instanceof Map<?, ?> details)) {
                throw new IllegalArgumentException("no such job: " + request);
            }
            return job.run(new Fields(details));
        } catch (Exception e) {
            e.printStackTrace();
            return Map.of("error", e.toString());
        }
    }
}
