package io.wesdb.examples;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A new node joins a cluster with a large database while others write: how long that takes against copying the file, what the writers
 * notice of it, and what memory both nodes use.
 */
@Command(
        name = "Bootstrap",
        mixinStandardHelpOptions = true,
        description = "A new node joins a cluster with a large database under load.")
public final class Bootstrap implements Callable<Integer> {
    private static final double MEGABYTE = 1024 * 1024;
    private static final int CALLERS = 4;
    private static final int ROWS_A_COMMAND = 1_000;
    private static final int MIN_BODY_BYTES = 1_024;
    private static final int MAX_BODY_BYTES = 8_192;

    /** What the writers keep during the transfer of what they had before. */
    private static final double SHARE_KEPT = 0.7;

    /** Shorter ones tell nothing about throughput. */
    private static final double TELLING_SECONDS = 2;

    /** The nodes' heap is bounded to 256 MB; this leaves as much for all else, whatever the database's size. */
    private static final long MOST_RESIDENT_MEGABYTES = 512;

    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final String SCHEMA = """
            CREATE TABLE data(id INTEGER PRIMARY KEY, body BLOB NOT NULL);
            CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP);""";
    private static final String FILL = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)"
            + " INSERT INTO data(body) SELECT randomblob(? + abs(random() % ?)) FROM c";

    @Option(
            names = "--size",
            converter = OptionTypes.SizeType.class,
            description = "The database's, such as 20m or 1g. Default: 1g.")
    long size = 1024L * 1024 * 1024;

    @Option(names = "--seconds", description = "How long throughput is measured before. Default: ${DEFAULT-VALUE}.")
    int seconds = 15;

    @Option(
            names = "--rate",
            converter = OptionTypes.SizeType.class,
            description = "The nodes' --max-snapshot-bytes-per-second. Default: 0, for as fast as possible.")
    long rate;

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new Bootstrap()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title(String.format("A node joins a cluster with a database of %,.0f MB", size / MEGABYTE));
        try (Fleet fleet = Fleet.start(
                "bootstrap",
                List.of("a", "b", "c"),
                List.of("--max-snapshot-bytes-per-second", String.valueOf(rate)))) {
            List<DemoNode> members = fleet.nodes();
            fill(screen, fleet);
            double copySeconds = copy(fleet, members.get(1).file());
            DemoNode joining = fleet.add("d", fleet.directory());
            Inserts inserts = new Inserts(members);
            try (Load load = new Load(CALLERS, Long.MAX_VALUE, inserts);
                    LogWatch log = LogWatch.start(fleet.connectString())) {
                Await.until(PATIENCE, "the first entries to leave the log", () -> log.isGone(1));
                join(screen, fleet, joining, load, copySeconds);
                load.stop();
            }
            inserts.proveNoneFailed(screen);
            fleet.proveEqual(screen, joining);
            LongRun.keepOrDelete(screen, fleet);
        }
    }

    /** Every node makes the same random bytes by itself, so this costs the log nothing. */
    private void fill(Screen screen, Fleet fleet) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        NodeClient client = fleet.nodes().get(0).client();
        long index = client.execute(SCHEMA).index();
        long bytesACommand = ROWS_A_COMMAND * (MIN_BODY_BYTES + MAX_BODY_BYTES) / 2L;
        for (long filled = 0; filled < size; filled += bytesACommand) {
            index = client.execute(FILL, ROWS_A_COMMAND, MIN_BODY_BYTES, MAX_BODY_BYTES - MIN_BODY_BYTES + 1)
                    .index();
        }
        fleet.awaitApplied(index, PATIENCE);
        screen.aside(String.format("filled in %.0f s", (System.nanoTime() - begun) / 1e9));
    }

    /** What cp and a sync to disk take, the file being in memory as it is for the node that gives it. */
    private static double copy(Fleet fleet, Path file) throws IOException {
        Path copy = fleet.directory().resolve("copy");
        double best = Double.MAX_VALUE;
        for (int i = 0; i < 2; i++) {
            long begun = System.nanoTime();
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            best = Math.min(best, (System.nanoTime() - begun) / 1e9);
        }
        Files.delete(copy);
        return best;
    }

    private void join(Screen screen, Fleet fleet, DemoNode joining, Load load, double copySeconds) throws Exception {
        Map<String, Footprint> before = new HashMap<>();
        for (DemoNode node : fleet.others(joining)) {
            before.put(node.name(), Footprint.of(node));
        }
        Stretch.Summary usual = load.lap(Duration.ofSeconds(seconds));
        try (MemoryWatch memory = new MemoryWatch(fleet.nodes())) {
            Arrival arrival = Arrival.of(joining, fleet, load);
            Stretch.Summary after = load.lap(Duration.ofSeconds(seconds));
            screen.prove(
                    LongRun.count(joining.readLog(), LongRun.INSTALLED) == 1,
                    String.format(
                            "%s is ready %.1f s after its launch, through a snapshot",
                            joining.name(), arrival.readySeconds()));
            reportSpeed(screen, arrival, copySeconds);
            reportWriters(screen, usual, arrival, after);
            DemoNode giver = fleet.nodes().stream()
                    .filter(node -> node.name().equals(arrival.source()))
                    .findFirst()
                    .orElse(joining);
            reportMemory(screen, giver, joining, before, arrival, memory);
        }
    }

    private static void reportSpeed(Screen screen, Arrival arrival, double copySeconds) {
        double megabytes = arrival.totalBytes() / MEGABYTE;
        screen.table(List.of(
                List.of("", "seconds", "MB/s", "time / cp's"),
                speed("cp and fsync", megabytes, copySeconds, copySeconds),
                speed(
                        "transfer, the giver's copy of its file included",
                        megabytes,
                        arrival.transferSeconds(),
                        copySeconds),
                speed("the bytes' way alone", megabytes, arrival.bytesSeconds(), copySeconds),
                speed("checks, installation and catch-up", megabytes, arrival.restSeconds(), copySeconds)));
    }

    private static List<String> speed(String what, double megabytes, double seconds, double copySeconds) {
        return List.of(
                what,
                String.format("%.2f", seconds),
                String.format("%.0f", megabytes / seconds),
                String.format("%.2f", seconds / copySeconds));
    }

    private static void reportWriters(Screen screen, Stretch.Summary usual, Arrival arrival, Stretch.Summary after) {
        screen.table(List.of(
                List.of("the writers", "seconds", "writes/s", "/ before", "p99"),
                rate("before", usual, usual),
                rate("while its process starts", arrival.starting(), usual),
                rate("during the transfer", arrival.transfer(), usual),
                rate("from then until it is ready", arrival.rest(), usual),
                rate("afterwards", after, usual)));
        if (arrival.transfer().seconds() >= TELLING_SECONDS) {
            screen.prove(
                    arrival.transfer().perSecond() >= SHARE_KEPT * usual.perSecond(),
                    "during the transfer the writers keep at least 70 % of their throughput");
        } else {
            screen.aside("The transfer was too short to tell what the writers keep.");
        }
    }

    private static List<String> rate(String when, Stretch.Summary summary, Stretch.Summary usual) {
        return List.of(
                when,
                String.format("%.1f", summary.seconds()),
                String.format("%.0f", summary.perSecond()),
                String.format("%.0f %%", 100 * summary.perSecond() / usual.perSecond()),
                String.format("%.1f ms", summary.p99Millis()));
    }

    private static void reportMemory(
            Screen screen,
            DemoNode giver,
            DemoNode receiver,
            Map<String, Footprint> before,
            Arrival arrival,
            MemoryWatch memory)
            throws InterruptedException {
        List<List<String>> table = new ArrayList<>(List.of(
                List.of("MB", "resident before", "at most", "afterwards", "heap before", "at half-way", "afterwards")));
        for (DemoNode node : List.of(giver, receiver)) {
            Footprint then = before.getOrDefault(node.name(), Footprint.NONE);
            Footprint now = Footprint.of(node);
            long heapBetween = node == giver ? arrival.giversHeap() : arrival.receiversHeap();
            table.add(Stream.of(
                            then.resident(), memory.most(node), now.resident(), then.heap(), heapBetween, now.heap())
                    .map(String::valueOf)
                    .collect(Collectors.toCollection(() -> new ArrayList<>(
                            List.of(node.name() + (node == giver ? ", which gives" : ", which receives"))))));
        }
        screen.table(table);
        screen.prove(
                Math.max(memory.most(giver), memory.most(receiver)) <= MOST_RESIDENT_MEGABYTES,
                "neither ever has more than " + MOST_RESIDENT_MEGABYTES + " MB resident, whatever the database's size");
    }

    /** In MB. */
    private record Footprint(long resident, long heap) {
        private static final Footprint NONE = new Footprint(0, 0);

        static Footprint of(DemoNode node) throws InterruptedException {
            return new Footprint(Memory.residentMegabytes(node.pid()), Memory.heapMegabytes(node.pid()));
        }
    }
}
