package io.wesdb.examples;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What writers notice when the leader changes: handed over every second, all nodes restarted one after the other, killed,
 * stopped (SIGSTOP). They write through nodes that stay. No write may fail, none may be lost and none may be done twice.
 */
@Command(
        name = "LeaderChanges",
        mixinStandardHelpOptions = true,
        description = "Handing over, rolling restarts, a leader killed, a leader stopped: how long writes wait.")
public final class LeaderChanges implements Callable<Integer> {
    private static final int CALLERS = 32;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration HAND_OVER_INTERVAL = Duration.ofSeconds(1);

    /** For what comes after a change: whichever pause it made must have ended. */
    private static final int AFTERWARDS_MILLIS = 500;

    private static final String SCHEMA = """
            CREATE TABLE written(id INTEGER NOT NULL);
            CREATE INDEX written_id ON written(id);""";

    @Option(names = "--seconds", description = "Of handing over each second. Default: ${DEFAULT-VALUE}.")
    int seconds = 30;

    @Option(names = "--restarts", description = "Of all nodes, one by one. Default: ${DEFAULT-VALUE}.")
    int restarts = 1;

    @Option(names = "--leader-restarts", description = "Of the node that leads, after that. Default: ${DEFAULT-VALUE}.")
    int leaderRestarts = 3;

    @Option(names = "--kills", description = "Of the leader's process. Default: ${DEFAULT-VALUE}.")
    int kills = 20;

    @Option(names = "--stops", description = "Of the leader's process, by SIGSTOP. Default: ${DEFAULT-VALUE}.")
    int stops = 3;

    @Option(names = "--session-seconds", description = "ZooKeeper's session timeout. Default: ${DEFAULT-VALUE}.")
    int sessionSeconds = 10;

    @Option(names = "--untimed", description = "Holds nothing against the clock, only against the ledger.")
    boolean untimed;

    private final Ledger ledger = new Ledger(CALLERS);
    private final Pauses pauses = new Pauses();
    private final AtomicLong unknown = new AtomicLong();
    /** By caller: the node that is writing for it. */
    private final AtomicReferenceArray<@Nullable DemoNode> under = new AtomicReferenceArray<>(CALLERS);

    /** By kind of change: how long each made the writers wait, in milliseconds. */
    private final Map<String, List<Double>> measured = new LinkedHashMap<>();

    private boolean measuring;
    private volatile List<DemoNode> writable = List.of();
    private volatile String firstFailure = "";
    private volatile long lastIndex;

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new LeaderChanges()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    /**
     * What each kind of change makes the writers wait, for a benchmark: milliseconds by what was done.
     *
     * @param seconds of handing over each second
     * @param leaderRestarts how often the leader is stopped in order and started again
     * @param kills of the leader
     */
    public static Map<String, List<Double>> measure(Screen screen, int seconds, int leaderRestarts, int kills)
            throws Exception {
        LeaderChanges changes = new LeaderChanges();
        changes.seconds = seconds;
        changes.restarts = 0;
        changes.leaderRestarts = leaderRestarts;
        changes.kills = kills;
        changes.stops = 0;
        changes.untimed = true;
        changes.measuring = true;
        changes.run(screen);
        return changes.measured;
    }

    void run(Screen screen) throws Exception {
        screen.title(CALLERS + " writers and three nodes with a session timeout of " + sessionSeconds + " s");
        Duration session = Duration.ofSeconds(sessionSeconds);
        try (Fleet fleet =
                Fleet.start("leader-changes", List.of("a", "b", "c"), List.of("--request-timeout", "30s"), session)) {
            fleet.nodes().get(0).client().execute(SCHEMA);
            writable = fleet.nodes();
            try (Load load = new Load(CALLERS, Integer.MAX_VALUE, this::write)) {
                TimeUnit.SECONDS.sleep(untimed && !measuring ? 0 : 3); // the JVMs warm up
                if (measuring) {
                    leaveAlone(screen);
                }
                handOver(screen, fleet);
                restartAll(screen, fleet);
                kill(screen, fleet);
                stop(screen, fleet);
                writable = fleet.nodes();
                load.stop();
            }
            audit(screen, fleet);
            LongRun.keepOrDelete(screen, fleet);
        }
    }

