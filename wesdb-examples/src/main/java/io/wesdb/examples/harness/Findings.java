package io.wesdb.examples.harness;

import io.wesdb.examples.harness.CallLog.Entry;
import io.wesdb.examples.harness.Workload.Call;
import io.wesdb.examples.harness.Workload.Judgement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gathers what a checker finds. What it looks for has a name; a claim of that name stands only if nothing was found. For one thread.
 */
final class Findings {
    /** More of one name are only counted: they have one cause. */
    private static final int MOST_OF_A_NAME = 8;

    private static final int MOST_CALLS = 40;

    private final Map<String, List<String>> claims = new LinkedHashMap<>();
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private final List<String> findings = new ArrayList<>();
    private final List<List<Call>> involved = new ArrayList<>();

    void claim(String name, String text) {
        claims.computeIfAbsent(name, each -> new ArrayList<>()).add(text);
    }

    void found(String name, String explanation, Entry<?, ?>... entries) {
        found(name, explanation, List.of(entries));
    }

    /** @param entries that show it; a few are kept */
    void found(String name, String explanation, Collection<? extends Entry<?, ?>> entries) {
        if (counts.merge(name, 1, Integer::sum) > MOST_OF_A_NAME) {
            return;
        }
        List<Call> calls =
                entries.stream().limit(MOST_CALLS).<Call>map(Entry::call).toList();
        findings.add(explanation + lines(calls));
        involved.add(calls);
    }

    boolean any() {
        return !counts.isEmpty();
    }

    /** Times count from the beginning of the first of them: the report has them on the clock of the run. */
    private static String lines(List<Call> calls) {
        StringBuilder text = new StringBuilder();
        long zero = calls.stream().mapToLong(Call::beganNanos).min().orElse(0);
        for (Call call : calls) {
            String ended =
                    call.endedNanos() == Long.MAX_VALUE ? "?" : String.format("%.6f", (call.endedNanos() - zero) / 1e9);
            text.append(String.format(
                    "%n    caller %-3d via %-3s %11.6f .. %-11s s  %s%s",
                    call.caller(),
                    call.node(),
                    (call.beganNanos() - zero) / 1e9,
                    ended,
                    call.what(),
                    call.ending() == Workload.Ending.DONE ? "" : " [" + call.ending() + "]"));
        }
        return text.toString();
    }

    Judgement judgement() {
        List<String> held = new ArrayList<>();
        claims.forEach((name, texts) -> {
            if (!counts.containsKey(name)) {
                held.addAll(texts);
            }
        });
        List<String> all = new ArrayList<>(findings);
        List<List<Call>> calls = new ArrayList<>(involved);
        counts.forEach((name, count) -> {
            if (count > MOST_OF_A_NAME) {
                all.add((count - MOST_OF_A_NAME) + " more findings about " + name);
                calls.add(List.of());
            }
        });
        return new Judgement(held, all, calls);
    }
}
