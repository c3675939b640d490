package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient.Status;
import io.wesdb.examples.NodeClient.Verified;
import io.wesdb.examples.harness.Events.Fault;
import io.wesdb.examples.harness.Nemesis.Strike;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One fault after the other, or two at once, each ended before the next begins, with calm between them in which everybody must become well
 * again by himself. A node program that could not start, since something was broken just then, is launched again, as a supervisor would do
 * it. For one thread.
 */
final class Campaign {
    private static final int CALM_MILLIS = 500;
    private static final int MORE_CALM_MILLIS = 1_500;
    private static final int POLL_MILLIS = 50;
    private static final long WELL_SECONDS = 120;
    private static final long WELL_SECONDS_AFTER_FINDING = 30;
    private static final long COMPARE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final Duration COMPARE_PATIENCE = Duration.ofSeconds(10);
    private static final int COULD_NOT_START = 1;

    private final Site site;
    private final Agenda agenda;
    private final Random random;
    private final Events events;
    private final ClusterFindings findings;
    private final Consumer<String> progress;
    private final Set<String> done = new TreeSet<>();
    private final long begunNanos = System.nanoTime();
    private int faults;
    private int relaunches;
    private long longestUnwellNanos;
    private long comparedNanos = System.nanoTime();
    private int compared;

    Campaign(
            Site site,
            Agenda agenda,
            Random random,
            Events events,
            ClusterFindings findings,
            Consumer<String> progress) {
        this.site = site;
        this.agenda = agenda;
        this.random = random;
        this.events = events;
        this.findings = findings;
        this.progress = progress;
    }

    private record Struck(Nemesis nemesis, Strike strike, long beganNanos) {
        Fault fault(long endedNanos) {
            return new Fault(nemesis.name(), strike.what(), strike.struck(), beganNanos, endedNanos);
        }

        long dueNanos() {
            return beganNanos + TimeUnit.MILLISECONDS.toNanos(strike.lengthMillis());
        }
    }

    /** Until that moment, or something is found; then all is mended. Whether everybody is well. */
    boolean runUntil(long endNanos) throws IOException, InterruptedException {
        while (System.nanoTime() < endNanos && findings.isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(CALM_MILLIS + random.nextInt(MORE_CALM_MILLIS));
            if (!next(agenda.next())) {
                return false;
            }
        }
        return awaitWell("in the end");
    }

    private boolean next(List<Nemesis> nemeses) throws IOException, InterruptedException {
        Targets targets = new Targets(site, random);
        List<Struck> all = new ArrayList<>();
        try {
            for (Nemesis nemesis : nemeses) {
                long began = System.nanoTime();
                Strike strike = nemesis.act().strike(targets, random);
                if (strike != null) {
                    Struck struck = new Struck(nemesis, strike, began);
                    all.add(struck);
                    events.add(struck.fault(Long.MAX_VALUE));
                }
            }
        } finally {
            end(all);
        }
        if (all.isEmpty()) {
            return true;
        }
        faults++;
        all.forEach(one -> done.add(one.nemesis().name()));
        String what = String.join(
                "; and ", all.stream().map(one -> one.strike().what()).toList());
        long mended = System.nanoTime();
        boolean well = awaitWell(what);
        long unwell = System.nanoTime() - mended;
        longestUnwellNanos = Math.max(longestUnwellNanos, unwell);
        progress.accept(String.format(
                "%6.1f s  %s: %s; well %.1f s after",
                (all.get(0).beganNanos() - begunNanos) / 1e9,
                String.join("+", all.stream().map(one -> one.nemesis().name()).toList()),
                what,
                unwell / 1e9));
        if (well) {
            compareContents();
        }
        return well;
    }

    private void end(List<Struck> all) throws IOException, InterruptedException {
        IOException failed = null;
        for (Struck struck :
                all.stream().sorted(Comparator.comparingLong(Struck::dueNanos)).toList()) {
            long rest = struck.dueNanos() - System.nanoTime();
            if (rest > 0) {
                TimeUnit.NANOSECONDS.sleep(rest);
            }
            try {
                struck.strike().end().end();
            } catch (IOException e) {
                failed = e; // the other one is ended all the same
            }
            events.add(struck.fault(System.nanoTime()));
        }
        if (failed != null) {
            throw failed;
        }
    }

    private boolean awaitWell(String after) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        while (!site.isWell()) {
            launchThoseThatCouldNotStart();
            long patience = findings.isEmpty() ? WELL_SECONDS : WELL_SECONDS_AFTER_FINDING;
            if (System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(patience)) {
                site.dumpThreads();
                findings.found("not well " + patience + " s after: " + after + "\n" + site.describe()
                        + "\nThe threads of the nodes: " + site.logs(".threads"));
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        try {
            site.runAfterwards();
        } catch (IOException e) {
            findings.found("after: " + after + ": " + e.getMessage() + "\n" + site.describe());
            return false;
        }
        for (SiteNode node : site.nodes()) {
            Status status = Site.status(node);
            if (status != null && status.fault() != null) {
                findings.found(node.name() + " is well, and names a fault: " + status.fault());
            }
        }
        return true;
    }

    /** More often than nodes do it by themselves. */
    private void compareContents() throws InterruptedException {
        if (System.nanoTime() - comparedNanos < COMPARE_NANOS) {
            return;
        }
        List<SiteNode> nodes = site.serving();
        try {
            Verified verified = nodes.get(random.nextInt(nodes.size())).client().verify(COMPARE_PATIENCE);
            comparedNanos = System.nanoTime();
            // Whoever is only slow is not told from one that is well.
            if (verified.tied() || !verified.differing().isEmpty()) {
                findings.found("the nodes' contents are not equal: " + verified);
            } else {
                compared++;
            }
        } catch (IOException e) {
            progress.accept("Contents were not compared this time: " + e.getMessage());
        }
    }

    private void launchThoseThatCouldNotStart() throws IOException {
        for (SiteNode node : site.nodes()) {
            OptionalInt exitCode = node.process().exitCode();
            if (!node.isDown() && exitCode.isPresent()) {
                if (exitCode.getAsInt() != COULD_NOT_START) {
                    findings.found(node.name() + " ended by itself with exit code " + exitCode.getAsInt());
                }
                relaunches++;
                node.launch();
            }
        }
    }

    /** What it comes to. */
    void conclude(List<Nemesis> all) {
        Set<String> missing = new TreeSet<>(all.stream().map(Nemesis::name).toList());
        missing.removeAll(done);
        findings.holds(String.format(
                "%,d faults or pairs of faults, of %d kinds%s; everybody was well at most %.1f s after each",
                faults,
                done.size(),
                missing.isEmpty() ? "" : " (not " + String.join(", ", missing) + ")",
                longestUnwellNanos / 1e9));
        findings.holds(String.format("contents compared %,d times between faults, and equal", compared));
        if (relaunches > 0) {
            findings.holds(relaunches + " starts were given up, as nothing was reached, and made anew");
        }
    }
}
