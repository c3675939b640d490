package io.wesdb.examples.harness;

import io.wesdb.examples.Json;
import io.wesdb.examples.harness.Events.Fault;
import io.wesdb.examples.harness.Workload.Call;
import io.wesdb.examples.harness.Workload.Judgement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the page's script draws; all times in milliseconds from the run's beginning. For one thread. */
final class ReportData {
    private static final int MOST_TEXT = 240;

    private final Run run;
    private final Timeline timeline;

    ReportData(Run run, Timeline timeline) {
        this.run = run;
        this.timeline = timeline;
    }

    static long began(List<Call> calls) {
        return calls.stream().mapToLong(Call::beganNanos).min().orElseThrow();
    }

    static long ended(List<Call> calls, Run run) {
        return calls.stream()
                .mapToLong(call -> Math.min(call.endedNanos(), run.endedNanos()))
                .max()
                .orElseThrow();
    }

    /** Safe within a script element of a page, and within XML. */
    String json() {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("length", timeline.millis(run.endedNanos()));
        data.put("bin", timeline.binMillis());
        data.put("bins", timeline.bins());
        data.put("nodes", timeline.nodes());
        data.put("workloads", run.workloads().stream().map(Workload::name).toList());
        data.put("calls", calls());
        data.put("p50", timeline.latencyMillis(0.5));
        data.put("p99", timeline.latencyMillis(0.99));
        data.put("max", timeline.latencyMillis(1));
        data.put("terms", terms());
        data.put("faults", faults());
        data.put(
                "marks",
                Stream.concat(timeline.near().stream(), timeline.marks().stream())
                        .map(mark -> mark(mark.call(), mark.workload()))
                        .toList());
        data.put("findings", findings());
        String json = Json.write(data);
        StringBuilder safe = new StringBuilder(json.length());
        json.codePoints().forEach(c -> {
            // Within JSON these stand only in texts; 0x7F and above that XML does not know are escaped with them.
            if (c == '<'
                    || c == '>'
                    || c == '&'
                    || (c >= 0x7F && c <= 0x9F)
                    || (c >= 0xD800 && c < 0xE000)
                    || c == 0xFFFE
                    || c == 0xFFFF) {
                safe.append(String.format("\\u%04x", c));
            } else {
                safe.appendCodePoint(c);
            }
        });
        return safe.toString();
    }

    private List<?> calls() {
        return timeline.nodes().stream()
                .map(node -> {
                    int[][] counts = timeline.counts(node);
                    return counts == null
                            ? Boolean.FALSE
                            : Arrays.stream(counts)
                                    .map(each -> Arrays.stream(each).boxed().toList())
                                    .toList();
                })
                .toList();
    }

    private List<?> terms() {
        return run.events().terms().stream()
                .map(term -> Map.of(
                        "node", timeline.nodes().indexOf(term.node()),
                        "epoch", term.epoch(),
                        "from", timeline.millis(term.beganNanos()),
                        "to", timeline.millis(Math.min(term.endedNanos(), run.endedNanos()))))
                .toList();
    }

    private List<?> faults() {
        List<Object> faults = new ArrayList<>();
        for (Fault fault : run.events().faults()) {
            long ended = timeline.ended(fault);
            faults.add(Map.of(
                    "nemesis", fault.nemesis(),
                    "what", fault.what(),
                    "struck",
                            fault.struck().stream()
                                    .map(timeline.nodes()::indexOf)
                                    .filter(node -> node >= 0)
                                    .toList(),
                    "from", timeline.millis(fault.beganNanos()),
                    "to", timeline.millis(ended),
                    "lasts", fault.endedNanos() > run.endedNanos(),
                    "pause",
                            Report.length(timeline.longestPause(fault.beganNanos(), ended)
                                    .nanos())));
        }
        return faults;
    }

    private List<?> mark(Call call, int workload) {
        String what = call.what();
        return List.of(
                timeline.nodes().indexOf(call.node()),
                timeline.millis(call.beganNanos()),
                timeline.millis(Math.min(call.endedNanos(), run.endedNanos())),
                call.ending().ordinal(),
                call.caller(),
                workload,
                what.length() > MOST_TEXT ? what.substring(0, MOST_TEXT) + "…" : what);
    }

    private List<?> findings() {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        for (Workload workload : run.workloads()) {
            numbers.put(workload.name(), numbers.size());
        }
        List<Object> findings = new ArrayList<>();
        for (Map.Entry<String, Judgement> judgement : run.judgements().entrySet()) {
            for (List<Call> involved : judgement.getValue().involved()) {
                findings.add(Map.of(
                        "workload", judgement.getKey(),
                        "from", involved.isEmpty() ? 0.0 : timeline.millis(began(involved)),
                        "calls",
                                involved.stream()
                                        .map(call -> mark(call, numbers.getOrDefault(judgement.getKey(), 0)))
                                        .collect(Collectors.toList())));
            }
        }
        return findings;
    }
}
