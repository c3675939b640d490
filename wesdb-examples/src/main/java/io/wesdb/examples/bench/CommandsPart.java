package io.wesdb.examples.bench;

import java.util.List;
import java.util.Map;

/** Commands of several rows. */
final class CommandsPart implements Part {
    private static final List<Integer> ROWS = List.of(10, 100);
    private static final int CALLERS = 64;

    @Override
    public String name() {
        return "commands";
    }

    @Override
    public boolean inQuick() {
        return true;
    }

    @Override
    public void run(Bench bench) throws Exception {
        Cluster cluster = bench.cluster();
        WorkerProcess follower = cluster.follower();
        int rounds = bench.plan().quick() ? 1 : bench.plan().rounds();
        Map<String, Object> first = bench.load(CALLERS);
        first.put("rows", ROWS.get(0));
        bench.warm(cluster, follower, "writes", first, bench.plan().warmMillis() / 2, ROWS.get(0));
        for (int round = 1; round <= rounds; round++) {
            for (int rows : ROWS) {
                Case what = Case.closed(name(), "commands of " + rows + " rows", CALLERS);
                Map<String, Object> details = bench.load(CALLERS);
                details.put("rows", rows);
                Observation observation = bench.measureWrites(what, round, cluster, follower, "writes", details, rows);
                bench.results()
                        .figure(name(), "rows, " + rows + " a command", "rows/s", rows * observation.perSecond());
            }
        }
    }
}
