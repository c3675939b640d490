package io.wesdb.examples;

import io.wesdb.examples.NodeClient.Recovery;
import io.wesdb.examples.NodeClient.Statement;
import io.wesdb.examples.NodeClient.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Kills nodes with SIGKILL at random moments while others write: while they serve, lead, start, catch up, fetch a snapshot and install one.
 * Each must come back by itself; all must be equal in the end, and have every write that was acknowledged and none that was refused.
 */
@Command(
        name = "KillSoak",
        mixinStandardHelpOptions = true,
        description = "Kills nodes at random moments, and proves that they come back equal.")
public final class KillSoak implements Callable<Integer> {
    private static final int CALLERS = 8;
    private static final int PAUSE_MILLIS = 20;
    private static final int RING = 8_000;
    private static final int BODY_BYTES = 500;
    private static final int VERIFY_EVERY = 20;
    /** Small enough that a node is soon left behind, and more than is written while a snapshot is on its way. */
    private static final int MAX_LOG_ENTRIES = 1_000;

    private static final String SNAPSHOT_BYTES_PER_SECOND = "8m";
    private static final Duration READY_PATIENCE = Duration.ofMinutes(2);

    private static final String SCHEMA = """
            CREATE TABLE written(id INTEGER PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP, luck INTEGER DEFAULT (random()));
            CREATE TABLE total(n INTEGER NOT NULL);
            INSERT INTO total VALUES (0);
            CREATE TABLE ring(slot INTEGER PRIMARY KEY, id INTEGER, body BLOB);
            WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < %d)
            INSERT INTO ring SELECT i, 0, randomblob(%d) FROM c;""".formatted(RING, BODY_BYTES);

    /** A moment in a node's life at which it is killed. */
    private enum Moment {
        SERVING("while it serves"),
        STARTING("while it starts"),
        CATCHING_UP("while it catches up"),
        FETCHING("while it fetches a snapshot"),
        INSTALLING("while it installs one");

        private final String text;

        Moment(String text) {
            this.text = text;
        }
    }

    @Option(names = "--kills", description = "How many. Default: ${DEFAULT-VALUE}.")
    int kills = 200;

    @Option(names = "--seed", description = "Of victims and moments; the rest is as random as processes are.")
    long seed = ThreadLocalRandom.current().nextInt(1_000_000);

