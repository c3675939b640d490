package io.wesdb.examples;

import java.util.ArrayList;
import java.util.List;

/** What memory a node held in stretches without and with a slow client, by turns, and whether that is flat. For one thread. */
final class Footprints {
    /** How much of the result's size the node's memory may grow by. */
    private static final double SMALL_SHARE = 0.25;

    /** What a JVM's memory varies by anyway, most of it for compiling; a result must be large against it to tell anything. */
    private static final long NOISE_MEGABYTES = 48;

    private final List<Footprint> usual = new ArrayList<>();
    private final List<Footprint> slow = new ArrayList<>();

    /** In MB, of one stretch: the most resident, the most heap in use, and what of it was alive at the end. */
    private record Footprint(long resident, long heap, long live) {
        /** Now, at the end of what {@code memory} has watched. */
        static Footprint of(DemoNode node, MemoryWatch memory) throws InterruptedException {
            long resident = memory.most(node); // before the look at what is alive, which costs some itself
            return new Footprint(resident, memory.mostHeap(node), Memory.liveMegabytes(node.pid()));
        }

        Footprint most(Footprint other) {
            return new Footprint(
                    Math.max(resident, other.resident), Math.max(heap, other.heap), Math.max(live, other.live));
        }
    }

    void addUsual(DemoNode node, MemoryWatch memory) throws InterruptedException {
        usual.add(Footprint.of(node, memory));
    }

    void addSlow(DemoNode node, MemoryWatch memory) throws InterruptedException {
        slow.add(Footprint.of(node, memory));
    }

    /** Each stretch with a slow client is held against the usual ones before it. */
    void report(Screen screen, double resultMegabytes) {
        List<List<String>> table =
                new ArrayList<>(List.of(List.of("MB", "resident at most", "heap at most", "of it alive at the end")));
        Footprint before = new Footprint(0, 0, 0);
        long residentGrowth = Long.MIN_VALUE;
        long liveGrowth = Long.MIN_VALUE;
        for (int i = 0; i < usual.size(); i++) {
            table.add(line("usual " + (i + 1), usual.get(i)));
            table.add(line("slow client " + (i + 1), slow.get(i)));
            before = before.most(usual.get(i));
            residentGrowth = Math.max(residentGrowth, slow.get(i).resident() - before.resident());
            liveGrowth = Math.max(liveGrowth, slow.get(i).live() - before.live());
        }
        screen.table(table);
        double bound = SMALL_SHARE * resultMegabytes;
        if (bound < NOISE_MEGABYTES) {
            screen.aside("The result was too small to tell whether memory is flat.");
            return;
        }
        screen.prove(
                residentGrowth <= bound && liveGrowth <= bound,
                String.format(
                        "with the slow client the node has at most %d MB more resident than without before, and %d MB more"
                                + " heap alive: little against a result of %,.0f MB",
                        residentGrowth, liveGrowth, resultMegabytes));
    }

    private static List<String> line(String name, Footprint footprint) {
        return List.of(
                name,
                String.valueOf(footprint.resident()),
                String.valueOf(footprint.heap()),
                String.valueOf(footprint.live()));
    }
}
