package io.wesdb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.harness.Events;
import io.wesdb.examples.harness.Events.Fault;
import io.wesdb.examples.harness.Report;
import io.wesdb.examples.harness.Run;
import io.wesdb.examples.harness.Workload;
import io.wesdb.examples.harness.Workload.Ending;
import io.wesdb.examples.harness.Workload.Judgement;
import io.wesdb.examples.harness.Workloads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All workloads on real nodes, the leader of which is killed meanwhile. */
@Timeout(120)
class WorkloadsOnNodesTest {
    private static final long SEED = 20_261_124;
    private static final int CALLERS_EACH = 2;
    private static final int ENOUGH_CALLS = 600;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @Test
    void everyWorkloadGoesOnWhenTheLeaderIsKilledAndFindsNothing() throws Exception {
        List<Workload> workloads = Workloads.all();
        try (Fleet fleet = Fleet.start("workloads", List.of("a", "b", "c"), List.of())) {
            List<NodeClient> nodes =
                    fleet.nodes().stream().map(DemoNode::client).toList();
            for (Workload workload : workloads) {
                workload.prepare(nodes);
            }
            long began = System.nanoTime();
            Events events = new Events();
            run(workloads, fleet, nodes, events);
            long ended = System.nanoTime();
            Map<String, Judgement> judgements = new LinkedHashMap<>();
            for (Workload workload : workloads) {
                judgements.put(workload.name(), workload.judge(nodes));
            }
            Map<String, String> settings = Map.of("seed", String.valueOf(SEED));
            Run run = new Run(settings, List.of("a", "b", "c"), began, ended, workloads, events, judgements);
            Report.write(directory, run);

            for (Workload workload : workloads) {
                Judgement judgement = judgements.get(workload.name());
                assertEquals(List.of(), judgement.findings(), workload.name() + ", seed " + SEED);
                assertTrue(judgement.claims().size() >= 2, workload.name() + ": " + judgement.claims());
                assertTrue(
                        workload.calls().stream().anyMatch(call -> call.ending() == Ending.DONE && call.writes()),
                        workload.name() + ", seed " + SEED);
            }
            assertTrue(Files.readString(directory.resolve("report.txt")).startsWith("Everything held"));
            fleet.delete();
        }
    }

    private static void run(List<Workload> workloads, Fleet fleet, List<NodeClient> nodes, Events events)
            throws Exception {
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
            long killed = System.nanoTime();
            leader.kill();
            awaitMore(done);
            leader.launch();
            Fleet.awaitReadyAgain(leader, PATIENCE);
            events.add(new Fault("kill", leader.name() + " killed", List.of(leader.name()), killed, System.nanoTime()));
            awaitMore(done);
            load.stop();
        }
    }

    private static void awaitMore(AtomicLong done) throws Exception {
        long before = done.get();
        Await.until(PATIENCE, "calls to be answered", () -> done.get() >= before + ENOUGH_CALLS);
    }
}