    private final Ledger ledger = new Ledger(CALLERS);
    private final Map<Moment, List<Double>> secondsToReady = new EnumMap<>(Moment.class);
    private volatile List<DemoNode> writable = List.of();
    private volatile long lastIndex;
    private int killed;
    private int leadersKilled;
    private int missed;

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new KillSoak()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title(kills + " kills, seed " + seed);
        List<String> options = List.of(
                "--max-log-entries",
                String.valueOf(MAX_LOG_ENTRIES),
                "--max-snapshot-bytes-per-second",
                SNAPSHOT_BYTES_PER_SECOND);
        try (Fleet fleet = Fleet.start("kill-soak", List.of("a", "b", "c"), options)) {
            fleet.nodes().get(0).client().execute(SCHEMA);
            writable = fleet.nodes();
            try (Load load = new Load(CALLERS, Integer.MAX_VALUE, this::write)) {
                soak(screen, fleet);
                load.stop();
                end(screen, fleet, load);
            }
            LongRun.keepOrDelete(screen, fleet);
        }
    }

    private boolean write(int caller, long number) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        List<DemoNode> among = writable;
        DemoNode node = among.get(ThreadLocalRandom.current().nextInt(among.size()));
        try {
            long id = Ledger.id(caller, number);
            lastIndex = Math.max(
                    lastIndex,
                    node.client()
                            .executeAll(List.of(
                                    Statement.of("INSERT INTO written(id) VALUES (?)", id),
                                    Statement.of("UPDATE total SET n = n + 1"),
                                    Statement.of(
                                            "UPDATE ring SET id = ?, body = randomblob(?) WHERE slot = 1 + abs(random() % ?)",
                                            id, BODY_BYTES, RING)))
                            .index());
            ledger.acknowledged(caller, number);
            return true;
        } catch (NodeClient.Refused e) {
            if (!e.code().equals("OUTCOME_UNKNOWN")) {
                ledger.refused(caller, number);
            }
        } catch (IOException e) {
            return false; // nobody knows: not asked again, so that it is there once or not at all
        }
        return false;
    }

    private void soak(Screen screen, Fleet fleet) throws Exception {
        Random random = new Random(seed);
        int verified = 0;
        while (killed < kills && screen.allHeld()) {
            Moment moment = moment(random);
            DemoNode some = fleet.nodes().get(random.nextInt(fleet.nodes().size()));
            DemoNode victim = random.nextInt(3) == 0 ? fleet.leader(some) : some;
            killAndReturn(fleet, victim, moment, random);
            if (killed - verified >= VERIFY_EVERY && killed < kills) {
                verified = killed;
                screen.say(killed + " kills, " + String.format("%,d writes acknowledged", ledger.acknowledged()));
                fleet.proveEqual(screen, fleet.nodes().get(0));
            }
        }
    }

    private static Moment moment(Random random) {
        int drawn = random.nextInt(20);
        if (drawn < 8) {
            return Moment.SERVING;
        }
        return drawn < 12
                ? Moment.STARTING
                : drawn < 14 ? Moment.CATCHING_UP : drawn < 17 ? Moment.FETCHING : Moment.INSTALLING;
    }

    private void killAndReturn(Fleet fleet, DemoNode victim, Moment moment, Random random) throws Exception {
        writable = fleet.others(victim);
        TimeUnit.MILLISECONDS.sleep(random.nextInt(1_500));
        Status before = victim.client().status();
        kill(victim, before.role().equals("leader"));
        if (moment != Moment.SERVING) {
            stayAway(fleet.others(victim).get(0), before.head(), moment);
            victim.launch();
            if (moment == Moment.STARTING) {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(3_000));
            } else if (!reach(victim, moment)) {
                missed++;
            } else {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(moment == Moment.FETCHING ? 1_000 : 150));
            }
            kill(victim, false);
        }
        long begun = System.nanoTime();
        victim.launch();
        victim.awaitReady(READY_PATIENCE.toSeconds());
        secondsToReady.computeIfAbsent(moment, key -> new ArrayList<>()).add((System.nanoTime() - begun) / 1e9);
        writable = fleet.nodes();
    }

    private void kill(DemoNode victim, boolean leader) throws InterruptedException {
        victim.kill();
        killed++;
        leadersKilled += leader ? 1 : 0;
    }

    /** Until the log has what the node is to find when it comes back: something to replay, or no longer what it needs. */
    private static void stayAway(DemoNode other, long head, Moment moment) throws IOException, InterruptedException {
        long entries = switch (moment) {
            case FETCHING, INSTALLING -> MAX_LOG_ENTRIES + MAX_LOG_ENTRIES / 4;
            case CATCHING_UP -> MAX_LOG_ENTRIES / 4;
            default -> 0;
        };
        Await.until(
                READY_PATIENCE,
                "the log to grow by " + entries + " entries",
                () -> other.client().status().head() >= head + entries);
    }

    /** Whether the node was met at that moment, and not after it. */
    private static boolean reach(DemoNode node, Moment moment) throws InterruptedException {
        boolean[] met = new boolean[1];
        boolean settled = Await.within(READY_PATIENCE, () -> {
            Status status = node.client().status();
            met[0] = isAt(status.recovery(), moment);
            return met[0] || status.ready();
        });
        return settled && met[0];
    }

    private static boolean isAt(@Nullable Recovery recovery, Moment moment) {
        if (recovery == null) {
            return false;
        }
        return switch (moment) {
            case FETCHING -> recovery.phase().equals("fetching");
            // It is soon over, so the last of the fetching counts too.
            case INSTALLING ->
                recovery.phase().equals("installing")
                        || (recovery.totalBytes() > 0 && recovery.receivedBytes() >= 0.9 * recovery.totalBytes());
            default -> recovery.phase().equals("catching_up");
        };
    }

    private void end(Screen screen, Fleet fleet, Load load) throws Exception {
        DemoNode asked = fleet.nodes().get(0);
        Stretch.Summary writes = load.lap();
        List<List<String>> table = new ArrayList<>(
                List.of(List.of("killed", "times", "back and ready after: median", "longest", "longest / median")));
        secondsToReady.forEach((moment, seconds) -> table.add(line(moment.text, seconds)));
        screen.table(table);
        int fetched = 0;
        for (DemoNode node : fleet.nodes()) {
            fetched += LongRun.count(node.readLog(), LongRun.INSTALLED);
        }
        screen.say(String.format(
                "%d kills, %d of a leader; %d times the moment was over already; %d snapshots installed; %,d writes"
                        + " acknowledged, %,d refused, %,d unknown, %.0f a second",
                killed,
                leadersKilled,
                missed,
                fetched,
                ledger.acknowledged(),
                ledger.refused(),
                writes.failed() - ledger.refused(),
                writes.perSecond()));
        fleet.proveEqual(screen, asked);
        Ledger.Audit audit = ledger.audit(asked.client(), lastIndex);
        screen.prove(audit.missing() == 0, "no acknowledged write is missing: " + audit.missing());
        screen.prove(audit.surplus() == 0, "nothing was done of a write that was refused: " + audit.surplus());
        Object total = asked.client()
                .query(lastIndex, "SELECT n FROM total")
                .rows()
                .get(0)
                .get(0);
        screen.prove(
                total instanceof Long n && n == audit.found(),
                "each write was done once: " + audit.found() + " ids, counted " + total);
    }

    private static List<String> line(String moment, List<Double> seconds) {
        double[] sorted =
                seconds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        double median = sorted[sorted.length / 2];
        double longest = Arrays.stream(sorted).max().orElse(0);
        return List.of(
                moment,
                String.valueOf(sorted.length),
                String.format("%.1f s", median),
                String.format("%.1f s", longest),
                String.format("%.1f", longest / median));
    }
}
