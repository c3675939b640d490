package io.wesdb.examples.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/** Tells of a run that has ended: in a text, and in a page that needs nothing beside it. */
public final class Report {
    static final String TEXT = "report.txt";
    static final String PAGE = "report.html";

    private Report() {}

    /** Writes {@code report.txt} and {@code report.html} into that directory, which is made if it is not there. */
    public static void write(Path directory, Run run) throws IOException {
        Files.createDirectories(directory);
        Timeline timeline = new Timeline(run);
        Files.writeString(directory.resolve(TEXT), new ReportText(run, timeline).text());
        Files.writeString(directory.resolve(PAGE), new ReportPage(run, timeline).page());
    }

    /** What would run the same again, apart from what processes do by chance. */
    static String command(Map<String, String> settings) {
        return "java -cp wesdb-examples/target/wesdb-node.jar io.wesdb.examples.harness.FaultHarness "
                + settings.entrySet().stream()
                        .map(setting -> "--" + setting.getKey().replaceFirst("^--", "") + " " + setting.getValue())
                        .collect(Collectors.joining(" "));
    }

    static long findings(Run run) {
        return run.judgements().values().stream()
                .mapToLong(judgement -> judgement.findings().size())
                .sum();
    }

    static String verdict(Run run) {
        long findings = findings(run);
        return findings == 0 ? "Everything held" : findings == 1 ? "1 finding" : findings + " findings";
    }

    /** {@code 812 ms}, {@code 12.3 s} or {@code 4 min 5 s}. */
    static String length(long nanos) {
        double seconds = nanos / 1e9;
        if (seconds < 1) {
            return Math.round(nanos / 1e6) + " ms";
        }
        return seconds < 120
                ? String.format("%.1f s", seconds)
                : String.format("%d min %.0f s", (int) (seconds / 60), Math.floor(seconds % 60));
    }
}
