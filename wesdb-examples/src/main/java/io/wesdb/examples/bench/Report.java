package io.wesdb.examples.bench;

import io.wesdb.examples.Json;
import io.wesdb.examples.Screen;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A run's table for people, its figures for programs, and its picture. */
final class Report {
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};

    private final Path directory;
    private final Map<String, String> settings = new LinkedHashMap<>();

    Report(Path directory, Plan plan, Path place) throws IOException {
        this.directory = directory;
        settings.put("begun", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        settings.put("machine", machine());
        settings.put(
                "load average before",
                String.format(
                        "%.1f: should be near 0, nobody else may use the machine",
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        settings.put("java", Runtime.version().toString());
        settings.put(
                "disk",
                Files.getFileStore(place) + " (" + Files.getFileStore(place).type() + ")");
        settings.put(
                "stretches",
                String.format(
                        "%d rounds of %,d ms each after a warm-up%s",
                        plan.rounds(), plan.millis(), plan.quick() ? ", quick" : ""));
        settings.put("heap of a node", WorkerProcess.HEAP);
        settings.put("row", RowIds.INSERT + ", a text of " + RowIds.TEXT_LENGTH + " characters");
        settings.put(
                "latency",
                "'closed loop': of calls that each wait for the one before, so a stall is seen by one call a caller;"
                        + " 'given': at half of that throughput, counted from when a call was due, corrected for coordinated"
                        + " omission");
    }

    private static String machine() {
        String memory = "";
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            memory = String.format(", %.0f GB", system.getTotalMemorySize() / 1e9);
        }
        return Runtime.getRuntime().availableProcessors() + " cores" + memory + ", " + System.getProperty("os.name")
                + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch");
    }

    Map<String, String> settings() {
        return settings;
    }

    void write(Results results, boolean sound) throws IOException {
        try (PrintStream out = new PrintStream(directory.resolve("table.txt").toFile(), StandardCharsets.UTF_8)) {
            Screen table = new Screen(out, false);
            settings.forEach((name, value) -> table.say(name + ": " + value));
            results.print(table);
        }
        Files.writeString(directory.resolve("results.json"), json(results, sound));
        Files.writeString(directory.resolve("chart.svg"), Chart.of(results));
    }

    private String json(Results results, boolean sound) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("settings", settings);
        all.put("sound", sound);
        List<Object> targets = new ArrayList<>();
        results.ratios().forEach((target, values) -> {
            Map<String, Object> map = new LinkedHashMap<>();
            double median = Results.median(values);
            map.put("target", target.id());
            map.put("what", target.what());
            map.put("rounds", values);
            map.put("median", median);
            map.put(target.lessIsBetter() ? "atMost" : "atLeast", target.limit());
            map.put("aim", target.aim());
            map.put("met", target.isMetBy(median));
            map.put("aimReached", target.isReachedBy(median));
            targets.add(map);
        });
        all.put("targets", targets);
        List<Object> loads = new ArrayList<>();
        results.observations().values().forEach(rounds -> rounds.forEach(round -> loads.add(load(round))));
        all.put("loads", loads);
        List<Object> figures = new ArrayList<>();
        results.figures()
                .forEach((name, values) -> figures.add(
                        Map.of("part", name.part(), "what", name.what(), "unit", name.unit(), "rounds", values)));
        all.put("figures", figures);
        return Json.write(all) + "\n";
    }

    private static Map<String, Object> load(Observation observation) {
        Measured measured = observation.measured();
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("part", observation.what().part());
        map.put("series", observation.what().series());
        map.put("callers", observation.what().callers());
        map.put("paced", observation.what().paced());
        map.put("round", observation.round());
        map.put("perSecond", observation.perSecond());
        for (double percentile : PERCENTILES) {
            map.put(
                    ("p" + percentile).replace(".0", "").replace("p100", "max") + "Micros",
                    measured.micros(percentile));
        }
        map.put("acknowledged", measured.acknowledged());
        map.put("refused", measured.refused());
        map.put("failed", measured.failed());
        map.put("cpuMicrosEach", observation.cpuMicrosEach());
        map.put("logBytesEach", observation.bytesEach());
        map.put("entries", observation.entries());
        return map;
    }
}
