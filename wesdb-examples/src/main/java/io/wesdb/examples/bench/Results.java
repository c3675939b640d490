package io.wesdb.examples.bench;

import io.wesdb.examples.Screen;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** All that was measured in a run. Of several rounds the median counts. For one thread. */
final class Results {
    private final Map<Case, List<Observation>> observations = new LinkedHashMap<>();
    private final Map<Name, List<Double>> figures = new LinkedHashMap<>();
    private final Map<Target, List<Double>> ratios = new LinkedHashMap<>();

    /** Of a figure that is no load's. */
    record Name(String part, String what, String unit) {}

    void add(Observation observation) {
        observations
                .computeIfAbsent(observation.what(), unused -> new ArrayList<>())
                .add(observation);
    }

    /** One round's value. */
    void figure(String part, String what, String unit, double value) {
        figures.computeIfAbsent(new Name(part, what, unit), unused -> new ArrayList<>())
                .add(value);
    }

    /** One round's value: what was measured to its yardstick. */
    void ratio(Target target, double value) {
        ratios.computeIfAbsent(target, unused -> new ArrayList<>()).add(value);
    }

    Map<Case, List<Observation>> observations() {
        return observations;
    }

    Map<Name, List<Double>> figures() {
        return figures;
    }

    Map<Target, List<Double>> ratios() {
        return ratios;
    }

    double median(Case what, ToDoubleFunction<Observation> figure) {
        return median(observations.getOrDefault(what, List.of()).stream()
                .map(figure::applyAsDouble)
                .toList());
    }

    static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    void print(Screen screen) {
        List<String> parts = new ArrayList<>();
        observations.keySet().forEach(what -> parts.add(what.part()));
        figures.keySet().forEach(name -> parts.add(name.part()));
        for (String part : parts.stream().distinct().toList()) {
            screen.title(part);
            printLoads(screen, part);
            printFigures(screen, part);
        }
        screen.title("targets");
        printTargets(screen);
    }

    private void printLoads(Screen screen, String part) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of(
                "",
                "callers",
                "rate",
                "per s",
                "p50 ms",
                "p99 ms",
                "p99.9 ms",
                "CPU µs",
                "log bytes",
                "in an entry",
                "failed"));
        observations.forEach((what, rounds) -> {
            if (what.part().equals(part)) {
                table.add(List.of(
                        what.series(),
                        String.format("%,d", what.callers()),
                        what.paced() ? "given" : "closed loop",
                        String.format("%,.0f", median(what, Observation::perSecond)),
                        millis(what, 50),
                        millis(what, 99),
                        millis(what, 99.9),
                        orEmpty("%.1f", median(what, Observation::cpuMicrosEach)),
                        orEmpty("%.0f", median(what, Observation::bytesEach)),
                        orEmpty("%.1f", median(what, Observation::inAnEntry)),
                        String.valueOf(rounds.stream()
                                .mapToLong(round -> round.measured().failed())
                                .sum())));
            }
        });
        if (table.size() > 1) {
            screen.table(table);
        }
    }

    private String millis(Case what, double percentile) {
        return String.format("%.3f", median(what, each -> each.measured().micros(percentile)) / 1e3);
    }

    private static String orEmpty(String format, double value) {
        return value == 0 || Double.isNaN(value) ? "" : String.format(format, value);
    }

    private void printFigures(Screen screen, String part) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("", "median", "unit", "rounds"));
        figures.forEach((name, values) -> {
            if (name.part().equals(part)) {
                table.add(List.of(
                        name.what(),
                        String.format("%,.1f", median(values)),
                        name.unit(),
                        String.valueOf(values.size())));
            }
        });
        if (table.size() > 1) {
            screen.table(table);
        }
    }

    private void printTargets(Screen screen) {
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("", "measured", "of rounds", "at least", "aim", "", ""));
        for (Target target : Target.values()) {
            List<Double> values = ratios.getOrDefault(target, List.of());
            double median = median(values);
            String sign = target.lessIsBetter() ? "≤ " : "≥ ";
            table.add(List.of(
                    target.what(),
                    values.isEmpty() ? "" : String.format("%.2f", median),
                    values.isEmpty() ? "" : range(values),
                    sign + plain(target.limit()),
                    sign + plain(target.aim()),
                    values.isEmpty() ? "" : target.isMetBy(median) ? "✓" : "✗",
                    values.isEmpty()
                            ? "not measured"
                            : target.isReachedBy(median)
                                    ? "met, and the aim"
                                    : target.isMetBy(median) ? "met" : "missed"));
        }
        screen.table(table);
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.format("%.0f", value) : String.valueOf(value);
    }

    private static String range(List<Double> values) {
        return String.format(
                "%.2f to %.2f",
                values.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN),
                values.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN));
    }
}