    private boolean write(int caller, long number) throws InterruptedException {
        List<DemoNode> among = writable;
        DemoNode node = among.get(caller % among.size());
        under.set(caller, node);
        try {
            if (writable != among) {
                return write(caller, number); // it may be leaving already
            }
            long index = node.client()
                    .execute("INSERT INTO written(id) VALUES (?)", Ledger.id(caller, number))
                    .index();
            lastIndex = Math.max(lastIndex, index);
            ledger.acknowledged(caller, number);
            pauses.acknowledged();
            return true;
        } catch (NodeClient.Refused e) {
            if (e.code().equals("OUTCOME_UNKNOWN")) {
                unknown.incrementAndGet();
            } else {
                ledger.refused(caller, number);
            }
            firstFailure = firstFailure.isEmpty() ? e.toString() : firstFailure;
        } catch (IOException e) {
            unknown.incrementAndGet();
            firstFailure = firstFailure.isEmpty() ? node.name() + ": " + e : firstFailure;
        } finally {
            under.set(caller, null);
        }
        return false;
    }

    /** Returns when nobody writes through that node any more. */
    private void leave(Fleet fleet, DemoNode node) throws IOException, InterruptedException {
        writable = fleet.others(node);
        Await.until(PATIENCE, "callers to leave " + node.name(), () -> {
            for (int caller = 0; caller < CALLERS; caller++) {
                if (under.get(caller) == node) {
                    return false;
                }
            }
            return true;
        });
    }

    /** What the other pauses are to be held against: on a busy machine there are some without any change. */
    private void leaveAlone(Screen screen) throws InterruptedException {
        List<Double> waits = new ArrayList<>();
        for (int i = 0; i < seconds; i++) {
            pauses.mark();
            TimeUnit.NANOSECONDS.sleep(HAND_OVER_INTERVAL.toNanos());
            waits.add(pauses.longest().millis());
        }
        report(screen, "left alone", "longest pause in each second", waits);
    }

