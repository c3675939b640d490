package io.wesdb.examples.harness;

import io.wesdb.examples.harness.Events.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A run as plain text. */
final class TextReport {
    private TextReport() {}

    /** As {@code report.txt} in that directory, which is made if it is not there. */
    static void write(Path directory, Run run) throws IOException {
        Files.createDirectories(directory);
        Files.write(directory.resolve("report.txt"), lines(run));
    }

    private static List<String> lines(Run run) {
        List<String> lines = new ArrayList<>();
        run.settings().forEach((name, value) -> lines.add(name + ": " + value));
        lines.add("nodes: " + String.join(", ", run.nodes()));
        run.judgements().forEach((name, judgement) -> {
            lines.add("");
            lines.add(name);
            judgement.claims().forEach(claim -> lines.add("  held: " + claim));
            judgement.findings().forEach(finding -> lines.add("  FOUND: " + finding));
        });
        lines.add("");
        for (Fault fault : run.events().faults()) {
            lines.add(String.format(
                    "%8.2f s to %8.2f s  %s: %s",
                    (fault.beganNanos() - run.beganNanos()) / 1e9,
                    (Math.min(fault.endedNanos(), run.endedNanos()) - run.beganNanos()) / 1e9,
                    fault.nemesis(),
                    fault.what()));
        }
        return lines;
    }
}
