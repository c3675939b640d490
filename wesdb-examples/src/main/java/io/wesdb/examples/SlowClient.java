package io.wesdb.examples;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A large result is streamed to a client that reads slowly: what the node's other queries and the cluster's writes notice of it, by turns
 * with stretches without such a client, and what memory the node needs for it. Then clients that go away in the middle, and more of
 * them at once than the node has readers.
 */
@Command(
        name = "SlowClient",
        mixinStandardHelpOptions = true,
        description = "A large result streamed to a slow client: memory, other queries, writes.")
public final class SlowClient implements Callable<Integer> {
    private static final double MEGABYTE = 1024 * 1024;
    private static final int MAX_READERS = 4;
    private static final int AT_ONCE = 8;
    private static final int WRITERS = 6;
    private static final int READERS = 4;
    private static final int WARM_UP = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** For an answer's first rows. */
    private static final Duration SHORT_PATIENCE = Duration.ofSeconds(20);

    /** For the node's word whether it streams; it may let a client wait. */
    private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(2);

    /** Between a client's going away and its reader's being free. */
    private static final long SOON_MILLIS = 1_000;

    @Option(names = "--rows", description = "Default: ${DEFAULT-VALUE}.")
    long rows = 5_000_000;

    @Option(names = "--seconds", description = "Of each stretch. Default: ${DEFAULT-VALUE}.")
    int seconds = 15;

    @Option(names = "--rounds", description = "Stretches of each kind. Default: ${DEFAULT-VALUE}.")
    int rounds = 3;

    @Option(
            names = "--rate",
            converter = OptionTypes.SizeType.class,
            description = "Bytes a second that the slow client reads. Default: 1m.")
    long rate = 1024 * 1024;

