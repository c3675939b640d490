package io.wesdb.examples.bench;

import io.wesdb.examples.Memory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a leader and a node that only follows hold of the machine's memory, idle and under load through another node. */
final class MemoryPart implements Part {
    private static final int CALLERS = 256;
    private static final int IDLE_SECONDS = 3;
    /** As the node program of the demonstrations gets it. */
    private static final List<String> HEAP = List.of("-Xmx256m");

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public boolean inQuick() {
        return false;
    }

    @Override
    public void run(Bench bench) throws Exception {
        bench.endCluster();
        try (Cluster cluster = bench.newCluster(3, 1, HEAP)) {
            WorkerProcess caller = cluster.follower();
            WorkerProcess leader = cluster.leader();
            WorkerProcess follower = cluster.nodes().stream()
                    .filter(node -> node != caller && node != leader)
                    .findFirst()
                    .orElseThrow();
            TimeUnit.SECONDS.sleep(IDLE_SECONDS);
            look(bench, "idle", leader, follower);
            Map<String, Object> details = bench.load(CALLERS);
            details.put("millis", bench.plan().warmMillis() * 2);
            caller.begin("writes", details);
            TimeUnit.MILLISECONDS.sleep(bench.plan().warmMillis());
            look(bench, "loaded", leader, follower);
            Measured measured = Measured.from(caller.answer());
            cluster.account(measured.acknowledged(), measured.failed());
            bench.results().figure(name(), "writes meanwhile", "writes/s", measured.perSecond());
            cluster.prove(bench.screen());
        }
    }

    private void look(Bench bench, String when, WorkerProcess leader, WorkerProcess follower)
            throws InterruptedException {
        for (WorkerProcess node : List.of(leader, follower)) {
            String which = (node == leader ? "leader, " : "follower, ") + when;
            // Before the look at what is alive, which has the garbage collected.
            bench.results().figure(name(), which + ": resident", "MB", Memory.residentMegabytes(node.pid()));
            bench.results().figure(name(), which + ": heap in use", "MB", Memory.heapMegabytes(node.pid()));
            bench.results().figure(name(), which + ": of it alive", "MB", Memory.liveMegabytes(node.pid()));
        }
    }
}
