package io.wesdb.examples.bench;

import io.wesdb.examples.LongRun;
import io.wesdb.examples.Screen;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures wesdb beside bare SQLite and bare ZooKeeper on this machine, by turns, and reports. */
@Command(
        name = "benchmark",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Measures wesdb beside bare sqlite-jdbc and bare ZooKeeper on this machine, by turns in one run.",
            "Nodes, ZooKeeper (with fsync) and the HTTP client are processes of their own. About 17 minutes.",
            "A missed target is a result. Exit code 1 if something was wrong: acknowledged writes missing, nodes not equal.",
            ""
        })
public final class Benchmark implements Callable<Integer> {
    private static final List<Part> PARTS = Parts.all();

    @Option(names = "--quick", description = "less of it, in under 2 minutes")
    boolean quick;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "PART",
            description = "only these parts: ${COMPLETION-CANDIDATES}",
            completionCandidates = PartNames.class)
    List<String> only = List.of();

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description = "where table.txt, results.json and chart.svg go (default: ${DEFAULT-VALUE})",
            defaultValue = "benchmark-report")
    Path report = Path.of("benchmark-report");

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description =
                    "on the disk to measure: where databases and logs go, in a new directory that is deleted at the end (default: the one for temporary files)")
    @Nullable Path directory;

    @Option(names = "--stretch-millis", hidden = true)
    long stretchMillis;

    @Spec
    private @Nullable CommandSpec spec;

    private static final class PartNames extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        PartNames() {
            super(PARTS.stream().map(Part::name).toList());
        }
    }

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new Benchmark()), args));
    }

    @Override
    public Integer call() throws Exception {
        for (String name : only) {
            if (spec != null && PARTS.stream().noneMatch(part -> part.name().equals(name))) {
                throw new ParameterException(spec.commandLine(), "no such part: " + name);
            }
        }
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        Plan plan = quick ? Plan.brief() : Plan.full();
        if (stretchMillis > 0) {
            plan = plan.withStretches(stretchMillis);
        }
        Path parent = directory == null ? Path.of(System.getProperty("java.io.tmpdir")) : directory;
        Path place = Files.createTempDirectory(Files.createDirectories(parent), "wesdb-benchmark");
        Report written = new Report(Files.createDirectories(report), plan, place);
        screen.title("wesdb benchmark");
        written.settings().forEach((name, value) -> screen.say(name + ": " + value));
        try (Bench bench = new Bench(screen, plan, place)) {
            for (Part part : PARTS) {
                if (only.isEmpty() ? part.inQuick() || !quick : only.contains(part.name())) {
                    runPart(bench, part);
                }
            }
            bench.endCluster();
            bench.results().print(screen);
            written.write(bench.results(), screen.allHeld());
            screen.say("The table, results.json and chart.svg are in " + report);
        }
        if (screen.allHeld()) {
            LongRun.delete(place);
        } else {
            screen.say("The files and the processes' logs are in " + place);
        }
    }

    /** What one part cannot do is no reason to lose what the others measured. */
    private static void runPart(Bench bench, Part part) throws InterruptedException {
        bench.screen().section(part.name());
        long begun = System.nanoTime();
        try {
            part.run(bench);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            bench.screen().prove(false, part.name() + " runs to its end: " + e);
        }
        bench.screen().aside(String.format("%.0f s", (System.nanoTime() - begun) / 1e9));
    }
}
