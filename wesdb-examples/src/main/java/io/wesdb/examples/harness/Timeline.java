package io.wesdb.examples.harness;

import io.wesdb.examples.harness.Events.Fault;
import io.wesdb.examples.harness.Workload.Call;
import io.wesdb.examples.harness.Workload.Ending;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A run's calls, counted by stretches of time, so that a report stays small however long the run was; and a bounded number of them one by
 * one: those that failed, and those around findings. Immutable once made.
 */
final class Timeline {
    private static final int MOST_BINS = 1_800;
    private static final int LEAST_BIN_MILLIS = 20;
    private static final int MOST_MARKS = 5_000;
    private static final int MOST_NEAR = 3_000;
    private static final long NEAR_NANOS = 300_000_000;

    private final Run run;
    private final long binNanos;
    private final int bins;
    private final List<String> nodes;
    private final Map<String, int[][]> counts = new TreeMap<>();
    private final float[][] latencies;
    private final int[] latencyCounts;
    private final List<Mark> marks = new ArrayList<>();
    private final List<Mark> near = new ArrayList<>();
    private final List<List<Call>> findings;
    private final Map<String, Map<String, Map<Ending, Long>>> outcomes = new TreeMap<>();
    private long failures;
    private long[] acknowledged = new long[1024];
    private int writes;

    /** A call that is shown by itself. */
    record Mark(Call call, int workload) {}

    /** A time without an acknowledged write. */
    record Pause(long beganNanos, long endedNanos) {
        long nanos() {
            return endedNanos - beganNanos;
        }
    }

    Timeline(Run run) {
        this.run = run;
        long length = Math.max(1, run.endedNanos() - run.beganNanos());
        this.binNanos = Math.max(LEAST_BIN_MILLIS * 1_000_000L, (length + MOST_BINS - 1) / MOST_BINS);
        this.bins = (int) (length / binNanos) + 1;
        this.findings = run.judgements().values().stream()
                .flatMap(judgement -> judgement.involved().stream())
                .filter(calls -> !calls.isEmpty())
                .toList();
        this.latencies = new float[bins][];
        this.latencyCounts = new int[bins];
        for (int i = 0; i < run.workloads().size(); i++) {
            for (Call call : run.workloads().get(i).calls()) {
                take(call, i);
            }
        }
        Arrays.sort(acknowledged, 0, writes);
        Set<String> names = new LinkedHashSet<>(run.nodes());
        names.addAll(counts.keySet());
        nodes = List.copyOf(names);
        thinOut();
    }

    private void take(Call call, int workload) {
        long ended = Math.min(call.endedNanos(), run.endedNanos());
        int bin = (int) Math.max(0, Math.min(bins - 1, (ended - run.beganNanos()) / binNanos));
        counts.computeIfAbsent(call.node(), node -> new int[Ending.values().length][bins])[
                call.ending().ordinal()][bin]++;
        outcomes.computeIfAbsent(run.workloads().get(workload).name(), name -> new TreeMap<>())
                .computeIfAbsent(call.kind(), kind -> new EnumMap<>(Ending.class))
                .merge(call.ending(), 1L, Long::sum);
        if (call.ending() != Ending.DONE) {
            failures++;
            marks.add(new Mark(call, workload));
            if (marks.size() >= 4 * MOST_MARKS) {
                thinOut();
            }
            return;
        }
        if (near.size() < MOST_NEAR && isNearFinding(call)) {
            near.add(new Mark(call, workload));
        }
        addLatency(bin, (ended - call.beganNanos()) / 1e6f);
        if (call.writes()) {
            if (writes == acknowledged.length) {
                acknowledged = Arrays.copyOf(acknowledged, 2 * writes);
            }
            acknowledged[writes++] = call.endedNanos();
        }
    }

    private boolean isNearFinding(Call call) {
        for (List<Call> involved : findings) {
            for (Call each : involved) {
                if (call.beganNanos() - NEAR_NANOS < each.beganNanos()
                        && each.beganNanos() < call.endedNanos() + NEAR_NANOS) {
                    return true;
                }
            }
        }
        return false;
    }

    private void addLatency(int bin, float millis) {
        float[] all = latencies[bin];
        if (all == null) {
            all = new float[16];
        } else if (latencyCounts[bin] == all.length) {
            all = Arrays.copyOf(all, 2 * all.length);
        }
        all[latencyCounts[bin]++] = millis;
        latencies[bin] = all;
    }

    /** Leaves out evenly; which writes' outcomes are unknown matters more than what was not done. */
    private void thinOut() {
        while (marks.size() > MOST_MARKS) {
            List<Mark> kept = new ArrayList<>();
            boolean keep = true;
            for (Mark mark : marks) {
                if (keep) {
                    kept.add(mark);
                }
                keep = !keep;
            }
            marks.clear();
            marks.addAll(kept);
        }
    }

    double binMillis() {
        return binNanos / 1e6;
    }

    int bins() {
        return bins;
    }

    /** Those of the run, and any others that were asked. */
    List<String> nodes() {
        return nodes;
    }

    /** By ending and bin; null if nobody asked that node. */
    int @Nullable [][] counts(String node) {
        return counts.get(node);
    }

    /** Of the calls that were done, by bin; null where there are none. */
    List<@Nullable Double> latencyMillis(double quantile) {
        List<@Nullable Double> values = new ArrayList<>();
        for (int i = 0; i < bins; i++) {
            int count = latencyCounts[i];
            if (count == 0) {
                values.add(null);
                continue;
            }
            float[] sorted = Arrays.copyOf(latencies[i], count);
            Arrays.sort(sorted);
            values.add(Math.round(sorted[(int) Math.min(count - 1L, (long) (quantile * count))] * 100) / 100.0);
        }
        return values;
    }

    /** Calls that failed: all, or an even choice. */
    List<Mark> marks() {
        return Collections.unmodifiableList(marks);
    }

    /** Calls that were done about when a finding's calls began: a bounded number. */
    List<Mark> near() {
        return Collections.unmodifiableList(near);
    }

    long failures() {
        return failures;
    }

    /** By workload and kind of call: how many ended how. */
    Map<String, Map<String, Map<Ending, Long>>> outcomes() {
        return outcomes;
    }

    long calls() {
        return outcomes.values().stream()
                .flatMap(kinds -> kinds.values().stream())
                .flatMap(endings -> endings.values().stream())
                .mapToLong(count -> count)
                .sum();
    }

    double millis(long nanos) {
        return Math.round((nanos - run.beganNanos()) / 1e3) / 1e3;
    }

    /** When it was mended, or the end of the run. */
    long ended(Fault fault) {
        return Math.min(fault.endedNanos(), run.endedNanos());
    }

    /** The longest of those that overlap that time. */
    Pause longestPause(long fromNanos, long toNanos) {
        Pause longest = new Pause(run.beganNanos(), run.beganNanos());
        int place = Arrays.binarySearch(acknowledged, 0, writes, fromNanos);
        place = Math.max(0, (place < 0 ? -place - 1 : place) - 1);
        long last = place < writes && acknowledged[place] <= fromNanos ? acknowledged[place] : run.beganNanos();
        for (int i = place; i <= writes && last <= toNanos; i++) {
            long next = i < writes ? acknowledged[i] : Math.max(last, run.endedNanos());
            if (next - last > longest.nanos()) {
                longest = new Pause(last, next);
            }
            last = Math.max(last, next);
            if (i == writes) {
                break;
            }
        }
        return longest;
    }
}