    private final AtomicLong readsFailed = new AtomicLong();
    private volatile String firstFailure = "";
    private final Comparison writes = new Comparison("writes/s", "usual", "slow client");
    private final Comparison reads = new Comparison("queries/s", "usual", "slow client");
    private final Footprints footprints = new Footprints();
    private double resultMegabytes;

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new SlowClient()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title(String.format("%,d rows streamed to a client that reads %,d bytes a second", rows, rate));
        try (Fleet fleet = Fleet.start(
                "slow-client", List.of("a", "b", "c"), List.of("--max-readers", String.valueOf(MAX_READERS)))) {
            fill(screen, fleet);
            DemoNode node = fleet.others(fleet.leader(fleet.nodes().get(0))).get(0);
            Inserts inserts = new Inserts(fleet.nodes());
            try (Load writing = new Load(WRITERS, Long.MAX_VALUE, inserts);
                    Load reading = new Load(READERS, Long.MAX_VALUE, (caller, number) -> readOne(node))) {
                screen.section("One slow client");
                oneClient(screen, node, writing, reading);
                screen.section("Clients that go away");
                goAway(screen, node);
                screen.section(String.format("%d at once, where there are %d readers", AT_ONCE, MAX_READERS));
                manyAtOnce(screen, node, reading);
                reading.stop();
                writing.stop();
            }
            inserts.proveNoneFailed(screen);
            fleet.proveEqual(screen, node);
            LongRun.keepOrDelete(screen, fleet);
        }
    }

    private void fill(Screen screen, Fleet fleet) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        NodeClient client = fleet.nodes().get(0).client();
        Rows.fill(client::execute, rows);
        fleet.awaitApplied(client.execute(Inserts.TABLE).index(), PATIENCE);
        screen.aside(String.format("filled in %.0f s", (System.nanoTime() - begun) / 1e9));
    }

    private boolean readOne(DemoNode node) throws InterruptedException {
        long id = 1 + ThreadLocalRandom.current().nextLong(rows);
        try {
            boolean right =
                    node.client().query(0, Rows.ONE, id).rows().equals(List.of(List.of(Rows.k(id), Rows.name(id))));
            if (!right) {
                throw new IOException("a wrong answer");
            }
            return true;
        } catch (IOException e) {
            if (readsFailed.getAndIncrement() == 0) {
                firstFailure = e.toString();
            }
            return false;
        }
    }

    private void oneClient(Screen screen, DemoNode node, Load writing, Load reading) throws Exception {
        reading.lap(Duration.ofSeconds(WARM_UP * seconds)); // and what was filled gets to the disk
        try (SlowReader hasty = SlowReader.start(node, rate)) { // so that all code is compiled, which takes memory
            takeTheRest(screen, hasty);
        }
        for (int round = 1; round <= rounds; round++) {
            try (MemoryWatch memory = MemoryWatch.withHeap(List.of(node))) {
                lap(writing, reading);
                writes.addUsual(writing.lap());
                reads.addUsual(reading.lap());
                footprints.addUsual(node, memory);
            }
            try (MemoryWatch memory = MemoryWatch.withHeap(List.of(node));
                    SlowReader client = SlowReader.start(node, rate)) {
                client.awaitRows(SHORT_PATIENCE);
                lap(writing, reading);
                writes.addOther(writing.lap());
                reads.addOther(reading.lap());
                if (round == rounds) {
                    takeTheRest(screen, client);
                } else {
                    screen.prove(client.fault() == null, String.format("it has %,d rows, and goes", client.rows()));
                }
                footprints.addSlow(node, memory);
            }
        }
        writes.print(screen);
        reads.print(screen);
        screen.prove(readsFailed.get() == 0, "no query failed: " + readsFailed.get() + " " + firstFailure);
        if (seconds < Comparison.TELLING_SECONDS) {
            screen.aside("The stretches were too short to tell more.");
        } else {
            writes.proveWithinNoise(screen);
            reads.proveWithinNoise(screen);
        }
        footprints.report(screen, resultMegabytes);
    }

    private void lap(Load writing, Load reading) throws InterruptedException {
        writing.mark();
        reading.mark();
        TimeUnit.SECONDS.sleep(seconds);
    }

    private void takeTheRest(Screen screen, SlowReader client) throws InterruptedException {
        long slowly = client.rows();
        long begun = System.nanoTime();
        client.takeTheRest();
        resultMegabytes = client.bytes() / MEGABYTE;
        screen.prove(
                client.fault() == null && client.rows() == rows,
                String.format(
                        "it has all %,d rows, each as it should be: %,d slowly, the rest in %.1f s, %,.0f MB in all",
                        client.rows(), slowly, (System.nanoTime() - begun) / 1e9, resultMegabytes));
        if (client.fault() != null) {
            screen.say(client.fault());
        }
    }

    /** If they were not noticed, a few of them would leave no reader, and the next would wait for as long as a query may take. */
    private void goAway(Screen screen, DemoNode node) throws IOException, InterruptedException {
        double longest = 0;
        int clients = 3 * MAX_READERS;
        for (int i = 0; i < clients; i++) {
            long begun = System.nanoTime();
            try (SlowReader client = SlowReader.start(node, rate)) {
                client.awaitRows(SHORT_PATIENCE);
                longest = Math.max(longest, (System.nanoTime() - begun) / 1e6);
            }
        }
        String claim = String.format(
                "%d clients came and went, one after the other; the longest that one waited for rows was %.0f ms",
                clients, longest);
        screen.prove(seconds < Comparison.TELLING_SECONDS || longest <= SOON_MILLIS, claim);
    }

    private void manyAtOnce(Screen screen, DemoNode node, Load reading) throws IOException, InterruptedException {
        List<SlowReader> clients = new ArrayList<>();
        Stretch.Summary before = reading.lap(Duration.ofSeconds(seconds));
        Stretch.Summary during;
        try {
            for (int i = 0; i < AT_ONCE; i++) {
                clients.add(SlowReader.start(node, rate));
            }
            Await.within(ANSWER_PATIENCE, () -> clients.stream().allMatch(SlowReader::isAnswered));
            during = reading.lap(Duration.ofSeconds(seconds));
            screen.aside(String.format(
                    "%d are streamed to, %d were refused, %d wait",
                    clients.stream().filter(client -> client.status() == 200).count(),
                    clients.stream()
                            .filter(client -> client.isAnswered() && client.status() != 200)
                            .count(),
                    clients.stream().filter(client -> !client.isAnswered()).count()));
        } finally {
            for (SlowReader client : clients) {
                client.close();
            }
        }
        screen.prove(
                during.count() > 0 && during.failed() == 0,
                String.format(
                        "ordinary queries go on meanwhile, at %.2f of the throughput before and %.2f of the p99; %d failed",
                        during.perSecond() / before.perSecond(),
                        during.p99Millis() / before.p99Millis(),
                        during.failed()));
        Stretch.Summary after = reading.lap(Duration.ofSeconds(1));
        screen.prove(
                after.count() > 0, String.format("and afterwards at %.2f", after.perSecond() / before.perSecond()));
    }
}
