package io.wesdb.examples;

import io.wesdb.WesDb;
import java.time.Duration;
import java.util.Locale;

/**
 * Shows what grouping is worth: single-row inserts through a follower by 1, 8, 64, 256 and 1,024 callers, on three nodes
 * and one ZooKeeper server in this process. Every insert is acknowledged when it is in the log on disk and applied on
 * the follower. The figures of one run can be compared with each other, not with those of another machine.
 */
public final class GroupCommit {
    private static final int[] CALLERS = {1, 8, 64, 256, 1024};
    private static final int ROUNDS = 3;
    private static final Duration ROUND = Duration.ofSeconds(2);

    private GroupCommit() {}

    public static void main(String[] args) throws Exception {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        Locale.setDefault(Locale.ROOT);
        try (Trio trio = Trio.start("group-commit")) {
            trio.leader().execute(Inserts.TABLE);
            WesDb follower = trio.follower();
            measure(follower, 64); // warm up
            measure(follower, 64);
            double[][] rates = new double[CALLERS.length][ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < CALLERS.length; i++) {
                    rates[i][round] = measure(follower, CALLERS[i]);
                }
            }
            System.out.println("callers   writes/s (median of " + ROUNDS + ")   against one caller");
            double alone = Comparison.median(rates[0]);
            for (int i = 0; i < CALLERS.length; i++) {
                double rate = Comparison.median(rates[i]);
                System.out.printf("%7d   %24.0f   %17.1fx%n", CALLERS[i], rate, rate / alone);
            }
        }
    }

    private static double measure(WesDb db, int callers) throws InterruptedException {
        try (Load load = new Load(callers, Long.MAX_VALUE, (caller, number) -> {
            db.execute(Inserts.SQL, Inserts.VALUE);
            return true;
        })) {
            double rate = load.lap(ROUND).perSecond();
            load.stop();
            return rate;
        }
    }
}
