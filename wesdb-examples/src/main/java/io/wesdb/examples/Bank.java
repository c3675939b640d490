package io.wesdb.examples;

import io.wesdb.examples.NodeClient.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Money is transferred through all of three nodes, each time under a key and a precondition, while leaders are killed, paused and made to
 * hand over. No linearizable read may ever see another sum, or miss a transfer that was acknowledged before it began; and in the end each
 * transfer must be there as often as its caller was told.
 */
@Command(
        name = "Bank",
        mixinStandardHelpOptions = true,
        description = "Transfers with keys and preconditions under faults: each exactly once, none lost, none guessed.")
public final class Bank implements Callable<Integer> {
    private static final int CALM_MILLIS = 500;
    private static final long FIRST_BALANCE = 1_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(5);
    private static final int READ_PAUSE_MILLIS = 20;
    private static final int CLOSED_ACCOUNTS_ONE_IN = 16;

    @Option(
            names = "--seconds",
            description = "Of faults; more if it takes more to have each once. Default: ${DEFAULT-VALUE}.")
    int seconds = 60;

    @Option(names = "--accounts", description = "How many. Default: ${DEFAULT-VALUE}.")
    int accounts = 48;

    @Option(names = "--callers", description = "How many; each asks any node. Default: ${DEFAULT-VALUE}.")
    int callers = 12;

    @Option(names = "--seed", description = "Of transfers and faults; the rest is as random as processes are.")
    long seed = ThreadLocalRandom.current().nextInt(1_000_000);

    /** Fewer only in tests. */
    List<NodeFaults.Kind> faults = List.copyOf(EnumSet.allOf(NodeFaults.Kind.class));

    private final TransferLedger ledger = new TransferLedger();
    private final AtomicLong failedReads = new AtomicLong();
    private volatile String wrongRead = "";

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new Bank()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title(String.format(
                "%d callers of three nodes, %d accounts, %d s of faults, seed %d", callers, accounts, seconds, seed));
        try (Fleet fleet = Fleet.start("bank", List.of("a", "b", "c"), List.of())) {
            // They serve at the same addresses whenever they are launched.
            List<NodeClient> nodes =
                    fleet.nodes().stream().map(DemoNode::client).toList();
            open(nodes);
            long epoch = nodes.get(0).status().epoch();
            NodeFaults disturbances = new NodeFaults(fleet, faults, new Random(seed), paused -> {});
            AtomicLongArray reads = new AtomicLongArray(nodes.size());
            TransferCallers transfers = new TransferCallers(nodes, accounts, ledger);
            List<Random> randoms =
                    new Random(seed).longs(callers).mapToObj(Random::new).toList();
            try (Load readers = new Load(nodes.size(), Long.MAX_VALUE, (i, number) -> read(nodes.get(i), i, reads));
                    Load load = new Load(
                            callers,
                            Long.MAX_VALUE,
                            (caller, number) -> transfers.call(caller, number, randoms.get(caller)))) {
                disturb(disturbances);
                load.stop();
                readers.stop();
            }
            disturbances.report(screen);
            screen.say("The leader changed " + (nodes.get(0).status().epoch() - epoch) + " times.");
            ledger.report(screen);
            judgeReads(screen, reads);
            audit(screen, fleet);
            fleet.proveEqual(screen, fleet.nodes().get(0));
            LongRun.keepOrDelete(screen, fleet);
        }
    }

    private void open(List<NodeClient> nodes) throws IOException, InterruptedException {
        NodeClient first = nodes.get(0);
        first.execute(Transfer.SCHEMA);
        long index = first.execute(
                        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                                + " INSERT INTO account SELECT i, ?, i % ? > 0 FROM n",
                        accounts - 1, FIRST_BALANCE, CLOSED_ACCOUNTS_ONE_IN)
                .index();
        for (NodeClient node : nodes) {
            node.query(index, "SELECT count(*) FROM account");
        }
    }

    private void disturb(NodeFaults disturbances) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(seconds) || !disturbances.allDone()) {
            TimeUnit.MILLISECONDS.sleep(CALM_MILLIS);
            disturbances.next();
        }
        TimeUnit.MILLISECONDS.sleep(CALM_MILLIS);
    }

    /** Whether the node answered. */
    private boolean read(NodeClient node, int number, AtomicLongArray reads) throws InterruptedException {
        long before = ledger.acknowledged();
        try {
            Table read = node.queryWithin(
                    READ_TIMEOUT,
                    "linearizable",
                    "SELECT (SELECT sum(balance) FROM account), (SELECT count(*) FROM transfers)");
            long total = ((Number) read.rows().get(0).get(0)).longValue();
            long count = ((Number) read.rows().get(0).get(1)).longValue();
            if (total != accounts * FIRST_BALANCE || count < before) {
                wrongRead = String.format(
                        "%s saw a total of %,d and %,d transfers at index %,d, when %,d were acknowledged",
                        node.base(), total, count, read.index(), before);
            }
            reads.incrementAndGet(number);
            TimeUnit.MILLISECONDS.sleep(READ_PAUSE_MILLIS);
            return true;
        } catch (IOException | UncheckedIOException e) {
            failedReads.incrementAndGet();
            TimeUnit.MILLISECONDS.sleep(READ_PAUSE_MILLIS);
            return false;
        }
    }

    private void judgeReads(Screen screen, AtomicLongArray reads) {
        boolean everywhere = true;
        for (int i = 0; i < reads.length(); i++) {
            everywhere &= reads.get(i) > 0;
        }
        screen.prove(
                everywhere, "there were linearizable reads on every node: " + reads + ", " + failedReads + " failed");
        screen.prove(
                wrongRead.isEmpty(),
                "each saw the same total, and every transfer acknowledged before it began"
                        + (wrongRead.isEmpty() ? "" : ": " + wrongRead));
    }

    private void audit(Screen screen, Fleet fleet) throws IOException, InterruptedException {
        NodeClient asked = fleet.nodes().get(0).client();
        long index = asked.queryWithin(READ_TIMEOUT, "linearizable", "SELECT 1").index();
        fleet.awaitApplied(index, PATIENCE);
        long[] balances = new long[accounts];
        Arrays.fill(balances, FIRST_BALANCE);
        ledger.audit(screen, asked, index, balances);
    }
}
