package io.wesdb.internal.node;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs simulated histories, one a seed, until the seeds or the time are at an end or something is found.
 *
 * <pre>
 * --seeds 1-100000   which (one number for one seed)
 * --threads 2        how many beside each other
 * --minutes N        no new one is begun after so long
 * --trace            tells the whole story of each; for one seed
 * --lines 120        how many of the last lines of a story are shown for a finding
 * --keep-going       does not end at the first finding
 * </pre>
 *
 * Ends with 0 if nothing was found, 1 if something was, 2 if it was called wrongly.
 */
public final class Simulation {
    private long from = 1;
    private long to = 1000;
    private int threads = Math.min(2, Runtime.getRuntime().availableProcessors());
    private double minutes = Double.MAX_VALUE;
    private boolean trace;
    private boolean keepGoing;
    private int lines = 120;

    private final PrintStream out;
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong simulatedMillis = new AtomicLong();
    private final List<Long> findings = new ArrayList<>();
    private final List<Long> beyondRepair = new ArrayList<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private long begunNanos;

    private Simulation(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) throws Exception {
        if (System.getProperty("org.slf4j.simpleLogger.defaultLogLevel") == null) {
            System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
        }
        System.exit(run(new PrintStream(System.out, true, StandardCharsets.UTF_8), arguments));
    }

    static int run(PrintStream out, String... arguments) throws Exception {
        Simulation simulation = new Simulation(out);
        try {
            simulation.parse(arguments);
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            out.println("usage: --seeds 1-100000 [--threads 2] [--minutes N] [--trace] [--lines 120] [--keep-going]  ("
                    + e + ")");
            return 2;
        }
        return simulation.run();
    }

    private void parse(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--seeds" -> {
                    String[] range = arguments[++i].split("-", 2);
                    from = Long.parseLong(range[0]);
                    to = Long.parseLong(range[range.length - 1]);
                }
                case "--threads" -> threads = Integer.parseInt(arguments[++i]);
                case "--minutes" -> minutes = Double.parseDouble(arguments[++i]);
                case "--lines" -> lines = Integer.parseInt(arguments[++i]);
                case "--trace" -> trace = true;
                case "--keep-going" -> keepGoing = true;
                case "" -> {}
                default -> throw new IllegalArgumentException(arguments[i]);
            }
        }
        if (from > to || threads < 1) {
            throw new IllegalArgumentException("nothing to do");
        }
    }

    private int run() throws Exception {
        begunNanos = System.nanoTime();
        next.set(from);
        Path directory = freshDirectory();
        List<Thread> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread thread = new Thread(() -> work(directory), "simulation-" + i);
            thread.start();
            running.add(thread);
        }
        for (Thread thread : running) {
            while (thread.isAlive()) {
                thread.join(10_000);
                progress();
            }
        }
        Files.delete(directory);
        out.printf(
                Locale.ROOT,
                "%d seeds, %.0f simulated seconds, in %.1f s (%.0f seeds a minute): %s%s%n",
                done.get(),
                simulatedMillis.get() / 1e3,
                seconds(),
                done.get() * 60 / seconds(),
                findings.isEmpty() ? "nothing found" : findings.size() + " findings, seeds " + findings,
                beyondRepair.isEmpty()
                        ? ""
                        : "; in " + beyondRepair.size() + " the faults left no sound file, seeds " + beyondRepair);
        return findings.isEmpty() ? 0 : 1;
    }

    private double seconds() {
        return (System.nanoTime() - begunNanos) / 1e9;
    }

    private void progress() {
        if (to - from > 1_000) {
            out.printf(Locale.ROOT, "%8.0f s  %d seeds%n", seconds(), done.get());
        }
    }

    /** In memory where there is such a place: what a disk would lose is simulated. */
    static Path freshDirectory() throws IOException {
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "wesdb-simulation-")
                : Files.createTempDirectory("wesdb-simulation-");
    }

    private void work(Path directory) {
        while (!stop.get() && seconds() < minutes * 60) {
            long seed = next.getAndIncrement();
            if (seed > to) {
                return;
            }
            try {
                one(seed, directory);
            } catch (IOException | RuntimeException | Error e) {
                synchronized (this) {
                    out.println("FINDING seed " + seed + " could not be run: " + e);
                    e.printStackTrace(out);
                    findings.add(seed);
                    stop.set(!keepGoing);
                }
            }
            done.incrementAndGet();
        }
    }

    private void one(long seed, Path directory) throws IOException {
        SimulatedHistory history = new SimulatedHistory(seed, directory.resolve("seed-" + seed), trace);
        String wrong;
        try {
            wrong = history.run();
        } finally {
            history.clean();
        }
        simulatedMillis.addAndGet((long) (history.seconds() * 1e3));
        if (trace) {
            synchronized (this) {
                history.story.lines().forEach(out::println);
            }
        }
        if (wrong != null) {
            found(seed, directory, wrong);
        } else if (history.beyondRepair()) {
            synchronized (this) {
                beyondRepair.add(seed);
            }
        }
    }

    private void found(long seed, Path directory, String wrong) throws IOException {
        double after = seconds();
        List<String> story = List.of();
        if (!trace) {
            SimulatedHistory again = new SimulatedHistory(seed, directory.resolve("again-" + seed), true);
            try {
                again.run();
            } finally {
                again.clean();
            }
            story = again.story.lines();
        }
        synchronized (this) {
            findings.add(seed);
            stop.set(!keepGoing);
            story.subList(Math.max(0, story.size() - lines), story.size()).forEach(out::println);
            out.printf(
                    Locale.ROOT,
                    "FINDING seed %d, after %.1f s (%d seeds): %s%n",
                    seed,
                    after,
                    done.get() + 1,
                    wrong.lines().findFirst().orElse(""));
            out.println("the whole story: --seeds " + seed + " --trace");
        }
    }
}
