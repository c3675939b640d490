package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.harness.Workload;
import io.wesdb.examples.harness.Workload.Ending;
import io.wesdb.examples.harness.Workload.Judgement;
import io.wesdb.examples.harness.Workloads;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All workloads on real nodes, the leader of which is killed meanwhile. */
@Timeout(120)
class WorkloadsOnNodesTest {
    private static final long SEED = 20_261_124;
    private static final int CALLERS_EACH = 2;
    private static final int ENOUGH_CALLS = 600;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    void everyWorkloadGoesOnWhenTheLeaderIsKilledAndFindsNothing() throws Exception {
        List<Workload> workloads = Workloads.all();
        try (Fleet fleet = Fleet.start("workloads", List.of("a", "b", "c"), List.of())) {
            List<NodeClient> nodes =
                    fleet.nodes().stream().map(DemoNode::client).toList();
            for (Workload workload : workloads) {
                workload.prepare(nodes);
            }
            run(workloads, fleet, nodes);
            for (Workload workload : workloads) {
                Judgement judgement = workload.judge(nodes);
                assertEquals(List.of(), judgement.findings(), workload.name() + ", seed " + SEED);
                assertTrue(judgement.claims().size() >= 2, workload.name() + ": " + judgement.claims());
                assertTrue(
                        workload.calls().stream().anyMatch(call -> call.ending() == Ending.DONE && call.writes()),
                        workload.name() + ", seed " + SEED);
                if (Boolean.getBoolean("wesdb.tell")) {
                    System.err.println(workload.name() + " " + workload.calls().size() + " "
                            + String.join("\n    ", judgement.claims()));
                }
            }
            fleet.delete();
        }
    }

    private static void run(List<Workload> workloads, Fleet fleet, List<NodeClient> nodes) throws Exception {
        int callers = CALLERS_EACH * workloads.size();
        List<Random> randoms =
                IntStream.range(0, callers).mapToObj(i -> new Random(SEED + i)).toList();
        AtomicLong done = new AtomicLong();
        try (Load load = new Load(callers, Long.MAX_VALUE, (caller, number) -> {
            Random random = randoms.get(caller);
            NodeClient node = nodes.get(random.nextInt(nodes.size()));
            boolean answered = workloads.get(caller % workloads.size()).call(caller, node, random);
            done.addAndGet(answered ? 1 : 0);
            RegisterCallers.rest(random, answered ? 5 : 100);
            return answered;
        })) {
            awaitMore(done);
            DemoNode leader = fleet.leader(fleet.nodes().get(0));
            leader.kill();
            awaitMore(done);
            leader.launch();
            Fleet.awaitReadyAgain(leader, PATIENCE);
            awaitMore(done);
            load.stop();
        }
    }

    private static void awaitMore(AtomicLong done) throws Exception {
        long before = done.get();
        Await.until(PATIENCE, "calls to be answered", () -> done.get() >= before + ENOUGH_CALLS);
    }
}
