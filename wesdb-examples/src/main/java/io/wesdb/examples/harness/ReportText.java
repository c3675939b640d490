package io.wesdb.examples.harness;

import io.wesdb.examples.harness.Events.Fault;
import io.wesdb.examples.harness.Events.Term;
import io.wesdb.examples.harness.Workload.Ending;
import io.wesdb.examples.harness.Workload.Judgement;
import java.util.Map;

/** A run as a text. For one thread, and used once. */
final class ReportText {
    private final Run run;
    private final Timeline timeline;
    private final StringBuilder text = new StringBuilder();

    ReportText(Run run, Timeline timeline) {
        this.run = run;
        this.timeline = timeline;
    }

    String text() {
        line("%s", Report.verdict(run));
        line("%s", Report.command(run.settings()));
        Timeline.Pause pause = timeline.longestPause(run.beganNanos(), run.endedNanos());
        line(
                "%s, %,d calls, %,d faults, %,d terms; longest pause in acknowledged writes %s, from %.1f s",
                Report.length(run.endedNanos() - run.beganNanos()),
                timeline.calls(),
                run.events().faults().size(),
                run.events().terms().size(),
                Report.length(pause.nanos()),
                timeline.millis(pause.beganNanos()) / 1e3);
        findings();
        workloads();
        events();
        return text.toString();
    }

    private void line(String format, Object... values) {
        text.append(String.format(format, values)).append('\n');
    }

    private void findings() {
        for (Map.Entry<String, Judgement> judgement : run.judgements().entrySet()) {
            for (int i = 0; i < judgement.getValue().findings().size(); i++) {
                line("%nFINDING of %s:", judgement.getKey());
                line("  %s", judgement.getValue().findings().get(i));
                judgement.getValue().involved().get(i).stream()
                        .mapToLong(Workload.Call::beganNanos)
                        .min()
                        .ifPresent(began -> line(
                                "  (the first of these calls began at %.6f s of the run)",
                                timeline.millis(began) / 1e3));
            }
        }
    }

    private void workloads() {
        line("%n%-12s %-18s %10s %10s %10s", "workload", "call", "done", "not done", "unknown");
        timeline.outcomes()
                .forEach((workload, kinds) -> kinds.forEach((kind, endings) -> line(
                        "%-12s %-18s %,10d %,10d %,10d",
                        workload,
                        kind,
                        endings.getOrDefault(Ending.DONE, 0L),
                        endings.getOrDefault(Ending.NOT_DONE, 0L),
                        endings.getOrDefault(Ending.UNKNOWN, 0L))));
        for (Map.Entry<String, Judgement> judgement : run.judgements().entrySet()) {
            line("%n%s:", judgement.getKey());
            judgement.getValue().claims().forEach(claim -> line("  held: %s", claim));
            if (!judgement.getValue().findings().isEmpty()) {
                line("  %d findings, see above", judgement.getValue().findings().size());
            }
        }
    }

    private void events() {
        line("%n%10s %10s %10s  %-16s %s", "fault from", "for", "pause", "nemesis", "what");
        for (Fault fault : run.events().faults()) {
            line(
                    "%8.1f s %10s %10s  %-16s %s",
                    timeline.millis(fault.beganNanos()) / 1e3,
                    Report.length(timeline.ended(fault) - fault.beganNanos()),
                    Report.length(timeline.longestPause(fault.beganNanos(), timeline.ended(fault))
                            .nanos()),
                    fault.nemesis(),
                    fault.what());
        }
        line("%n%10s %10s  %s", "leads from", "for", "who");
        for (Term term : run.events().terms()) {
            line(
                    "%8.1f s %10s  %s, epoch %d",
                    timeline.millis(term.beganNanos()) / 1e3,
                    Report.length(term.endedNanos() - term.beganNanos()),
                    term.node(),
                    term.epoch());
        }
    }
}
