package io.wesdb.testing.builtin;

import io.wesdb.testing.builtin.Finder.End;
import io.wesdb.testing.builtin.Finder.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds each fault in and tells what finds it, after how long: the proof that the checks can fail. Ends with 1 if one
 * is found by nothing.
 *
 * <pre>FaultTable [--faults name,name] [--seeds 1-300] [--seconds 120] [--finders name,name] [--output directory]</pre>
 */
final class FaultTable {
    private final Map<String, String> options;
    private final Path output;
    private final List<Finder> finders;
    private final long maxSeconds;

    private record Row(BuiltInFault fault, Map<String, Result> results) {
        boolean found() {
            return results.values().stream().anyMatch(result -> result.end() == End.FOUND);
        }
    }

    private FaultTable(Map<String, String> options) throws IOException {
        this.options = options;
        this.output = Files.createDirectories(Path.of(options.getOrDefault("--output", "target/built-in-faults")));
        this.maxSeconds = Long.parseLong(options.getOrDefault("--seconds", "120"));
        this.finders = finders();
    }

    private List<Finder> finders() {
        String seeds = options.getOrDefault("--seeds", "1-300");
        String from = seeds.substring(0, seeds.indexOf('-'));
        List<String> wanted = List.of(options.getOrDefault("--finders", "histories,simulation,harness")
                .split(","));
        return List.of(
                        new Finder(
                                "histories", "io.wesdb.internal.node.FaultHistories", List.of("--seeds", seeds), null),
                        new Finder(
                                "simulation",
                                "io.wesdb.internal.node.Simulation",
                                List.of("--seeds", seeds, "--minutes", String.valueOf(maxSeconds / 60.0)),
                                null),
                        new Finder(
                                "harness",
                                "io.wesdb.examples.harness.FaultHarness",
                                List.of("--seconds", String.valueOf(maxSeconds), "--seed", from, "--until-finding"),
                                "--overlay"))
                .stream()
                .filter(finder -> wanted.contains(finder.name()) && finder.isThere())
                .toList();
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i], arguments[i + 1]);
        }
        System.exit(new FaultTable(options).run() ? 0 : 1);
    }

    private boolean run() throws IOException, InterruptedException {
        List<Row> rows = new ArrayList<>();
        for (BuiltInFault fault : faults()) {
            Path directory = Files.createTempDirectory(output, fault.name() + "-");
            Path overlay = directory.resolve("classes");
            Overlay.build(fault, Overlay.sources(), overlay);
            Map<String, Result> results = new HashMap<>();
            for (Finder finder : finders) {
                // A program that has a time to look gets a minute more to start, mend and check.
                Result result = finder.run(overlay, directory.resolve(finder.name() + ".txt"), maxSeconds + 60);
                results.put(finder.name(), result);
                System.out.println(fault.name() + ": " + finder.name() + " " + cell(result) + " " + result.line());
            }
            rows.add(new Row(fault, results));
            Files.writeString(output.resolve("built-in-faults.md"), markdown(rows));
        }
        rows.stream()
                .filter(row -> !row.found())
                .forEach(row ->
                        System.out.println("FOUND BY NOTHING: " + row.fault().name()));
        System.out.println("the table: " + output.resolve("built-in-faults.md"));
        return rows.stream().allMatch(Row::found);
    }

    private List<BuiltInFault> faults() {
        String names = options.get("--faults");
        return names == null
                ? BuiltInFaults.all()
                : List.of(names.split(",")).stream().map(BuiltInFaults::named).toList();
    }

    private static String cell(Result result) {
        return switch (result.end()) {
            case FOUND -> (result.seed() < 0 ? "" : "seed " + result.seed() + ", ") + result.seconds() + " s";
            case NOT_FOUND -> "no (" + result.seconds() + " s)";
            case TOO_LONG -> "no end in " + result.seconds() + " s";
            case BROKEN -> "broke off";
        };
    }

    private String markdown(List<Row> rows) {
        StringBuilder table = new StringBuilder("| fault | breaks | what is wrong |");
        finders.forEach(finder -> table.append(' ').append(finder.name()).append(" |"));
        table.append(" first finding |\n|---|---|---|")
                .append("---|".repeat(finders.size() + 1))
                .append('\n');
        for (Row row : rows) {
            BuiltInFault fault = row.fault();
            table.append("| `" + fault.name() + "` | " + fault.breaks() + " | " + fault.description() + " |");
            String finding = "";
            for (Finder finder : finders) {
                Result result = row.results().get(finder.name());
                table.append(' ').append(cell(result)).append(" |");
                finding = finding.isEmpty() && result.end() == Finder.End.FOUND ? result.line() : finding;
            }
            table.append(' ').append(shortened(finding)).append(" |\n");
        }
        return table.toString();
    }

    private static String shortened(String line) {
        String plain = line.replace("|", "/");
        return plain.length() > 140 ? plain.substring(0, 140) + " …" : plain;
    }
}
