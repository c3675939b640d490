package io.wesdb.examples.bench;

import io.wesdb.examples.Screen;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A run of the benchmark: what its parts share. For one thread. */
final class Bench implements AutoCloseable {
    private static final int BARE_NUMBER = 100;
    private static final int USUAL_NODES = 3;

    private final Screen screen;
    private final Plan plan;
    private final Path directory;
    private final Results results = new Results();
    private @Nullable Cluster cluster;
    private @Nullable WorkerProcess bare;
    private int clusters;

    /** @param directory for all that it writes; kept apart from the report, and deleted by whoever made it */
    Bench(Screen screen, Plan plan, Path directory) {
        this.screen = screen;
        this.plan = plan;
        this.directory = directory;
    }

    Screen screen() {
        return screen;
    }

    Plan plan() {
        return plan;
    }

    Path directory() {
        return directory;
    }

    Results results() {
        return results;
    }

    /** Three nodes and one ZooKeeper server, started when first asked for; {@code t} is empty then, {@code p} has the rows to read. */
    Cluster cluster() throws Exception {
        Cluster present = cluster;
        if (present == null) {
            present = newCluster(USUAL_NODES, 1);
            cluster = present;
            present.nodes().get(0).ask("execute", Map.of("sql", PlainJobs.READ_TABLE));
            present.nodes().get(0).ask("execute", Map.of("sql", PlainJobs.fillSql(plan.keys())));
        }
        return present;
    }

    /** Which the caller closes. */
    Cluster newCluster(int nodes, int zooKeepers) throws Exception {
        return newCluster(nodes, zooKeepers, List.of());
    }

    /** @param javaOptions of the nodes, besides those that all processes get */
    Cluster newCluster(int nodes, int zooKeepers, List<String> javaOptions) throws Exception {
        clusters++;
        return Cluster.start(directory.resolve("cluster-" + clusters), nodes, zooKeepers, javaOptions);
    }

    /** Proves that the shared cluster has all that was acknowledged, and ends it; the next one asked for is new. */
    void endCluster() throws IOException {
        Cluster present = cluster;
        cluster = null;
        if (present != null) {
            try (present) {
                present.prove(screen);
            }
        }
    }

    /** A worker without a node: for bare SQLite, bare ZooKeeper, and HTTP. */
    WorkerProcess bare() throws IOException {
        WorkerProcess present = bare;
        if (present == null) {
            present = WorkerProcess.launch(
                    "bare", directory.resolve("bare.log"), List.of(), List.of("--number", String.valueOf(BARE_NUMBER)));
            bare = present;
            present.awaitReady();
            present.ask("sqlite-fill", Map.of("file", plainFile().toString(), "keys", plan.keys()));
        }
        return present;
    }

    /** With a table {@code t} to write and {@code p} to read, of sqlite-jdbc alone. */
    Path plainFile() {
        return directory.resolve("plain.db");
    }

    /** The usual details of a load. */
    Map<String, Object> load(int callers) {
        Map<String, Object> details = new HashMap<>();
        details.put("callers", callers);
        details.put("millis", plan.millis());
        details.put("keys", plan.keys());
        details.put("file", plainFile().toString());
        return details;
    }

    /** What comes before the first stretch, so that the code has been compiled; of its writes nothing counts but the rows. */
    void warm(Cluster on, WorkerProcess worker, String job, Map<String, Object> details, long millis, int rows)
            throws IOException {
        Map<String, Object> brief = new HashMap<>(details);
        brief.put("millis", millis);
        Fields answer = worker.ask(job, brief);
        Measured measured = Measured.from(answer);
        long written = answer.has("written") ? answer.number("written") : measured.acknowledged();
        on.account(written * rows, measured.failed() * rows);
    }

    /**
     * What the leader has all nodes do a minute after it was elected, and seldom afterwards. Code that was compiled for
     * one kind of statement only is given up then, on all nodes at once, and compiled anew.
     */
    void upkeep(Cluster on, Map<String, Object> details) throws IOException, InterruptedException {
        for (int i = 0; i < 2; i++) {
            on.follower().ask("execute", Map.of("sql", "PRAGMA optimize"));
            warm(on, on.follower(), "writes", details, plan.warmMillis() / 4, 1);
        }
    }

    /** A yardstick's load, which no cluster takes part in. */
    Observation measure(Case what, int round, WorkerProcess worker, String job, Map<String, ?> details)
            throws IOException {
        long cpu = worker.cpuNanos();
        Measured measured = Measured.from(worker.ask(job, details));
        Observation observation = new Observation(what, round, measured, worker.cpuNanos() - cpu, 0, 0, 0);
        return recorded(observation);
    }

    /** A load of reads, or of others that put no rows into {@code t}. */
    Observation measure(Case what, int round, Cluster on, WorkerProcess worker, String job, Map<String, ?> details)
            throws IOException {
        long cpu = cpuNanos(on, worker);
        Measured measured = Measured.from(worker.ask(job, details));
        return recorded(new Observation(what, round, measured, cpuNanos(on, worker) - cpu, 0, 0, 0));
    }

    /** A load of commands that each put so many rows into {@code t}. */
    Observation measureWrites(
            Case what, int round, Cluster on, WorkerProcess worker, String job, Map<String, ?> details, int rows)
            throws Exception {
        long head = on.head();
        long cpu = cpuNanos(on, worker);
        Fields answer = worker.ask(job, details);
        long used = cpuNanos(on, worker) - cpu;
        long newHead = on.head();
        Measured measured = Measured.from(answer);
        long written = answer.has("written") ? answer.number("written") : measured.acknowledged();
        on.account(written * rows, measured.failed() * rows);
        return recorded(
                new Observation(what, round, measured, used, written, on.logBytes(head, newHead), newHead - head));
    }

    private static long cpuNanos(Cluster on, WorkerProcess worker) {
        return on.cpuNanos() + (on.nodes().contains(worker) ? 0 : worker.cpuNanos());
    }

    private Observation recorded(Observation observation) {
        results.add(observation);
        Measured measured = observation.measured();
        screen.aside(String.format(
                "%s, %s, %,d callers%s: %,.0f/s, p50 %.3f ms, p99 %.3f ms",
                observation.what().part(),
                observation.what().series(),
                observation.what().callers(),
                observation.what().paced() ? " at a given rate" : "",
                measured.perSecond(),
                measured.micros(50) / 1e3,
                measured.micros(99) / 1e3));
        if (measured.failed() > 0) {
            screen.say(String.format("%,d calls failed, the first: %s", measured.failed(), measured.failure()));
        }
        return observation;
    }

    @Override
    public void close() {
        if (cluster != null) {
            cluster.close();
        }
        if (bare != null) {
            bare.close();
        }
    }
}
