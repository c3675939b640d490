package io.wesdb.examples.bench;

import java.util.List;

/**
 * The same writes in clusters of three and seven nodes by turns, then of one and five, all on this machine. Each node applies every
 * write, so more nodes leave less of the processors for each; how much of the time that is can be told from what a node
 * costs that only follows.
 */
final class NodesPart implements Part {
    private static final int FEW = 3;
    private static final int MANY = 7;
    private static final int CALLERS = 256;
    private static final List<String> HEAP = List.of("-Xmx256m");

    /** @param followersNanos what each node that only follows uses for a write */
    private record Stretch(double perSecond, double cpuNanosEach, double followersNanos) {
        /** Where the processors are what holds it back: the rate if so many fewer nodes followed. */
        double without(int followers) {
            return perSecond * cpuNanosEach / (cpuNanosEach - followers * followersNanos);
        }
    }

    @Override
    public String name() {
        return "nodes";
    }

    @Override
    public boolean inQuick() {
        return false;
    }

    @Override
    public void run(Bench bench) throws Exception {
        bench.endCluster();
        try (Cluster few = bench.newCluster(FEW, 1, HEAP);
                Cluster many = bench.newCluster(MANY, 1, HEAP)) {
            // So many processes on the same cores take longer until their code is compiled.
            for (Cluster cluster : List.of(few, many, few, many)) {
                warm(bench, cluster);
            }
            for (Cluster cluster : List.of(few, many)) {
                bench.upkeep(cluster, bench.load(CALLERS));
            }
            for (Cluster cluster : List.of(few, many, many, many, many)) {
                warm(bench, cluster);
            }
            for (int round = 1; round <= bench.plan().rounds(); round++) {
                compare(bench, measure(bench, few, round), measure(bench, many, round));
            }
            // Processes that stay have their code compiled already.
            shrink(few, 1);
            shrink(many, 5);
            for (Cluster cluster : List.of(few, many)) {
                warm(bench, cluster);
            }
            for (int round = 1; round <= bench.plan().rounds(); round++) {
                measure(bench, few, round);
                measure(bench, many, round);
            }
            few.prove(bench.screen());
            many.prove(bench.screen());
        }
    }

    private static void warm(Bench bench, Cluster cluster) throws Exception {
        bench.warm(
                cluster,
                cluster.follower(),
                "writes",
                bench.load(CALLERS),
                bench.plan().warmMillis(),
                1);
        cluster.awaitApplied();
    }

    private static void shrink(Cluster cluster, int count) throws Exception {
        while (cluster.nodes().size() > count) {
            cluster.leave(cluster.nodes().get(cluster.nodes().size() - 1));
        }
        cluster.awaitApplied();
    }

    private Stretch measure(Bench bench, Cluster cluster, int round) throws Exception {
        int count = cluster.nodes().size();
        WorkerProcess follower = cluster.follower();
        WorkerProcess leader = cluster.leader();
        bench.warm(
                cluster, follower, "writes", bench.load(CALLERS), bench.plan().warmMillis() / 2, 1);
        cluster.awaitApplied();
        List<WorkerProcess> idle = cluster.nodes().stream()
                .filter(node -> node != follower && node != leader)
                .toList();
        long before = idle.stream().mapToLong(WorkerProcess::cpuNanos).sum();
        Case what = Case.closed(name(), count == 1 ? "1 node" : count + " nodes", CALLERS);
        Observation observation = bench.measureWrites(what, round, cluster, follower, "writes", bench.load(CALLERS), 1);
        cluster.awaitApplied();
        double nanos = idle.stream().mapToLong(WorkerProcess::cpuNanos).sum() - before;
        double each = idle.isEmpty() ? 0 : nanos / idle.size() / observation.commands();
        if (!idle.isEmpty()) {
            bench.results().figure(name(), "CPU of one that only follows, of " + count, "µs/write", each / 1e3);
        }
        return new Stretch(observation.perSecond(), 1e3 * observation.cpuMicrosEach(), each);
    }

    private void compare(Bench bench, Stretch few, Stretch many) {
        double ratio = many.without(MANY - FEW) / few.perSecond();
        bench.results().figure(name(), "7 nodes to 3 as they are", "", many.perSecond() / few.perSecond());
        bench.results().ratio(Target.SEVEN_NODES, ratio);
    }
}
