package io.wesdb.examples;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Kills, stops and pauses nodes of a fleet, one at a time, each kind of fault as often as the others, in an order drawn from a seed; and
 * each time waits until the node is back and ready. For one thread.
 */
final class NodeFaults {
    /** Shorter, and longer, than the session timeout: a node that was paused for longer has lost its session without knowing it. */
    private static final int BRIEF_MILLIS = 300;

    private static final int MORE_BRIEF_MILLIS = 1_000;
    private static final int LONG_MILLIS = (int) Fleet.SESSION_TIMEOUT.toMillis() + 500;
    private static final int MORE_LONG_MILLIS = 2_000;
    private static final Duration READY_PATIENCE = Duration.ofMinutes(2);

    /** What is done to whom. */
    enum Kind {
        FOLLOWER_PAUSED_BRIEFLY("a follower paused, shorter than its session", false),
        FOLLOWER_PAUSED_LONG("a follower paused, longer than its session", false),
        LEADER_PAUSED_BRIEFLY("the leader paused, shorter than its session", true),
        LEADER_PAUSED_LONG("the leader paused, longer than its session", true),
        LEADER_KILLED("the leader killed, and launched again", true),
        LEADER_STOPPED("the leader asked to leave, and launched again", true),
        LEADERSHIP_HANDED_OVER("leadership handed over", true);

        private final String text;
        private final boolean ofLeader;

        Kind(String text, boolean ofLeader) {
            this.text = text;
            this.ofLeader = ofLeader;
        }
    }

    /** Called while a node is paused, some time before it goes on; must not wait for it. */
    interface Paused {
        void paused(DemoNode node) throws IOException, InterruptedException;
    }

    private final Fleet fleet;
    private final List<Kind> kinds;
    private final Random random;
    private final Paused paused;
    private final List<Kind> next = new ArrayList<>();
    private final Map<Kind, Integer> done = new EnumMap<>(Kind.class);

    NodeFaults(Fleet fleet, List<Kind> kinds, Random random, Paused paused) {
        this.fleet = fleet;
        this.kinds = List.copyOf(kinds);
        this.random = random;
        this.paused = paused;
    }

    /** Whether every kind was done. */
    boolean allDone() {
        return done.keySet().containsAll(kinds);
    }

    /** One fault, and its end. */
    void next() throws IOException, InterruptedException {
        if (next.isEmpty()) {
            next.addAll(kinds);
            Collections.shuffle(next, random);
        }
        Kind kind = next.remove(0);
        List<DemoNode> nodes = fleet.nodes();
        DemoNode leader = fleet.leader(nodes.get(random.nextInt(nodes.size())));
        List<DemoNode> followers = fleet.others(leader);
        DemoNode node = kind.ofLeader ? leader : followers.get(random.nextInt(followers.size()));
        switch (kind) {
            case FOLLOWER_PAUSED_BRIEFLY, LEADER_PAUSED_BRIEFLY ->
                pause(node, BRIEF_MILLIS + random.nextInt(MORE_BRIEF_MILLIS));
            case FOLLOWER_PAUSED_LONG, LEADER_PAUSED_LONG ->
                pause(node, LONG_MILLIS + random.nextInt(MORE_LONG_MILLIS));
            case LEADER_KILLED -> {
                node.kill();
                relaunch(node);
            }
            case LEADER_STOPPED -> {
                node.stop();
                relaunch(node);
            }
            case LEADERSHIP_HANDED_OVER -> {
                DemoNode asked = nodes.get(random.nextInt(nodes.size()));
                // Refused while the leader changes anyway.
                Await.until(
                        READY_PATIENCE,
                        "leadership to be handed over",
                        () -> !asked.client().transferLeadership().isEmpty());
            }
        }
        done.merge(kind, 1, Integer::sum);
    }

    private void pause(DemoNode node, int millis) throws IOException, InterruptedException {
        node.signal("STOP");
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
            paused.paused(node);
        } finally {
            node.signal("CONT");
        }
        Fleet.awaitReadyAgain(node, READY_PATIENCE);
    }

    private static void relaunch(DemoNode node) throws IOException, InterruptedException {
        node.launch();
        node.awaitReady(READY_PATIENCE.toSeconds());
    }

    void report(Screen screen) {
        List<List<String>> lines = new ArrayList<>(List.of(List.of("fault", "times")));
        done.forEach((kind, times) -> lines.add(List.of(kind.text, String.valueOf(times))));
        screen.table(lines);
    }
}
