package io.wesdb.examples;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Stretches of two kinds, taken by turns so that whatever else happens on the machine hits both alike. Whether they differ by more than
 * noise is judged by how much the usual ones differ among themselves. For one thread.
 */
final class Comparison {
    /** Shorter stretches tell nothing. */
    static final int TELLING_SECONDS = 5;

    /** How much worse than the usual ones counts as more than noise, however alike those are. */
    private static final double LEAST_THROUGHPUT = 0.8;

    private static final double MOST_P99 = 1.5;

    private final String unit;
    private final String usualName;
    private final String otherName;
    private final List<Stretch.Summary> usual = new ArrayList<>();
    private final List<Stretch.Summary> other = new ArrayList<>();

    /** @param unit of the throughput, such as writes/s */
    Comparison(String unit, String usualName, String otherName) {
        this.unit = unit;
        this.usualName = usualName;
        this.otherName = otherName;
    }

    void addUsual(Stretch.Summary stretch) {
        usual.add(stretch);
    }

    void addOther(Stretch.Summary stretch) {
        other.add(stretch);
    }

    /** Both kinds have as many stretches. */
    void print(Screen screen) {
        List<List<String>> table = new ArrayList<>(List.of(List.of("", unit, "p50", "p99", "longest", "failed")));
        for (int i = 0; i < usual.size(); i++) {
            table.add(line(usualName + " " + (i + 1), usual.get(i)));
            table.add(line(otherName + " " + (i + 1), other.get(i)));
        }
        table.add(factors(otherName + " / " + usualName + ", medians", this::ratio));
        table.add(factors("highest / lowest " + usualName, this::spread));
        screen.table(table);
    }

    void proveWithinNoise(Screen screen) {
        screen.prove(
                ratio(Stretch.Summary::perSecond) >= Math.min(LEAST_THROUGHPUT, 1 / spread(Stretch.Summary::perSecond)),
                unit + ": throughput is within noise of the " + usualName + " one");
        screen.prove(
                ratio(Stretch.Summary::p99Millis) <= Math.max(MOST_P99, spread(Stretch.Summary::p99Millis)),
                unit + ": p99 is within noise of the " + usualName + " one");
    }

    private static List<String> line(String name, Stretch.Summary stretch) {
        return List.of(
                name,
                String.format("%.0f", stretch.perSecond()),
                String.format("%.1f ms", stretch.p50Millis()),
                String.format("%.1f ms", stretch.p99Millis()),
                String.format("%.0f ms", stretch.longestMillis()),
                String.valueOf(stretch.failed()));
    }

    private static List<String> factors(String name, ToDoubleFunction<ToDoubleFunction<Stretch.Summary>> factor) {
        return List.of(
                name,
                String.format("%.2f", factor.applyAsDouble(Stretch.Summary::perSecond)),
                String.format("%.2f", factor.applyAsDouble(Stretch.Summary::p50Millis)),
                String.format("%.2f", factor.applyAsDouble(Stretch.Summary::p99Millis)),
                String.format("%.2f", factor.applyAsDouble(Stretch.Summary::longestMillis)),
                "");
    }

    private double ratio(ToDoubleFunction<Stretch.Summary> figure) {
        return median(other, figure) / median(usual, figure);
    }

    private double spread(ToDoubleFunction<Stretch.Summary> figure) {
        DoubleSummaryStatistics all = usual.stream().mapToDouble(figure).summaryStatistics();
        return all.getMax() / all.getMin();
    }

    static double median(List<Stretch.Summary> stretches, ToDoubleFunction<Stretch.Summary> figure) {
        return median(stretches.stream().mapToDouble(figure).toArray());
    }

    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
