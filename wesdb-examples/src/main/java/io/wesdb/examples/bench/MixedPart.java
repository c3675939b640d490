package io.wesdb.examples.bench;

import java.util.Map;

/** Callers who read nineteen times for each write. */
final class MixedPart implements Part {
    private static final int CALLERS = 64;
    private static final int WRITES_IN_A_HUNDRED = 5;
    private static final double PACE = 0.5;

    @Override
    public String name() {
        return "mixed";
    }

    @Override
    public boolean inQuick() {
        return true;
    }

    @Override
    public void run(Bench bench) throws Exception {
        Cluster cluster = bench.cluster();
        Case what = Case.closed(name(), "95 local reads, 5 writes", CALLERS);
        Map<String, Object> details = bench.load(CALLERS);
        details.put("writes", WRITES_IN_A_HUNDRED);
        bench.warm(cluster, cluster.follower(), "mixed", details, bench.plan().warmMillis() / 2, 1);
        int rounds = bench.plan().quick() ? 1 : bench.plan().rounds();
        for (int round = 1; round <= rounds; round++) {
            bench.measureWrites(what, round, cluster, cluster.follower(), "mixed", details, 1);
        }
        details.put("rate", Math.max(1, PACE * bench.results().median(what, Observation::perSecond)));
        bench.measureWrites(what.atPace(), 1, cluster, cluster.follower(), "mixed", details, 1);
    }
}
