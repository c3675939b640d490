package io.wesdb.examples;

import io.wesdb.WesDb;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * More callers than the cluster can serve: how many saturate it, what four times as many come to by turns with those, with room for all
 * and with room for a quarter of them, and whether all is as before once they are gone. Then one caller that has thousands of writes
 * pending, and one that has a single one. Two nodes in processes of their own, and a third in this one, which the callers use.
 */
@Command(
        name = "Overload",
        mixinStandardHelpOptions = true,
        description = "Four times the callers that saturate it; and a hog beside a polite caller.")
public final class Overload implements Callable<Integer> {
    private static final double GROWTH = 1.1;
    private static final int TIMES = 4;
    private static final double LEAST_SHARE_OF_PEAK = 0.9;
    private static final long RECOVERY_MILLIS = 1_000;

    /** Of the throughput before, in the first second after the overload. */
    private static final double LEAST_RECOVERED = 0.8;

    /** Live heap beside that of the usual load. ZooKeeper and what it holds of the log are in this process, too, and vary by more. */
    private static final long SMALL_MEGABYTES = 128;

    private static final int HOG_CALLS = 16_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Option(names = "--seconds", description = "Of each stretch. Default: ${DEFAULT-VALUE}.")
    double seconds = 20;

    @Option(names = "--rounds", description = "Stretches of each kind. Default: ${DEFAULT-VALUE}.")
    int rounds = 3;

    @Option(names = "--first", description = "Callers to begin the search with. Default: ${DEFAULT-VALUE}.")
    int first = 64;

    @Option(names = "--most", description = "Callers to end it with. Default: ${DEFAULT-VALUE}.")
    int most = 4_096;

