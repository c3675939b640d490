package io.wesdb.examples.harness;

import io.wesdb.examples.harness.Workload.Judgement;
import java.util.List;
import java.util.Map;

/**
 * A run that has ended: all that a report is made of.
 *
 * @param settings how it was started, by the names of its options, the seed among them
 * @param nodes the names of all nodes that there ever were, and of the ZooKeeper servers behind them
 * @param workloads with what they took down
 * @param judgements by the workload's name, and {@code cluster} for what was looked at beside them
 */
public record Run(
        Map<String, String> settings,
        List<String> nodes,
        long beganNanos,
        long endedNanos,
        List<Workload> workloads,
        Events events,
        Map<String, Judgement> judgements) {

    public boolean heldEverything() {
        return judgements.values().stream()
                .allMatch(judgement -> judgement.findings().isEmpty());
    }
}
