package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient;
import io.wesdb.examples.harness.CallLog.Entry;
import io.wesdb.examples.harness.Workload.Call;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Makes calls, and takes down what became of them. Safe for use by many threads, each of which is one caller. */
final class Recording<I extends CallLog.Asked, O> {
    private static final int LEAST_TIMEOUT_MILLIS = 1_000;
    private static final int MORE_TIMEOUT_MILLIS = 4_000;

    private final CallLog<I, O> log = new CallLog<>();
    private final Failures failures = new Failures();
    private final Map<String, String> names = new ConcurrentHashMap<>();

    /** What is to be sent, and how its answer is read. */
    interface Sending<O> {
        O send() throws IOException, InterruptedException;
    }

    /** Asks the nodes for their names. */
    void meet(List<NodeClient> nodes) throws IOException, InterruptedException {
        for (NodeClient node : nodes) {
            names.put(node.base(), node.status().node());
        }
    }

    /** By name; by its address as long as neither is known. */
    String name(NodeClient node) {
        String known = node.name();
        return known != null ? known : names.getOrDefault(node.base(), node.base());
    }

    /** Short enough that some pass, long enough that some who ask a node that stands still get their answer once it goes on. */
    static Duration timeout(Random random) {
        return Duration.ofMillis(LEAST_TIMEOUT_MILLIS + random.nextInt(MORE_TIMEOUT_MILLIS));
    }

    /**
     * Returns when it is answered or failed.
     *
     * @param provoked codes of refusals that it may bring upon itself: with them nothing was done
     */
    Entry<I, O> make(int caller, NodeClient node, I asked, Set<String> provoked, Sending<? extends O> sending)
            throws InterruptedException {
        Entry<I, O> entry = log.begin(caller, name(node), asked);
        try {
            O answer = sending.send();
            entry.done(answer, System.nanoTime());
        } catch (IOException | UncheckedIOException e) {
            long ended = System.nanoTime();
            entry.failed(failures.take(e, asked.writes(), provoked, asked), Failures.cause(e), ended);
            return entry;
        }
        if (node.name() == null && !names.containsKey(node.base())) {
            learnName(node);
        }
        return entry;
    }

    /** Of something that is asked beside the calls, and not taken down. */
    void failedBeside(Exception e, Object asked) {
        failures.take(e, false, Set.of(), asked);
    }

    private void learnName(NodeClient node) throws InterruptedException {
        try {
            names.put(node.base(), node.status().node());
        } catch (IOException | UncheckedIOException e) {
            return; // its address names it until it answers
        }
    }

    List<Entry<I, O>> entries() {
        return log.entries();
    }

    List<Call> calls() {
        return log.calls();
    }

    /** Says whether all failures were of the kinds that are to be expected. */
    void judgeFailures(Findings findings) {
        failures.judge(findings);
    }
}
