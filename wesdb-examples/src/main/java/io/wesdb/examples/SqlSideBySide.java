package io.wesdb.examples;

import io.wesdb.examples.sql.SqlRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Random schemas, writes and queries from a seed, through a cluster and through bare SQLite side by side: the same rows,
 * counts, rowids and errors, and at the end the same contents in every file.
 */
@Command(
        name = "SqlSideBySide",
        mixinStandardHelpOptions = true,
        description = "Compares a cluster with bare SQLite, statement by statement.")
public final class SqlSideBySide implements Callable<Integer> {
    @Option(names = "--statements", description = "Default: ${DEFAULT-VALUE}.")
    long statements = 100_000;

    @Option(names = "--seed", description = "The same seed makes the same statements. Default: ${DEFAULT-VALUE}.")
    long seed = 1;

    @Option(names = "--nodes", description = "Default: ${DEFAULT-VALUE}.")
    int nodes = 3;

    @Option(
            names = "--chapter",
            paramLabel = "STATEMENTS",
            description = "After so many, a new cluster is started. Default: ${DEFAULT-VALUE}.")
    long chapter = 5_000;

    @Option(
            names = "--shrink",
            converter = OptionTypes.DurationType.class,
            description = "How long to look for a shorter way to what differs. Default: 3m.")
    Duration shrink = Duration.ofMinutes(3);

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new SqlSideBySide()), args));
    }

    @Override
    public Integer call() throws Exception {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
        // Many clusters are closed, of which Curator complains at length.
        System.setProperty("org.slf4j.simpleLogger.log.org.apache.curator", "off");
        System.setProperty("org.slf4j.simpleLogger.log.io.wesdb.internal.cluster.zookeeper", "off");
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title(String.format("%,d statements on %d nodes and on bare SQLite, seed %d", statements, nodes, seed));
        Path directory = Files.createTempDirectory("wesdb-sql-side-by-side");
        try (LocalZooKeeper zooKeeper = LocalZooKeeper.start(directory.resolve("zk"), Duration.ofSeconds(4))) {
            SqlRun run = new SqlRun(zooKeeper.connectString(), directory, nodes, shrink, screen::aside);
            Optional<String> difference = run.run(seed, statements, chapter);
            difference.ifPresent(screen::say);
            screen.say(run.tally().summary());
            screen.prove(
                    difference.isEmpty(),
                    "all results, errors and contents are those of bare SQLite, and the nodes are equal");
        }
        if (screen.allHeld()) {
            delete(directory);
        } else {
            screen.say("The files are in " + directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
