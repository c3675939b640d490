package io.wesdb.examples;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Five nodes; one follower is stopped (SIGSTOP) and another one's disk is full, both at the same time. What writes through the others
 * notice of it, by turns with all five healthy, so that whatever else happens on the machine hits both alike; and that the two come back by
 * themselves. The full disk is a small tmpfs, for which the program must run as root.
 */
@Command(
        name = "BadNodes",
        mixinStandardHelpOptions = true,
        description = "One node stopped and one with a full disk: what the writers notice.")
public final class BadNodes implements Callable<Integer> {
    private static final int CALLERS = 16;
    /** The write-ahead log alone takes 64 MB and more under this load. */
    private static final int DISK_MEGABYTES = 256;

    private static final int READY_SECONDS = 120;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** How much worse than in the healthy stretches counts as more than noise. */
    private static final double LEAST_THROUGHPUT = 0.8;

    private static final double MOST_P99 = 1.5;

    /** Shorter ones tell nothing. */
    private static final int TELLING_SECONDS = 5;

    @Option(names = "--seconds", description = "Of each stretch. Default: ${DEFAULT-VALUE}.")
    int seconds = 20;

    @Option(names = "--rounds", description = "Stretches of each kind. Default: ${DEFAULT-VALUE}.")
    int rounds = 3;

    @Option(names = "--no-full-disk", description = "Only the stopped node.")
    boolean withoutFullDisk;

    private final AtomicLong failed = new AtomicLong();
    private final List<Stretch.Summary> healthy = new ArrayList<>();
    private final List<Stretch.Summary> bad = new ArrayList<>();

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new BadNodes()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title("Five nodes, one stopped and one with a full disk");
        try (Fleet fleet = Fleet.start("bad-nodes", List.of("a", "b", "c"), List.of());
                SmallDisk disk = withoutFullDisk ? SmallDisk.none() : SmallDisk.mount(DISK_MEGABYTES)) {
            List<DemoNode> sound = fleet.nodes();
            if (!disk.isMounted()) {
                screen.say("The full disk is left out: " + disk.whyNot());
            }
            // The first three have been there before, so one of them leads.
            DemoNode stopping = fleet.add("stopped", fleet.directory());
            DemoNode filling = fleet.add("full", disk.isMounted() ? disk.directory() : fleet.directory());
            for (DemoNode node : List.of(stopping, filling)) {
                node.launch();
                node.awaitReady(READY_SECONDS);
            }
            sound.get(0).client().execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT)");
            try (Load load = new Load(CALLERS, Long.MAX_VALUE, (caller, number) -> insert(sound, caller))) {
                load.lap(Duration.ofSeconds(seconds)); // warm up
                for (int round = 0; round < rounds; round++) {
                    healthy.add(load.lap(Duration.ofSeconds(seconds)));
                    goBad(screen, load, stopping, filling, disk);
                }
                load.stop();
            }
            report(screen);
            fleet.proveEqual(screen, stopping);
            LongRun.keepOrDelete(screen, fleet);
        }
    }

    private boolean insert(List<DemoNode> nodes, int caller) throws InterruptedException {
        try {
            nodes.get(caller % nodes.size())
                    .client()
                    .execute("INSERT INTO t(x) VALUES (?)", "a row of some forty characters, no more");
            return true;
        } catch (IOException e) {
            failed.incrementAndGet();
            return false;
        }
    }

    private void goBad(Screen screen, Load load, DemoNode stopping, DemoNode filling, SmallDisk disk) throws Exception {
        stopping.signal("STOP");
        try {
            if (disk.isMounted()) {
                disk.fill();
                Await.until(
                        PATIENCE,
                        "the node with the full disk to notice",
                        () -> !filling.client().status().ready());
            }
            bad.add(load.lap(Duration.ofSeconds(seconds)));
        } finally {
            stopping.signal("CONT");
            disk.free();
        }
        long begun = System.nanoTime();
        List<String> back = new ArrayList<>();
        for (DemoNode node : disk.isMounted() ? List.of(stopping, filling) : List.of(stopping)) {
            long target = filling.client().status().head();
            Await.until(PATIENCE, node.name() + " to come back", () -> {
                NodeClient.Status status = node.client().status();
                return status.ready() && status.applied() >= target;
            });
            back.add(String.format("'%s' after %.1f s", node.name(), (System.nanoTime() - begun) / 1e9));
        }
        screen.prove(true, "back by themselves: " + String.join(", ", back));
    }

    private void report(Screen screen) {
        List<List<String>> table = new ArrayList<>(List.of(List.of("", "writes/s", "p50", "p99", "longest", "failed")));
        for (int i = 0; i < healthy.size(); i++) {
            table.add(line("healthy " + (i + 1), healthy.get(i)));
            table.add(line("bad " + (i + 1), bad.get(i)));
        }
        double throughput = ratio(Stretch.Summary::perSecond);
        double p99 = ratio(Stretch.Summary::p99Millis);
        table.add(List.of(
                "bad / healthy, medians",
                String.format("%.2f", throughput),
                String.format("%.2f", ratio(Stretch.Summary::p50Millis)),
                String.format("%.2f", p99),
                String.format("%.2f", ratio(Stretch.Summary::longestMillis)),
                ""));
        table.add(List.of(
                "highest / lowest healthy",
                String.format("%.2f", spread(Stretch.Summary::perSecond)),
                String.format("%.2f", spread(Stretch.Summary::p50Millis)),
                String.format("%.2f", spread(Stretch.Summary::p99Millis)),
                String.format("%.2f", spread(Stretch.Summary::longestMillis)),
                ""));
        screen.table(table);
        screen.prove(failed.get() == 0, "no write failed: " + failed.get());
        if (seconds < TELLING_SECONDS) {
            screen.aside("The stretches were too short to tell more.");
            return;
        }
        screen.prove(
                throughput >= Math.min(LEAST_THROUGHPUT, 1 / spread(Stretch.Summary::perSecond)),
                "throughput is within noise of the healthy one");
        screen.prove(
                p99 <= Math.max(MOST_P99, spread(Stretch.Summary::p99Millis)),
                "p99 is within noise of the healthy one");
    }

    private static List<String> line(String name, Stretch.Summary stretch) {
        return List.of(
                name,
                String.format("%.0f", stretch.perSecond()),
                String.format("%.1f ms", stretch.p50Millis()),
                String.format("%.1f ms", stretch.p99Millis()),
                String.format("%.0f ms", stretch.longestMillis()),
                String.valueOf(stretch.failed()));
    }

    private double ratio(ToDoubleFunction<Stretch.Summary> figure) {
        return median(bad, figure) / median(healthy, figure);
    }

    private static double median(List<Stretch.Summary> stretches, ToDoubleFunction<Stretch.Summary> figure) {
        double[] sorted = stretches.stream().mapToDouble(figure).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private double spread(ToDoubleFunction<Stretch.Summary> figure) {
        DoubleSummaryStatistics all = healthy.stream().mapToDouble(figure).summaryStatistics();
        return all.getMax() / all.getMin();
    }
}
