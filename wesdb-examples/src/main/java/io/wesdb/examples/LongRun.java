package io.wesdb.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine;

/** What the longer runs have in common: how they begin and end. */
public final class LongRun {
    /** What a node logs each time. */
    static final String INSTALLED = "has installed a snapshot of index";

    private LongRun() {}

    /** Proves something and prints it. */
    public interface Body {
        void run(Screen screen) throws Exception;
    }

    /** Exit code 2 for wrong options, else that of {@link #run}. */
    public static int main(CommandLine command, String[] args) {
        Locale.setDefault(Locale.ROOT); // figures look the same wherever it runs
        // ZooKeeper logs at length what is done to it on purpose.
        System.setProperty("org.slf4j.simpleLogger.log.org.apache.zookeeper", "off");
        return command.execute(args);
    }

    /** 0 only if everything held. */
    public static int run(Screen screen, Body body) throws Exception {
        long begun = System.nanoTime();
        try {
            body.run(screen);
        } catch (IOException | RuntimeException e) {
            screen.prove(false, "it runs to its end: " + e);
        }
        screen.aside(String.format("%.0f s in all.", (System.nanoTime() - begun) / 1e9));
        screen.end();
        return screen.allHeld() ? 0 : 1;
    }

    /** What went wrong can be looked at. */
    static void keepOrDelete(Screen screen, Fleet fleet) {
        fleet.close();
        if (screen.allHeld()) {
            fleet.delete();
        } else {
            screen.say("The files and the nodes' logs are in " + fleet.directory());
        }
    }

    /** With all that is in it. */
    public static void delete(Path directory) {
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static int count(String text, String part) {
        int count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }
}
