package io.wesdb.internal.node;

import io.wesdb.internal.truncation.TruncationSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/** Runs {@link FaultHistory} over a range of seeds, {@code --seeds from-to}, and ends with 1 at the first that fails. */
final class FaultHistories {
    private FaultHistories() {}

    private enum Kind {
        PLAIN,
        SHORT_LOG,
        RESTLESS
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2 || !arguments[0].equals("--seeds")) {
            System.err.println("FaultHistories --seeds <from>-<to>");
            System.exit(2);
        }
        String[] range = arguments[1].split("-", 2);
        for (int seed = Integer.parseInt(range[0]); seed <= Integer.parseInt(range[1]); seed++) {
            for (Kind kind : Kind.values()) {
                String finding = finding(seed, kind);
                if (finding != null) {
                    System.out.println("FINDING " + kind + " " + finding);
                    System.exit(1);
                }
            }
        }
        System.out.println("no finding");
        System.exit(0); // whatever threads a faulty node has left
    }

    private static String finding(int seed, Kind kind) throws IOException {
        Path directory = Files.createTempDirectory("wesdb-history-");
        try {
            TruncationSettings truncation = kind == Kind.SHORT_LOG
                    ? new TruncationSettings(10, 1L << 40, Duration.ofDays(7), 2, 50)
                    : TruncationSettings.defaults();
            FaultHistory history = new FaultHistory(seed, directory.resolve("h"), truncation);
            (kind == Kind.RESTLESS ? history.restless() : history).run();
            return null;
        } catch (AssertionError | Exception e) {
            String message = String.valueOf(e.getMessage());
            return message.startsWith("seed ") ? message : "seed " + seed + ": " + e;
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        List<Path> files;
        try (var walk = Files.walk(directory)) {
            files = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
