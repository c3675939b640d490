package io.wesdb.examples.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** A picture of the writes: throughput and latency against callers, on scales of powers. */
final class Chart {
    private static final int WIDTH = 880;
    private static final int HEIGHT = 470;
    private static final int LEFT = 78;
    private static final int PANEL = 330;
    private static final int TOP = 50;
    private static final int TALL = 300;
    private static final List<String> COLOURS = List.of("#1b6ca8", "#d1603d", "#4a7c59", "#7d5ba6", "#888888");

    private final StringBuilder svg = new StringBuilder();

    private Chart() {}

    private record Line(String name, Map<Integer, Double> values, boolean dashed) {}

    static String of(Results results) {
        Chart chart = new Chart();
        chart.add(
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='DejaVu Sans, Arial, sans-serif' font-size='11'>",
                WIDTH, HEIGHT);
        chart.add("<rect width='%d' height='%d' fill='white'/>", WIDTH, HEIGHT);
        List<Line> throughput = new ArrayList<>();
        throughput.add(line(results, WritesPart.IN_PROCESS, "in-process", Observation::perSecond, false));
        throughput.add(line(results, WritesPart.HTTP, "HTTP", Observation::perSecond, false));
        throughput.add(line(results, WritesPart.AUTOCOMMIT, "sqlite-jdbc, autocommit", Observation::perSecond, true));
        throughput.add(
                line(results, WritesPart.TRANSACTIONS, "sqlite-jdbc, 1,000 in one", Observation::perSecond, true));
        chart.panel(LEFT, "writes per second", throughput);
        List<Line> latency = new ArrayList<>();
        ToDoubleFunction<Observation> p50 = each -> each.p50Micros() / 1e3;
        ToDoubleFunction<Observation> p99 = each -> each.measured().micros(99) / 1e3;
        latency.add(line(results, WritesPart.IN_PROCESS, "in-process, p50", p50, false));
        latency.add(line(results, WritesPart.IN_PROCESS, "in-process, p99", p99, false));
        latency.add(line(results, WritesPart.HTTP, "HTTP, p50", p50, false));
        latency.add(line(results, WritesPart.HTTP, "HTTP, p99", p99, false));
        latency.add(line(results, WritesPart.AUTOCOMMIT, "sqlite-jdbc, autocommit, p50", p50, true));
        chart.panel(LEFT + PANEL + 100, "latency in a closed loop, ms", latency);
        return chart.svg.append("</svg>\n").toString();
    }

    /** Of one that has no callers to choose from, a level line to compare with. */
    private static Line line(
            Results results, String series, String name, ToDoubleFunction<Observation> figure, boolean level) {
        Map<Integer, Double> values = new TreeMap<>();
        for (Case what : results.observations().keySet()) {
            if (what.part().equals(WritesPart.NAME) && what.series().equals(series) && !what.paced()) {
                values.put(what.callers(), results.median(what, figure));
            }
        }
        return new Line(name, values, level);
    }

    private void panel(int left, String title, List<Line> lines) {
        List<Double> all = lines.stream()
                .flatMap(line -> line.values().values().stream())
                .filter(value -> value > 0)
                .toList();
        add("<text x='%d' y='%d' font-size='14'>%s</text>", left, TOP - 20, title);
        add("<rect x='%d' y='%d' width='%d' height='%d' fill='none' stroke='#bbb'/>", left, TOP, PANEL, TALL);
        if (all.isEmpty()) {
            return;
        }
        int low = (int) Math.floor(
                Math.log10(all.stream().mapToDouble(Double::doubleValue).min().orElse(1)));
        int high = Math.max(low + 1, (int) Math.ceil(
                Math.log10(all.stream().mapToDouble(Double::doubleValue).max().orElse(1))));
        for (int power = low; power <= high; power++) {
            double y = y(Math.pow(10, power), low, high);
            add("<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#e4e4e4'/>", left, left + PANEL, y, y);
            add("<text x='%d' y='%.1f' text-anchor='end'>%s</text>", left - 5, y + 4, label(Math.pow(10, power)));
        }
        for (int callers : List.of(1, 8, 64, 256, 1_024, 4_096)) {
            add("<text x='%.1f' y='%d' text-anchor='middle'>%,d</text>", x(callers, left), TOP + TALL + 15, callers);
        }
        add("<text x='%d' y='%d' text-anchor='middle'>callers</text>", left + PANEL / 2, TOP + TALL + 30);
        for (int i = 0; i < lines.size(); i++) {
            draw(lines.get(i), COLOURS.get(i), left, low, high, TOP + TALL + 48 + 14 * i);
        }
    }

    private void draw(Line line, String colour, int left, int low, int high, int legend) {
        if (line.values().isEmpty()) {
            return;
        }
        String dashes = line.dashed() ? " stroke-dasharray='5 4'" : "";
        StringBuilder points = new StringBuilder();
        if (line.dashed()) {
            double y = y(line.values().values().iterator().next(), low, high);
            points.append(String.format(Locale.ROOT, "%d,%.1f %d,%.1f", left, y, left + PANEL, y));
        }
        line.values().forEach((callers, value) -> {
            if (!line.dashed() && value > 0) {
                double x = x(callers, left);
                double y = y(value, low, high);
                points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
                add(
                        "<circle cx='%.1f' cy='%.1f' r='3' fill='%s'><title>%s</title></circle>",
                        x, y, colour, label(value));
            }
        });
        add(
                "<polyline points='%s' fill='none' stroke='%s' stroke-width='1.8'%s/>",
                points.toString().strip(), colour, dashes);
        add(
                "<line x1='%d' x2='%d' y1='%d' y2='%d' stroke='%s' stroke-width='2'%s/>",
                left, left + 22, legend - 4, legend - 4, colour, dashes);
        add("<text x='%d' y='%d'>%s</text>", left + 28, legend, line.name());
    }

    private static double x(int callers, int left) {
        return left + 15 + (PANEL - 30) * Math.log(callers) / Math.log(4_096);
    }

    private static double y(double value, int low, int high) {
        return TOP + TALL - TALL * (Math.log10(value) - low) / (high - low);
    }

    private static String label(double value) {
        return value >= 10 ? String.format(Locale.ROOT, "%,.0f", value) : String.valueOf((float) value);
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
