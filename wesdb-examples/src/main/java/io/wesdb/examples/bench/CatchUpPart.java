package io.wesdb.examples.bench;

import java.util.Map;

/** A node that was away replays what it missed, beside how fast that was written while it was away. */
final class CatchUpPart implements Part {
    private static final int CALLERS = 1_024;
    /** Of the usual stretch: replaying goes faster, and must take long enough for a process that has just been started. */
    private static final int STRETCHES = 6;

    @Override
    public String name() {
        return "catchup";
    }

    @Override
    public boolean inQuick() {
        return false;
    }

    @Override
    public void run(Bench bench) throws Exception {
        bench.endCluster();
        try (Cluster cluster = bench.newCluster(3, 1)) {
            WorkerProcess follower = cluster.follower();
            WorkerProcess leader = cluster.leader();
            Map<String, Object> details = bench.load(CALLERS);
            bench.warm(cluster, follower, "writes", details, bench.plan().warmMillis(), 1);
            details.put("millis", STRETCHES * bench.plan().millis());
            WorkerProcess away = cluster.nodes().stream()
                    .filter(node -> node != follower && node != leader)
                    .findFirst()
                    .orElseThrow();
            for (int round = 1; round <= bench.plan().rounds(); round++) {
                cluster.leave(away);
                Case what = Case.closed(name(), "written while a node is away", CALLERS);
                Observation live = bench.measureWrites(what, round, cluster, follower, "writes", details, 1);
                cluster.awaitApplied();
                long head = cluster.head();
                Joining back = Joining.of(cluster, away.name(), head);
                away = cluster.nodes().get(cluster.nodes().size() - 1);
                record(bench, live, back, head);
            }
            cluster.prove(bench.screen());
        }
    }

    private void record(Bench bench, Observation live, Joining back, long head) {
        Results results = bench.results();
        double rate = back.entriesPerSecond(head) * live.inAnEntry();
        results.figure(name(), "from its process's launch until it serves", "s", back.readySeconds());
        if (back.fetchedSnapshot() || Double.isNaN(rate)) {
            bench.screen().say("It came back another way than by what it missed, or too fast to be seen.");
            return;
        }
        results.figure(name(), "replayed", "writes/s", rate);
        results.ratio(Target.CATCH_UP, rate / live.perSecond());
    }
}
