package io.wesdb.examples.harness;

import io.wesdb.examples.LongRun;
import io.wesdb.examples.Screen;
import io.wesdb.examples.harness.Workload.Judgement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Node programs and a ZooKeeper ensemble, all processes, are broken in every way there is, while callers do their workloads; then checkers
 * decide whether every promise was kept. Exit code 0 if nothing was found, 1 if something was, 2 for wrong options.
 */
@Command(
        name = "FaultHarness",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Breaks a cluster of processes on purpose and checks what it promises.")
public final class FaultHarness implements Callable<Integer> {
    /** So many more nodes than at first may be there at a time. */
    private static final int MORE_NODES = 2;

    @Option(names = "--seconds", description = "Of faults. Default: ${DEFAULT-VALUE}.")
    int seconds = 300;

    @Option(
            names = "--seed",
            description = "Of the faults, their order and the calls; the rest is as random as processes are.")
    long seed = ThreadLocalRandom.current().nextInt(1_000_000);

    @Option(
            names = "--nemeses",
            split = ",",
            paramLabel = "NAME[+NAME]",
            description = "Which, and which at once; a name's part before its hyphen means all of that kind."
                    + " Default: each alone, and then pairs too. See --list.")
    List<String> nemeses = List.of();

    @Option(names = "--workloads", split = ",", paramLabel = "NAME", description = "Default: all. See --list.")
    List<String> workloads = Workloads.names();

    @Option(names = "--callers", description = "How many. Default: ${DEFAULT-VALUE}.")
    int callers = 16;

    @Option(names = "--nodes", description = "At first, 3 to 9. Default: ${DEFAULT-VALUE}.")
    int nodes = 5;

    @Option(names = "--report", paramLabel = "DIR", description = "Where the report goes. Default: a new directory.")
    @Nullable Path report;

    @Option(
            names = "--overlay",
            paramLabel = "DIR",
            description = "Classes in front of every node's class path: a wesdb that is broken on purpose.")
    @Nullable Path overlay;

    @Option(names = "--until-finding", description = "One run after the other, each with the next seed.")
    boolean untilFinding;

    @Option(names = "--list", description = "Prints all nemeses and workloads, and ends.")
    boolean list;

    @Spec
    private @Nullable CommandSpec spec;

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new FaultHarness()), args));
    }

    @Override
    public Integer call() throws Exception {
        Screen screen = Screen.onStandardOutput();
        if (list) {
            list(screen);
            return 0;
        }
        check();
        boolean held;
        do {
            held = LongRun.run(screen, this::run) == 0;
            seed++;
        } while (held && untilFinding);
        return held ? 0 : 1;
    }

    private void list(Screen screen) {
        List<List<String>> lines = new ArrayList<>(List.of(List.of("nemesis", "what it does")));
        Nemeses.all(nodes + MORE_NODES).forEach(nemesis -> lines.add(List.of(nemesis.name(), nemesis.about())));
        screen.table(lines);
        screen.say("workloads: " + String.join(", ", Workloads.names()));
    }

    private void check() {
        if (nodes < 3 || nodes > 9 || seconds < 1 || callers < 1) {
            throw wrong("--nodes must be 3 to 9, --seconds and --callers at least 1");
        }
        if (overlay != null && !Files.isDirectory(overlay)) {
            throw wrong("--overlay: " + overlay + " is no directory");
        }
        try {
            chosen(Nemeses.all(nodes + MORE_NODES));
            Workloads.named(workloads);
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private ParameterException wrong(String message) {
        if (spec == null) {
            throw new IllegalArgumentException(message);
        }
        return new ParameterException(spec.commandLine(), message);
    }

    private List<List<Nemesis>> chosen(List<Nemesis> all) {
        if (nemeses.isEmpty()) {
            return all.stream().map(List::of).toList();
        }
        return nemeses.stream()
                .flatMap(word -> Nemeses.named(word, all).stream())
                .toList();
    }

    void run(Screen screen) throws Exception {
        List<Nemesis> all = Nemeses.all(nodes + MORE_NODES);
        List<List<Nemesis>> chosen = chosen(all);
        List<Nemesis> each = chosen.stream().flatMap(List::stream).distinct().toList();
        boolean withSmallDisk = each.stream().anyMatch(nemesis -> nemesis.name().equals("full-disk"));
        screen.title(String.format(
                "%d nodes and %d ZooKeeper servers, %d callers, %d s of faults, seed %d",
                nodes, Ensemble.SIZE, callers, seconds, seed));
        Site site = Site.start(nodes, overlay == null ? List.of() : List.of(overlay), withSmallDisk);
        try (site) {
            String noFullDisk = FileNemeses.whyNoFullDisk(site);
            if (noFullDisk != null) {
                screen.say("The full disk is left out: " + noFullDisk);
            }
            Agenda agenda = new Agenda(chosen, nemeses.isEmpty(), new Random(seed));
            Run run = new FaultRun(site, Workloads.named(workloads), screen::say)
                    .run(agenda, each, callers, seconds, seed, settings());
            show(screen, run);
            write(screen, run);
        } finally {
            if (screen.allHeld()) {
                site.delete();
            } else {
                screen.say("The files and the processes' logs are in " + site.directory());
            }
        }
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("seconds", String.valueOf(seconds));
        settings.put("seed", String.valueOf(seed));
        if (!nemeses.isEmpty()) {
            settings.put("nemeses", String.join(",", nemeses));
        }
        settings.put("workloads", String.join(",", workloads));
        settings.put("callers", String.valueOf(callers));
        settings.put("nodes", String.valueOf(nodes));
        if (overlay != null) {
            settings.put("overlay", overlay.toString());
        }
        return settings;
    }

    private static void show(Screen screen, Run run) {
        for (Map.Entry<String, Judgement> judged : run.judgements().entrySet()) {
            screen.section(judged.getKey());
            judged.getValue().claims().forEach(claim -> screen.prove(true, claim));
            judged.getValue().findings().stream()
                    .map(finding -> finding.lines().limit(20).collect(Collectors.joining("\n     ")))
                    .forEach(finding -> screen.prove(false, finding));
        }
    }

    private void write(Screen screen, Run run) throws IOException {
        Path directory = report == null ? Files.createTempDirectory("wesdb-report") : report;
        Report.write(directory, run);
        screen.say("The report is in " + directory);
    }
}
