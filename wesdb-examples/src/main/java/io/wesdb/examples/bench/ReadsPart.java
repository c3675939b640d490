package io.wesdb.examples.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Point reads on a follower at each level, beside sqlite-jdbc's on a file with the same rows, and beside ZooKeeper's way to read what is
 * committed. The yardsticks run in the follower's own process, so that its heap and its compiler are the same for both.
 */
final class ReadsPart implements Part {
    private static final String NAME = "reads";
    private static final List<Integer> THREADS = List.of(1, 8);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean inQuick() {
        return true;
    }

    @Override
    public void run(Bench bench) throws Exception {
        Cluster cluster = bench.cluster();
        WorkerProcess follower = cluster.follower();
        bench.bare(); // has the file
        for (int threads : THREADS) {
            for (Kind kind : Kind.values()) {
                follower.ask(
                        kind.job,
                        details(bench, cluster, kind, threads, bench.plan().warmMillis() / 4));
            }
        }
        int rounds = bench.plan().quick() ? 1 : bench.plan().rounds();
        for (int round = 1; round <= rounds; round++) {
            for (int threads : THREADS) {
                round(bench, cluster, follower, round, threads);
            }
        }
    }

    private enum Kind {
        PLAIN("sqlite-jdbc", "sqlite-reads"),
        LOCAL("wesdb, local", "reads"),
        SESSION("wesdb, session", "reads"),
        LINEARIZABLE("wesdb, linearizable", "reads"),
        SYNC("ZooKeeper, sync and getData", "zk-sync-reads");

        private final String series;
        private final String job;

        Kind(String series, String job) {
            this.series = series;
            this.job = job;
        }
    }

    private static void round(Bench bench, Cluster cluster, WorkerProcess follower, int round, int threads)
            throws IOException {
        long stretch = bench.plan().millis() * 3 / 5; // reads are many, and vary less than writes
        List<Kind> kinds = new ArrayList<>(List.of(Kind.values()));
        if (round % 2 == 0) {
            Collections.reverse(kinds);
        }
        Observation[] observed = new Observation[kinds.size()];
        for (Kind kind : kinds) {
            Map<String, Object> details = details(bench, cluster, kind, threads, stretch);
            observed[kind.ordinal()] =
                    bench.measure(Case.closed(NAME, kind.series, threads), round, cluster, follower, kind.job, details);
        }
        double local = observed[Kind.LOCAL.ordinal()].perSecond() / observed[Kind.PLAIN.ordinal()].perSecond();
        double linearizable =
                observed[Kind.LINEARIZABLE.ordinal()].p50Micros() / observed[Kind.SYNC.ordinal()].p50Micros();
        if (threads == 1) {
            bench.results().ratio(Target.LOCAL_READS, local);
            bench.results().ratio(Target.LINEARIZABLE_READS, linearizable);
        } else {
            bench.results().figure(NAME, "local reads to sqlite-jdbc's, " + threads + " threads", "×", local);
        }
    }

    private static Map<String, Object> details(Bench bench, Cluster cluster, Kind kind, int threads, long millis) {
        Map<String, Object> details = bench.load(threads);
        details.put("millis", millis);
        details.put("level", kind.series.replace("wesdb, ", ""));
        details.put("zk", cluster.connectString());
        return details;
    }
}