    private final AsyncCallers.Books books = new AsyncCallers.Books();

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new Overload()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title("Callers who insert small rows through one of three nodes");
        try (Fleet fleet = Fleet.start("overload", List.of("a", "b"), List.of())) {
            int saturating;
            screen.section("How many saturate it");
            try (WesDb db = node(fleet, 0)) {
                db.execute(AsyncCallers.TABLE);
                saturating = saturating(screen, db);
                screen.section(String.format("%d times as many, with room for all", TIMES));
                byTurns(screen, db, saturating);
                screen.section("A hog and a polite caller");
                fairness(screen, db);
                prove(screen, fleet, db);
            }
            screen.section(String.format("%d times as many, with room for %d", TIMES, saturating));
            try (WesDb db = node(fleet, saturating)) {
                long refusedBefore = books.refused();
                byTurns(screen, db, saturating);
                long refused = books.refused() - refusedBefore;
                screen.prove(refused > 0, String.format("so some are refused, %,d times in all", refused));
                prove(screen, fleet, db);
            }
            LongRun.keepOrDelete(screen, fleet);
        }
    }

    /** @param maxPendingWrites 0 for as many as usual */
    private static WesDb node(Fleet fleet, int maxPendingWrites) {
        var builder = WesDb.builder()
                .zk(fleet.connectString())
                .nodeId("here")
                .dbPath(fleet.directory().resolve("here.db"))
                .http("127.0.0.1", 0);
        return maxPendingWrites == 0
                ? builder.start()
                : builder.maxPendingWrites(maxPendingWrites).start();
    }

    private AsyncCallers callers(WesDb db, int count) {
        return new AsyncCallers(db, books, count, number -> "caller " + number);
    }

    private long millis(double part) {
        return (long) (1_000 * seconds * part);
    }

    private int saturating(Screen screen, WesDb db) throws InterruptedException {
        try (AsyncCallers warmingUp = callers(db, first)) {
            warmingUp.lap(millis(0.5));
            warmingUp.stop();
        }
        List<List<String>> table = new ArrayList<>(List.of(List.of("callers", "writes/s", "p50", "p99")));
        double before = 0;
        int callers = first;
        while (true) {
            Stretch.Summary lap;
            try (AsyncCallers load = callers(db, callers)) {
                load.lap(millis(0.05));
                lap = load.lap(millis(0.2));
                load.stop();
            }
            table.add(List.of(
                    String.valueOf(callers),
                    String.format("%.0f", lap.perSecond()),
                    String.format("%.1f ms", lap.p50Millis()),
                    String.format("%.1f ms", lap.p99Millis())));
            if (lap.perSecond() < GROWTH * before || callers * 2 > most) {
                screen.table(table);
                return lap.perSecond() < GROWTH * before ? callers / 2 : callers;
            }
            before = lap.perSecond();
            callers *= 2;
        }
    }

    /** What a stretch came to. @param live heap in use without garbage, in MB, at its end */
    private record Lap(Stretch.Summary summary, long resident, long live) {
        private double perSecond() {
            return summary.perSecond();
        }

        private double refusedShare() {
            return (double) summary.failed() / Math.max(1, summary.count() + summary.failed());
        }

        private List<String> line(String name) {
            return List.of(
                    name,
                    String.format("%.0f", summary.perSecond()),
                    String.format("%.1f ms", summary.p50Millis()),
                    String.format("%.1f ms", summary.p99Millis()),
                    String.format("%.1f %%", 100 * refusedShare()),
                    String.valueOf(resident),
                    String.valueOf(live));
        }
    }

    private Lap lap(AsyncCallers load, long millis) throws InterruptedException {
        Stretch.Summary summary = load.lap(millis);
        long pid = ProcessHandle.current().pid();
        boolean telling = seconds >= Comparison.TELLING_SECONDS; // the look at the live heap takes a second or two
        return new Lap(summary, Memory.residentMegabytes(pid), telling ? Memory.liveMegabytes(pid) : 0);
    }

    private void byTurns(Screen screen, WesDb db, int saturating) throws InterruptedException {
        List<Lap> usual = new ArrayList<>();
        List<Lap> overload = new ArrayList<>();
        List<Stretch.Summary> recovered = new ArrayList<>();
        List<List<String>> table = new ArrayList<>(
                List.of(List.of("callers", "writes/s", "p50", "p99", "refused", "MB resident", "MB of live heap")));
        AsyncCallers load = callers(db, saturating);
        try {
            load.lap(millis(0.2));
            for (int round = 1; round <= rounds; round++) {
                usual.add(lap(load, millis(1)));
                table.add(usual.get(round - 1).line(saturating + ", " + round));
                load.stop();
                load = callers(db, TIMES * saturating);
                load.lap(millis(0.05));
                overload.add(lap(load, millis(1)));
                table.add(overload.get(round - 1).line(TIMES * saturating + ", " + round));
                load.stop();
                load = callers(db, saturating);
                recovered.add(load.lap(RECOVERY_MILLIS));
            }
            usual.add(lap(load, millis(1)));
            table.add(usual.get(rounds).line(saturating + ", " + (rounds + 1)));
            load.stop();
        } finally {
            load.close();
        }
        screen.table(table);
        judge(screen, usual, overload, recovered);
    }

    private void judge(Screen screen, List<Lap> usual, List<Lap> overload, List<Stretch.Summary> recovered) {
        double[] shares = new double[rounds];
        double[] backs = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            // Against the stretches just before and just after it: a busy machine is busy for all three.
            double around = (usual.get(i).perSecond() + usual.get(i + 1).perSecond()) / 2;
            shares[i] = overload.get(i).perSecond() / around;
            backs[i] = recovered.get(i).perSecond() / around;
        }
        double share = Comparison.median(shares);
        double back = Comparison.median(backs);
        long grown = overload.stream().mapToLong(Lap::live).max().orElse(0)
                - usual.stream().mapToLong(Lap::live).max().orElse(0);
        String told = String.format(
                "%d times the callers: %.2f of the throughput just before and after (median)", TIMES, share);
        String after = String.format("in the second after: %.2f of that (median)", back);
        if (seconds < Comparison.TELLING_SECONDS) {
            screen.aside(told + "; " + after + "; the stretches were too short to tell");
            return;
        }
        screen.prove(share >= LEAST_SHARE_OF_PEAK, told);
        screen.prove(back >= LEAST_RECOVERED, after);
        screen.prove(
                grown <= SMALL_MEGABYTES,
                String.format("at most %d MB more of live heap, at most %d wanted", grown, SMALL_MEGABYTES));
    }

    /** A caller's writes, one at a time: alone, and beside a hog that has thousands pending. */
    private void fairness(Screen screen, WesDb db) throws InterruptedException {
        List<Stretch.Summary> alone = new ArrayList<>();
        List<Stretch.Summary> beside = new ArrayList<>();
        List<Stretch.Summary> hogs = new ArrayList<>();
        long refusedBefore = books.refused();
        for (int round = 0; round < rounds; round++) {
            alone.add(polite(db));
            try (AsyncCallers hog = new AsyncCallers(db, books, HOG_CALLS, number -> "hog")) {
                hog.lap(millis(0.1));
                beside.add(polite(db));
                hogs.add(hog.lap(millis(0.1)));
                hog.stop();
            }
        }
        screen.table(List.of(
                List.of("", "writes/s", "p50", "p99", "refused"),
                line("polite caller alone", alone),
                line("polite caller beside a hog", beside),
                line("the hog", hogs)));
        long refused = beside.stream().mapToLong(Stretch.Summary::failed).sum();
        long ofTheHog = books.refused() - refusedBefore - refused;
        screen.prove(
                refused == 0 && (ofTheHog > 0 || seconds < Comparison.TELLING_SECONDS),
                String.format("the hog was refused %,d times, the polite caller %d times", ofTheHog, refused));
        String told = String.format(
                "beside the hog the polite caller has %.1f times the p99 that it has alone, and %.2f of what the hog's own writes have",
                p99(beside) / p99(alone), p99(beside) / p99(hogs));
        screen.prove(seconds < Comparison.TELLING_SECONDS || p99(beside) < p99(hogs) / 2, told);
    }

    private Stretch.Summary polite(WesDb db) throws InterruptedException {
        try (AsyncCallers caller = new AsyncCallers(db, books, 1, number -> "polite")) {
            Stretch.Summary lap = caller.lap(millis(0.3));
            caller.stop();
            return lap;
        }
    }

    private static double p99(List<Stretch.Summary> laps) {
        return Comparison.median(laps, Stretch.Summary::p99Millis);
    }

    private static List<String> line(String name, List<Stretch.Summary> laps) {
        return List.of(
                name,
                String.format("%.0f", Comparison.median(laps, Stretch.Summary::perSecond)),
                String.format("%.1f ms", Comparison.median(laps, Stretch.Summary::p50Millis)),
                String.format("%.1f ms", p99(laps)),
                String.valueOf(laps.stream().mapToLong(Stretch.Summary::failed).sum()));
    }

    private void prove(Screen screen, Fleet fleet, WesDb db) throws Exception {
        books.prove(screen, db);
        fleet.awaitApplied(db.status().applied(), PATIENCE);
        var verified = db.verify(PATIENCE);
        screen.prove(verified.sound(), "contents compared: equal on " + String.join(", ", verified.agreeing()));
    }
}
