package io.wesdb.examples.bench;

import java.util.List;
import java.util.Map;

/** The same with three ZooKeeper servers, all on this machine. */
final class EnsemblePart implements Part {
    private static final int SERVERS = 3;
    private static final int NODES = 3;
    private static final int ROUNDS = 2;
    private static final List<Integer> CALLERS = List.of(1, 64, 1_024);

    @Override
    public String name() {
        return "ensemble";
    }

    @Override
    public boolean inQuick() {
        return false;
    }

    @Override
    public void run(Bench bench) throws Exception {
        bench.endCluster(); // six processes are enough for the machine
        try (Cluster cluster = bench.newCluster(NODES, SERVERS)) {
            WorkerProcess follower = cluster.follower();
            for (int callers : CALLERS) {
                bench.warm(
                        cluster,
                        follower,
                        "writes",
                        bench.load(callers),
                        bench.plan().warmMillis() / 2,
                        1);
            }
            for (int round = 1; round <= Math.min(ROUNDS, bench.plan().rounds()); round++) {
                for (int callers : CALLERS) {
                    Case what = Case.closed(name(), WritesPart.IN_PROCESS + ", 3 ZooKeeper servers", callers);
                    bench.measureWrites(what, round, cluster, follower, "writes", bench.load(callers), 1);
                }
                Map<String, Object> append = bench.load(1);
                append.put("zk", cluster.connectString());
                Case yardstick = Case.closed(name(), WritesPart.APPENDS + ", 3 servers", 1);
                bench.measure(yardstick, round, cluster, bench.bare(), "zk-appends", append);
            }
            cluster.prove(bench.screen());
        }
    }
}
