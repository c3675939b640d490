package io.wesdb.examples.harness;

import java.util.ArrayList;
import java.util.List;

/** What happened to the cluster in a run, beside the calls: faults and terms, on the clock of {@link System#nanoTime}. Thread safe. */
public final class Events {
    private final List<Fault> faults = new ArrayList<>(); // both guarded by this
    private final List<Term> terms = new ArrayList<>();

    /**
     * Something that was broken on purpose.
     *
     * @param nemesis its name on the command line
     * @param what for a person: {@code b paused for 2.6 s}
     * @param struck the processes that it struck, by name
     * @param endedNanos when it was mended; {@link Long#MAX_VALUE} while it lasts
     */
    public record Fault(String nemesis, String what, List<String> struck, long beganNanos, long endedNanos) {}

    /**
     * A time during which a node said that it leads.
     *
     * @param endedNanos when it was last heard to say so
     */
    public record Term(String node, long epoch, long beganNanos, long endedNanos) {}

    /** Takes the place of what was said of the same fault before, told by when it began, its nemesis and whom it struck. */
    public synchronized void add(Fault fault) {
        faults.removeIf(known -> known.beganNanos() == fault.beganNanos()
                && known.nemesis().equals(fault.nemesis())
                && known.struck().equals(fault.struck()));
        faults.add(fault);
    }

    /** That node says now that it leads in that term. */
    public synchronized void leads(String node, long epoch, long nanos) {
        for (int i = 0; i < terms.size(); i++) {
            Term known = terms.get(i);
            if (known.node().equals(node) && known.epoch() == epoch) {
                terms.set(i, new Term(node, epoch, known.beganNanos(), nanos));
                return;
            }
        }
        terms.add(new Term(node, epoch, nanos, nanos));
    }

    public synchronized List<Fault> faults() {
        return List.copyOf(faults);
    }

    public synchronized List<Term> terms() {
        return List.copyOf(terms);
    }
}