    private void handOver(Screen screen, Fleet fleet) throws Exception {
        List<Double> waits = new ArrayList<>();
        List<Double> calls = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < end) {
            DemoNode asked = fleet.nodes().get(waits.size() % fleet.nodes().size());
            pauses.mark();
            long begun = System.nanoTime();
            asked.client().transferLeadership();
            calls.add((System.nanoTime() - begun) / 1e6);
            TimeUnit.NANOSECONDS.sleep(Math.max(0, HAND_OVER_INTERVAL.toNanos() - (System.nanoTime() - begun)));
            waits.add(pauses.longest().millis());
        }
        report(screen, "handed over", "longest pause in its second", waits);
        report(screen, "handed over", "the call took", calls);
    }

    private void restartAll(Screen screen, Fleet fleet) throws Exception {
        List<Double> waits = new ArrayList<>();
        for (int i = 0; i < restarts; i++) {
            for (DemoNode node : fleet.nodes()) {
                waits.add(restart(fleet, node));
            }
        }
        report(screen, "restarted", "longest pause meanwhile", waits);
        List<Double> leaders = new ArrayList<>();
        for (int i = 0; i < leaderRestarts; i++) {
            leaders.add(restart(fleet, fleet.leader(fleet.nodes().get(0))));
        }
        report(screen, "leader restarted", "longest pause meanwhile", leaders);
    }

    private double restart(Fleet fleet, DemoNode node) throws Exception {
        leave(fleet, node);
        pauses.mark();
        node.stop();
        TimeUnit.MILLISECONDS.sleep(AFTERWARDS_MILLIS);
        double longest = pauses.longest().millis();
        node.launch();
        node.awaitReady(PATIENCE.toSeconds());
        writable = fleet.nodes();
        return longest;
    }

    private void kill(Screen screen, Fleet fleet) throws Exception {
        List<Double> waits = new ArrayList<>();
        for (int i = 0; i < kills; i++) {
            DemoNode leader = fleet.leader(fleet.nodes().get(0));
            leave(fleet, leader);
            waits.add(untilWritesGoOn(fleet, leader, leader::kill));
            leader.launch();
            leader.awaitReady(PATIENCE.toSeconds());
            writable = fleet.nodes();
        }
        report(screen, "leader killed", "from the kill to the next acknowledged write", waits);
        if (!untimed && kills > 0) {
            double[] sorted =
                    waits.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            screen.prove(sorted[sorted.length / 2] <= 500, "median at most 500 ms");
            screen.prove(sorted[sorted.length - 1] <= 1_500, "worst at most 1.5 s");
        }
    }

    private void stop(Screen screen, Fleet fleet) throws Exception {
        List<Double> waits = new ArrayList<>();
        for (int i = 0; i < stops; i++) {
            DemoNode leader = fleet.leader(fleet.nodes().get(0));
            leave(fleet, leader);
            try {
                waits.add(untilWritesGoOn(fleet, leader, () -> leader.signal("STOP")));
            } finally {
                leader.signal("CONT");
            }
            long epoch = fleet.others(leader).get(0).client().status().epoch();
            // For a moment it does not know that it was replaced, and would be taken for the leader below.
            Await.until(
                    PATIENCE,
                    leader.name() + " to know the newer term",
                    () -> leader.client().status().epoch() >= epoch);
            Fleet.awaitReadyAgain(leader, PATIENCE);
            writable = fleet.nodes();
        }
        report(screen, "leader stopped", "from the stop to the next acknowledged write", waits);
        if (!untimed && stops > 0) {
            double worst = waits.stream().mapToDouble(Double::doubleValue).max().orElse(0);
            screen.prove(worst <= sessionSeconds * 1_000 + 500, "at most the session timeout and half a second");
        }
    }

    private interface Blow {
        void strike() throws IOException, InterruptedException;
    }

    /** Milliseconds from the blow to the end of the pause that it made. */
    private double untilWritesGoOn(Fleet fleet, DemoNode leader, Blow blow) throws Exception {
        DemoNode other = fleet.others(leader).get(0);
        long epoch = other.client().status().epoch();
        pauses.mark();
        long struck = System.nanoTime();
        blow.strike();
        Await.until(PATIENCE, "a newer term", () -> other.client().status().epoch() > epoch);
        TimeUnit.MILLISECONDS.sleep(AFTERWARDS_MILLIS);
        Await.until(PATIENCE, "writes to go on", () -> pauses.longest().endedNanos() - struck > 0);
        return (pauses.longest().endedNanos() - struck) / 1e6;
    }

    private void report(Screen screen, String what, String how, List<Double> millis) {
        if (!millis.isEmpty()) {
            measured.put(what + ": " + how, millis);
            double[] sorted =
                    millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            screen.say(String.format(
                    "%s %d times: %s: median %.0f ms, worst %.0f ms",
                    what, sorted.length, how, sorted[sorted.length / 2], sorted[sorted.length - 1]));
        }
    }

    private void audit(Screen screen, Fleet fleet) throws Exception {
        fleet.awaitApplied(lastIndex, PATIENCE);
        long failed = ledger.refused() + unknown.get();
        screen.prove(failed == 0, "no write failed: " + failed + (failed == 0 ? "" : ", the first: " + firstFailure));
        NodeClient asked = fleet.nodes().get(0).client();
        Ledger.Audit audit = ledger.audit(asked, lastIndex);
        screen.prove(
                audit.missing() == 0,
                String.format(
                        "none of %,d acknowledged writes is missing: %d", ledger.acknowledged(), audit.missing()));
        long rows = ((Number) asked.query(lastIndex, "SELECT count(*) FROM written")
                        .rows()
                        .get(0)
                        .get(0))
                .longValue();
        screen.prove(rows == audit.found(), "none was done twice: " + (rows - audit.found()));
        fleet.proveEqual(screen, fleet.nodes().get(0));
    }
}
