package io.wesdb.examples.harness;

import io.wesdb.examples.Await;
import io.wesdb.examples.NodeClient;
import io.wesdb.examples.NodeClient.Verified;
import io.wesdb.examples.harness.Workload.Judgement;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One run, from the first process to the last judgement. For one thread. */
final class FaultRun {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration VERIFY_PATIENCE = Duration.ofMinutes(2);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(20);

    private final Site site;
    private final List<Workload> workloads;
    private final Events events = new Events();
    private final ClusterFindings findings;
    private final Consumer<String> progress;
    private volatile long beganNanos = System.nanoTime();

    FaultRun(Site site, List<Workload> workloads, Consumer<String> progress) {
        this.site = site;
        this.workloads = workloads;
        this.progress = progress;
        this.findings = new ClusterFindings(this::tell);
    }

    /** @param settings for the report */
    Run run(Agenda agenda, List<Nemesis> nemeses, int callers, int seconds, long seed, Map<String, String> settings)
            throws IOException, InterruptedException {
        for (Workload workload : workloads) {
            workload.prepare(clients());
        }
        long began = System.nanoTime();
        beganNanos = began;
        boolean well;
        try (Watch watch = new Watch(site, events, findings);
                Callers calling = new Callers(site, workloads, callers, seed, findings)) {
            Campaign campaign = new Campaign(site, agenda, new Random(seed), events, findings, progress);
            well = campaign.runUntil(began + TimeUnit.SECONDS.toNanos(seconds));
            calling.stop();
            campaign.conclude(nemeses);
            findings.holds(String.format("%,d calls came to something, %,d did not", calling.done(), calling.failed()));
            watch.judge();
        }
        long ended = System.nanoTime();
        Map<String, Judgement> judgements = new LinkedHashMap<>();
        // What a cluster answers that is not well says nothing.
        if (well) {
            compare();
            judge(judgements);
        }
        judgements.put("cluster", findings.judgement());
        List<String> names =
                new ArrayList<>(site.allEver().stream().map(SiteNode::name).toList());
        names.addAll(site.ensemble().names());
        return new Run(settings, names, began, ended, workloads, events, judgements);
    }

    private void tell(String finding) {
        progress.accept(String.format(
                "%6.1f s  FOUND: %s",
                (System.nanoTime() - beganNanos) / 1e9,
                finding.lines().findFirst().orElse("")));
    }

    private List<NodeClient> clients() {
        return site.serving().stream().map(SiteNode::client).toList();
    }

    private void compare() throws InterruptedException {
        try {
            NodeClient asked = clients().get(0);
            long index =
                    asked.queryWithin(READ_TIMEOUT, "linearizable", "SELECT 1").index();
            for (SiteNode node : site.nodes()) {
                Await.until(
                        PATIENCE,
                        node.name() + " to apply what was written",
                        () -> node.client().status().applied() >= index);
            }
            Verified verified = asked.verify(VERIFY_PATIENCE);
            if (verified.sound() && verified.agreeing().containsAll(site.names())) {
                findings.holds(String.format(
                        "contents compared at index %,d: equal on %s",
                        verified.index(), String.join(", ", verified.agreeing())));
            } else {
                findings.found("the nodes' contents are not equal: " + verified);
            }
        } catch (IOException e) {
            findings.found("the nodes' contents could not be compared: " + e.getMessage());
        }
    }

    private void judge(Map<String, Judgement> judgements) throws InterruptedException {
        for (Workload workload : workloads) {
            try {
                judgements.put(workload.name(), workload.judge(clients()));
            } catch (IOException | RuntimeException e) {
                findings.found(workload.name() + " could not be judged: " + e);
            }
        }
    }
}
