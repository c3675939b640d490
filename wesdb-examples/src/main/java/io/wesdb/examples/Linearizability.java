package io.wesdb.examples;

import io.wesdb.examples.history.LinearizabilityChecker;
import io.wesdb.examples.history.Register;
import io.wesdb.examples.history.Register.Answer;
import io.wesdb.examples.history.Register.Call;
import io.wesdb.examples.history.Verdict;
import io.wesdb.examples.history.Verdict.Unexplained;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Callers read and write registers through all of three nodes, while leaders are killed and nodes paused; then a checker looks for an order
 * of all they did that explains all they were told. With linearizable reads there must be one. The same with local reads must at least once
 * have none, or the checker, or the faults, would show nothing.
 */
@Command(
        name = "Linearizability",
        mixinStandardHelpOptions = true,
        description = "Proves that linearizable reads are, under faults, and that local ones are not.")
public final class Linearizability implements Callable<Integer> {
    private static final int PAUSE_MILLIS = 10;
    private static final int PAUSE_AFTER_FAILURE_MILLIS = 200;
    private static final int CALM_MILLIS = 1_000;

    /** Local reads are mostly rejected after the first fault; that they are must not be a matter of luck. */
    private static final int LEAST_SECONDS_OF_LOCAL_READS = 30;

    /** How many ask a paused node before it goes on, and how long until their questions are on their way to it. */
    private static final int ASKERS = 8;

    private static final int ASKING_MILLIS = 50;
    private static final Duration ASKING_TIMEOUT = Duration.ofSeconds(10);

    /** Which reads are made. */
    enum Reads {
        linearizable,
        local,
        both
    }

    @Option(
            names = "--seconds",
            description = "Of each part; more if it takes more to have each fault once. Default: ${DEFAULT-VALUE}.")
    int seconds = 60;

    @Option(names = "--keys", description = "How many registers. Default: ${DEFAULT-VALUE}.")
    int keys = 20;

    @Option(names = "--callers", description = "How many; each asks one node. Default: ${DEFAULT-VALUE}.")
    int callers = 18;

    @Option(names = "--consistency", description = "Of the reads: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    Reads reads = Reads.both;

    @Option(names = "--seed", description = "Of calls and faults; the rest is as random as processes are.")
    long seed = ThreadLocalRandom.current().nextInt(1_000_000);

    /** Fewer only in tests. */
    List<NodeFaults.Kind> faults = List.copyOf(EnumSet.allOf(NodeFaults.Kind.class));

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new Linearizability()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title(String.format(
                "%d callers of three nodes, %d registers, %d s of each part, seed %d", callers, keys, seconds, seed));
        try (Fleet fleet = Fleet.start("linearizability", List.of("a", "b", "c"), List.of())) {
            if (reads != Reads.local) {
                screen.section("Linearizable reads, which must be");
                part(screen, fleet, Reads.linearizable);
            }
            if (reads != Reads.linearizable) {
                screen.section("The same with local reads, until the checker rejects it");
                part(screen, fleet, Reads.local);
            }
            fleet.proveEqual(screen, fleet.nodes().get(0));
            LongRun.keepOrDelete(screen, fleet);
        }
    }

    private void part(Screen screen, Fleet fleet, Reads kind) throws Exception {
        // They serve at the same addresses whenever they are launched.
        List<NodeClient> nodes = fleet.nodes().stream().map(DemoNode::client).toList();
        RegisterCallers registers = new RegisterCallers("register_" + kind, kind.name(), keys);
        registers.createTable(nodes);
        long epoch = nodes.get(0).status().epoch();
        List<Random> randoms = randoms(callers + ASKERS);
        ExecutorService askers = Executors.newFixedThreadPool(ASKERS);
        NodeFaults disturbances = new NodeFaults(
                fleet, faults, new Random(seed), paused -> ask(askers, registers, paused.client(), randoms));
        try (Load load = new Load(callers, Long.MAX_VALUE, (caller, number) -> {
            NodeClient node = nodes.get(caller % nodes.size());
            return call(registers, caller, node, randoms.get(caller));
        })) {
            disturb(disturbances, registers, kind);
            load.stop();
        } finally {
            askers.shutdownNow();
        }
        registers.report(screen);
        disturbances.report(screen);
        long terms = nodes.get(0).status().epoch() - epoch;
        screen.say("The leader changed " + terms + " times.");
        judge(screen, fleet, registers, kind);
    }

    private List<Random> randoms(int count) {
        List<Random> randoms = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            randoms.add(new Random(seed * 1_000 + i));
        }
        return randoms;
    }

    private static boolean call(RegisterCallers registers, int caller, NodeClient node, Random random)
            throws InterruptedException {
        RegisterCallers.rest(random, PAUSE_MILLIS);
        boolean done = registers.call(caller, node, random);
        if (!done) {
            RegisterCallers.rest(random, PAUSE_AFTER_FAILURE_MILLIS);
        }
        return done;
    }

    /**
     * Asks a node that stands still for registers that others write to meanwhile: the questions lie before it when it goes on, and it is
     * tempted to answer with what it last knew.
     */
    private void ask(ExecutorService askers, RegisterCallers registers, NodeClient node, List<Random> randoms)
            throws InterruptedException {
        for (int i = 0; i < ASKERS; i++) {
            int process = callers + i;
            askers.execute(() -> {
                try {
                    registers.read(process, node, randoms.get(process).nextInt(keys), ASKING_TIMEOUT);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        TimeUnit.MILLISECONDS.sleep(ASKING_MILLIS);
    }

    /** For as long as was asked for and until there was each fault; with local reads until they are rejected, if they are. */
    private void disturb(NodeFaults disturbances, RegisterCallers registers, Reads kind)
            throws IOException, InterruptedException {
        int length = kind == Reads.local ? Math.max(seconds, LEAST_SECONDS_OF_LOCAL_READS) : seconds;
        long begun = System.nanoTime();
        boolean more = true;
        while (more) {
            TimeUnit.MILLISECONDS.sleep(CALM_MILLIS);
            disturbances.next();
            boolean timeIsLeft = System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(length);
            more = (timeIsLeft || !disturbances.allDone())
                    && (kind == Reads.linearizable || !check(registers).isRejected());
        }
        TimeUnit.MILLISECONDS.sleep(CALM_MILLIS);
    }

    private static Verdict<Long, Call, Answer> check(RegisterCallers registers) {
        return new LinearizabilityChecker<>(new Register()).check(registers.history());
    }

    private static void judge(Screen screen, Fleet fleet, RegisterCallers registers, Reads kind) throws IOException {
        long begun = System.nanoTime();
        Verdict<Long, Call, Answer> verdict = check(registers);
        screen.say(String.format(
                "The checker came upon %,d configurations of %,d operations in %.1f s: %s.",
                verdict.configurations(), verdict.operations(), (System.nanoTime() - begun) / 1e9, verdict.ruling()));
        boolean asItShould = kind == Reads.local
                ? screen.prove(verdict.isRejected(), "local reads are found not to be linearizable")
                : screen.prove(verdict.isAccepted(), "one order of all operations explains all answers");
        if (verdict.isRejected()) {
            Unexplained<Long, Call, Answer> example = verdict.unexplained().get(0);
            screen.say(verdict.unexplained().size() + " registers were rejected. One of them, "
                    + (kind == Reads.local ? "as was expected:" : "as must NOT be:"));
            screen.aside(example.toString());
        }
        if (!asItShould) {
            Path file = fleet.directory().resolve(kind + ".txt");
            registers.write(file);
            screen.say("The history is in " + file);
        }
    }
}
