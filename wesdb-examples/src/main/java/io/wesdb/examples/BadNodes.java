package io.wesdb.examples;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Five nodes; one follower is stopped (SIGSTOP) and another one's disk is full, both at the same time. What writes through the others
 * notice of it, by turns with all five healthy, so that whatever else happens on the machine hits both alike; and that the two come back by
 * themselves. The full disk is a small tmpfs, for which the program must run as root.
 */
@Command(
        name = "BadNodes",
        mixinStandardHelpOptions = true,
        description = "One node stopped and one with a full disk: what the writers notice.")
public final class BadNodes implements Callable<Integer> {
    private static final int CALLERS = 16;
    /** The write-ahead log alone takes 64 MB and more under this load. */
    private static final int DISK_MEGABYTES = 256;

    private static final int READY_SECONDS = 120;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Option(names = "--seconds", description = "Of each stretch. Default: ${DEFAULT-VALUE}.")
    int seconds = 20;

    @Option(names = "--rounds", description = "Stretches of each kind. Default: ${DEFAULT-VALUE}.")
    int rounds = 3;

    @Option(names = "--no-full-disk", description = "Only the stopped node.")
    boolean withoutFullDisk;

    private final Comparison comparison = new Comparison("writes/s", "healthy", "bad");

    public static void main(String[] args) {
        System.exit(LongRun.main(new CommandLine(new BadNodes()), args));
    }

    @Override
    public Integer call() throws Exception {
        return LongRun.run(Screen.onStandardOutput(), this::run);
    }

    void run(Screen screen) throws Exception {
        screen.title("Five nodes, one stopped and one with a full disk");
        try (Fleet fleet = Fleet.start("bad-nodes", List.of("a", "b", "c"), List.of());
                SmallDisk disk = withoutFullDisk ? SmallDisk.none() : SmallDisk.mount(DISK_MEGABYTES)) {
            List<DemoNode> sound = fleet.nodes();
            if (!disk.isMounted()) {
                screen.say("The full disk is left out: " + disk.whyNot());
            }
            // The first three have been there before, so one of them leads.
            DemoNode stopping = fleet.add("stopped", fleet.directory());
            DemoNode filling = fleet.add("full", disk.isMounted() ? disk.directory() : fleet.directory());
            for (DemoNode node : List.of(stopping, filling)) {
                node.launch();
                node.awaitReady(READY_SECONDS);
            }
            sound.get(0).client().execute(Inserts.TABLE);
            Inserts inserts = new Inserts(sound);
            try (Load load = new Load(CALLERS, Long.MAX_VALUE, inserts)) {
                load.lap(Duration.ofSeconds(seconds)); // warm up
                for (int round = 0; round < rounds; round++) {
                    comparison.addUsual(load.lap(Duration.ofSeconds(seconds)));
                    goBad(screen, load, stopping, filling, disk);
                }
                load.stop();
            }
            report(screen, inserts);
            fleet.proveEqual(screen, stopping);
            LongRun.keepOrDelete(screen, fleet);
        }
    }

    private void goBad(Screen screen, Load load, DemoNode stopping, DemoNode filling, SmallDisk disk) throws Exception {
        stopping.signal("STOP");
        try {
            if (disk.isMounted()) {
                disk.fill();
                Await.until(
                        PATIENCE,
                        "the node with the full disk to notice",
                        () -> !filling.client().status().ready());
            }
            comparison.addOther(load.lap(Duration.ofSeconds(seconds)));
        } finally {
            stopping.signal("CONT");
            disk.free();
        }
        long begun = System.nanoTime();
        List<String> back = new ArrayList<>();
        for (DemoNode node : disk.isMounted() ? List.of(stopping, filling) : List.of(stopping)) {
            long target = filling.client().status().head();
            Await.until(PATIENCE, node.name() + " to come back", () -> {
                NodeClient.Status status = node.client().status();
                return status.ready() && status.applied() >= target;
            });
            back.add(String.format("'%s' after %.1f s", node.name(), (System.nanoTime() - begun) / 1e9));
        }
        screen.prove(true, "back by themselves: " + String.join(", ", back));
    }

    private void report(Screen screen, Inserts inserts) {
        comparison.print(screen);
        inserts.proveNoneFailed(screen);
        if (seconds < Comparison.TELLING_SECONDS) {
            screen.aside("The stretches were too short to tell more.");
        } else {
            comparison.proveWithinNoise(screen);
        }
    }
}
