package io.wesdb.examples;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A node is stopped, misses many single-row writes, and is started again: how fast it replays them, against how fast they were made; once
 * by many callers, whose writes share entries, and once by a single one, each of whose writes is an entry of its own.
 */
@Command(
        name = "CatchUp",
        mixinStandardHelpOptions = true,
        description = "How fast a node replays what it missed, against how fast it was written.")
public final class CatchUp implements Callable<Integer> {
    private static final int READY_SECONDS = 300;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Option(names = "--writes", description = "That the node misses, by many callers. Default: ${DEFAULT-VALUE}.")
    int writes = 100_000;

    @Option(names = "--single-writes", description = "Likewise, by one caller. Default: a tenth of --writes.")
    int singleWrites;

    @Option(names = "--callers", description = "Default: ${DEFAULT-VALUE}.")
    int callers = 128;

    private long failed;

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new CatchUp()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title(String.format("A node misses %,d single-row writes", writes));
        try (Fleet fleet = Fleet.start("catch-up", List.of("a", "b", "c"), List.of())) {
            DemoNode first = fleet.nodes().get(0);
            first.client().execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP)");
            DemoNode leader = fleet.leader(first);
            DemoNode away = fleet.others(leader).get(1);
            write(fleet.others(away), callers, writes / 10); // warm up
            int single = singleWrites > 0 ? singleWrites : Math.max(1, writes / 10);
            List<List<String>> table = new ArrayList<>(List.of(List.of(
                    "missed",
                    "callers",
                    "entries",
                    "live, writes/s",
                    "ready after",
                    "replay, writes/s",
                    "/ live",
                    "with the start of the process / live")));
            double many = miss(screen, fleet, away, callers, writes, table);
            miss(screen, fleet, away, 1, single, table);
            screen.table(table);
            Inserts.proveNoneFailed(screen, failed);
            screen.prove(many > 1, "it replays faster than was written");
            LongRun.keepOrDelete(screen, fleet);
        }
    }

    /** Gives the rate of the replay as a multiple of the live one. */
    private double miss(Screen screen, Fleet fleet, DemoNode away, int by, int count, List<List<String>> table)
            throws Exception {
        screen.prove(away.stop() == 0, away.name() + " leaves");
        List<DemoNode> others = fleet.others(away);
        long head = others.get(0).client().status().head();
        Stretch.Summary live = write(others, by, count);
        long entries = others.get(0).client().status().head() - head;
        Replay replay = Replay.of(away);
        screen.prove(
                LongRun.count(away.readLog(), LongRun.INSTALLED) == 0, away.name() + " comes back without a snapshot");
        fleet.proveEqual(screen, away);
        double rate = count / replay.replaySeconds();
        table.add(List.of(
                String.format("%,d", count),
                String.valueOf(by),
                String.format("%,d", entries),
                String.format("%.0f", live.perSecond()),
                String.format("%.1f s", replay.readySeconds()),
                String.format("%.0f", rate),
                String.format("%.1f", rate / live.perSecond()),
                String.format("%.1f", count / replay.readySeconds() / live.perSecond())));
        return rate / live.perSecond();
    }

    private Stretch.Summary write(List<DemoNode> nodes, int by, int count) throws InterruptedException {
        Stretch.Summary written = Inserts.doAll(nodes, by, count);
        failed += written.failed();
        return written;
    }

    /**
     * The way back.
     *
     * @param readySeconds from the launch of the process until it is ready
     * @param replaySeconds from the moment at which its file is open
     */
    private record Replay(double readySeconds, double replaySeconds) {
        static Replay of(DemoNode node) throws IOException, InterruptedException {
            long launched = System.nanoTime();
            node.launch();
            Await.until(PATIENCE, node.name() + " to open its file", () -> {
                NodeClient.Status status = node.client().status();
                return status.ready() || status.applied() > 0;
            });
            long opened = System.nanoTime();
            node.awaitReady(READY_SECONDS);
            long ready = System.nanoTime();
            return new Replay((ready - launched) / 1e9, (ready - opened) / 1e9);
        }
    }
}
