package io.wesdb.examples;

import io.wesdb.Role;
import io.wesdb.WesDb;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Shows what grouping is worth: single-row inserts through a follower by 1, 8, 64, 256 and 1,024 callers, on three nodes
 * and one ZooKeeper server in this process. Every insert is acknowledged when it is in the log on disk and applied on
 * the follower. The figures of one run can be compared with each other, not with those of another machine.
 */
public final class GroupCommit {
    private static final int[] CALLERS = {1, 8, 64, 256, 1024};
    private static final int ROUNDS = 3;
    private static final int ZK_PORT = 21_817;
    private static final long ROUND_MILLIS = 2_000;

    private GroupCommit() {}

    public static void main(String[] args) throws Exception {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        Path directory = Files.createTempDirectory("wesdb-group-commit");
        try (WesDb first = WesDb.builder()
                        .embeddedZk("127.0.0.1", ZK_PORT)
                        .nodeId("one")
                        .dbPath(directory.resolve("1.db"))
                        .start();
                WesDb second = another(directory, "two");
                WesDb third = another(directory, "three")) {
            first.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT)");
            WesDb follower = second.status().role() == Role.FOLLOWER ? second : third;
            measure(follower, 64); // warm up
            measure(follower, 64);
            double[][] rates = new double[CALLERS.length][ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < CALLERS.length; i++) {
                    rates[i][round] = measure(follower, CALLERS[i]);
                }
            }
            System.out.println("callers   writes/s (median of " + ROUNDS + ")   against one caller");
            for (int i = 0; i < CALLERS.length; i++) {
                System.out.printf(
                        "%7d   %24.0f   %17.1fx%n", CALLERS[i], median(rates[i]), median(rates[i]) / median(rates[0]));
            }
        }
    }

    private static WesDb another(Path directory, String name) {
        return WesDb.builder()
                .zk("127.0.0.1:" + ZK_PORT)
                .nodeId(name)
                .dbPath(directory.resolve(name + ".db"))
                .start();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double measure(WesDb db, int callers) throws InterruptedException {
        AtomicBoolean stop = new AtomicBoolean();
        long[] done = new long[callers];
        List<Thread> threads = new ArrayList<>();
        long begun = System.nanoTime();
        for (int i = 0; i < callers; i++) {
            int caller = i;
            Thread thread = new Thread(() -> {
                while (!stop.get()) {
                    db.execute("INSERT INTO t(x) VALUES (?)", "a row of some forty characters, no more");
                    done[caller]++;
                }
            });
            thread.start();
            threads.add(thread);
        }
        TimeUnit.MILLISECONDS.sleep(ROUND_MILLIS);
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        return Arrays.stream(done).sum() * 1e9 / (System.nanoTime() - begun);
    }
}
