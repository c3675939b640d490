package io.wesdb.examples;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Shows that the log in ZooKeeper stays within its bound and a margin, however much is written and although a node is absent; and that the
 * node, whose next entry has left the log, returns through a snapshot.
 */
@Command(
        name = "BoundedLog",
        mixinStandardHelpOptions = true,
        description = "Writes far more than the log may hold while a node is absent.")
public final class BoundedLog implements Callable<Integer> {
    /** Past one and a half times the bound a leader waits for no other node; and what is under way while it deletes. */
    private static final double MARGIN = 1.75;

    private static final int READY_SECONDS = 120;

    @Option(names = "--bound", description = "In entries. Default: ${DEFAULT-VALUE}.")
    int bound = 1_000;

    @Option(names = "--writes", description = "Default: ${DEFAULT-VALUE}.")
    int writes = 50_000;

    @Option(names = "--callers", description = "Few, so that few writes share an entry. Default: ${DEFAULT-VALUE}.")
    int callers = 4;

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new BoundedLog()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title(String.format("%,d writes, and a log of at most %,d entries", writes, bound));
        try (Fleet fleet = Fleet.start(
                "bounded-log", List.of("a", "b", "c"), List.of("--max-log-entries", String.valueOf(bound)))) {
            DemoNode absent = fleet.nodes().get(2);
            List<DemoNode> present = fleet.others(absent);
            present.get(0).client().execute(Inserts.TABLE);
            screen.prove(absent.stop() == 0, absent.name() + " leaves");
            long headBefore = present.get(0).client().status().head();
            try (LogWatch watch = LogWatch.start(fleet.connectString())) {
                Stretch.Summary written = Inserts.doAll(present, callers, writes);
                long head = present.get(0).client().status().head();
                judge(screen, watch, written, head - headBefore);
            }
            comeBack(screen, fleet, absent);
            LongRun.keepOrDelete(screen, fleet);
        }
    }

    private void judge(Screen screen, LogWatch watch, Stretch.Summary written, long entries) {
        screen.table(List.of(
                List.of(
                        "writes/s",
                        "p99",
                        "entries",
                        "/ bound",
                        "looked",
                        "most in ZooKeeper",
                        "/ bound",
                        "at the end"),
                List.of(
                        String.format("%.0f", written.perSecond()),
                        String.format("%.1f ms", written.p99Millis()),
                        String.format("%,d", entries),
                        String.format("%.1f", (double) entries / bound),
                        String.format("%,d times", watch.looks()),
                        String.format("%,d", watch.most()),
                        String.format("%.2f", (double) watch.most() / bound),
                        String.format("%,d", watch.last()))));
        Inserts.proveNoneFailed(screen, written.failed());
        screen.prove(entries >= 4L * bound, "the writes were at least four times the bound in entries");
        screen.prove(
                watch.most() <= MARGIN * bound,
                "ZooKeeper never held more than the bound and a margin of " + Math.round(100 * (MARGIN - 1)) + " %");
    }

    private static void comeBack(Screen screen, Fleet fleet, DemoNode absent) throws Exception {
        long begun = System.nanoTime();
        absent.launch();
        absent.awaitReady(READY_SECONDS);
        double seconds = (System.nanoTime() - begun) / 1e9;
        screen.prove(
                LongRun.count(absent.readLog(), LongRun.INSTALLED) == 1,
                String.format("%s returns through a snapshot, ready after %.1f s", absent.name(), seconds));
        fleet.proveEqual(screen, absent);
    }
}
