package io.wesdb.internal.node;

import io.wesdb.internal.node.HistoryPlan.Fault;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.snapshot.FileStep;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaHooks;
import io.wesdb.internal.sqlite.Sabotage;
import io.wesdb.internal.write.LeaderLines.Loss;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * What goes wrong in a history. It spares what no system could stand: never are two nodes without a sound file at a time,
 * and never one without it while the others lack what has left the log.
 */
final class Nemesis {
    /** The process of the doomed node ends here. */
    static final class Doom extends Error {
        private static final long serialVersionUID = 1L;

        Doom() {
            super("the process ends here", null, false, false);
        }
    }

    private final SimulatedCluster cluster;
    private final Ensemble ensemble;
    private final Random random;
    private final Story story;
    /** All that belong to the cluster. */
    final Set<String> members = new TreeSet<>();

    final Map<String, SimulatedDisk> disks = new TreeMap<>();
    private final Map<String, Integer> commitsToLive = new HashMap<>();
    private final Map<String, Integer> fileStepsToLive = new HashMap<>();
    private final Set<String> fullDisks = new TreeSet<>();
    private final Set<String> expired = new TreeSet<>();
    private final Set<String> lasting = new TreeSet<>();
    /** "a>b": what a sends to b does not arrive. */
    private final Set<String> walls = new TreeSet<>();

    private final Set<String> cutOff = new TreeSet<>();
    private int networkOdds;
    private int joined;
    /** Whose process is to end now, and whether its power fails. */
    private SimulatedNode doomed;

    private final List<SimulatedNode> closing = new ArrayList<>();
    private boolean mending;
    private boolean starting;
    private String fileless;
    private int damages;

    Nemesis(SimulatedCluster cluster, Ensemble ensemble, Story story) {
        this.cluster = cluster;
        this.ensemble = ensemble;
        this.random = cluster.world.random();
        this.story = story;
        cluster.onDeath = node -> {
            disk(node.name).processEnds();
            return true;
        };
        cluster.onOpen = this::opened;
        cluster.onStep = this::fileStep;
        cluster.onPinning = name -> disk(name).checkpointed();
        cluster.network.plan = (from, to) -> {
            if (walls.contains(from + ">" + to)) {
                return SimulatedNetwork.Fate.LOSE_CALL;
            } else if (walls.contains(to + ">" + from)) {
                return SimulatedNetwork.Fate.LOSE_ANSWER;
            } else if (networkOdds > 0 && random.nextInt(networkOdds) == 0) {
                SimulatedNetwork.Fate[] fates = SimulatedNetwork.Fate.values();
                return fates[random.nextInt(fates.length)];
            }
            return SimulatedNetwork.Fate.DELIVER;
        };
        cluster.network.tellingPlan = (from, to) -> {
            if (walls.contains(from + ">" + to)) {
                return SimulatedNetwork.Telling.SKIP;
            } else if (networkOdds > 0 && random.nextInt(networkOdds) == 0) {
                SimulatedNetwork.Telling[] fates = SimulatedNetwork.Telling.values();
                return fates[random.nextInt(fates.length)];
            }
            return SimulatedNetwork.Telling.DELIVER;
        };
        cluster.network.linePlan =
                (from, to) -> walls.contains(from + ">" + to) || walls.contains(to + ">" + from) ? Loss.SILENT : null;
    }

    SimulatedDisk disk(String name) {
        return disks.computeIfAbsent(name, each -> new SimulatedDisk(cluster.file(each)));
    }

    boolean damagedAny() {
        return damages > 0;
    }

    // What happens by itself.

    private void opened(String name, Replica replica) {
        disk(name).opened(replica);
        if (name.equals(fileless)) {
            story.tell(name, "opens its file again, at %d", replica.position().applied());
        }
        ReplicaHooks.onCommit(replica, () -> {
            if (countdown(commitsToLive, name)) {
                doom(name);
            }
        });
        if (fullDisks.contains(name)) {
            Sabotage.diskFull(replica);
        }
    }

    private void fileStep(String name, FileStep step) {
        if (doomed != null && doomed.name.equals(name)) {
            throw new Doom();
        }
        if (story.told) {
            story.tell(name, "%s %s", step.kind(), step.path().getFileName());
        }
        if (countdown(fileStepsToLive, name)) {
            doom(name);
        }
        disk(name).step(step);
    }

    /** Not while another node starts, which waits for its cluster: nobody would carry the doom out before the doomed goes on. */
    private boolean countdown(Map<String, Integer> lives, String name) {
        Integer left = lives.get(name);
        if (left == null || starting) {
            return false;
        } else if (left > 1) {
            lives.put(name, left - 1);
            return false;
        }
        lives.remove(name);
        return true;
    }

    private void doom(String name) {
        SimulatedNode node = cluster.node(name);
        if (node != null && !mending) {
            doomed = node;
            throw new Doom();
        }
    }

    /** After each step. */
    void carryOutDoom() {
        if (doomed != null) {
            SimulatedNode node = doomed;
            doomed = null;
            if (random.nextInt(3) == 0) {
                powerFails(node);
            } else {
                story.tell(node.name, "its process ends in the middle of that");
                ends(node);
            }
        }
    }

    // What is done.

    private SimulatedNode any() {
        List<SimulatedNode> alive = new ArrayList<>(cluster.nodes.values());
        return alive.isEmpty() ? null : alive.get(random.nextInt(alive.size()));
    }

    void something(Fault fault) {
        SimulatedNode node = any();
        if (node == null) {
            restartTheDead();
            return;
        }
        switch (fault) {
            case LOG_ANSWERS -> {
                int odds = 2 + random.nextInt(10);
                story.tell(node.name, "one of %d requests to the log, or its answer, is lost or late", odds);
                ensemble.disturb(node.name, odds);
            }
            case LOG_CONNECTION -> cutOrRestoreLog(node);
            case LATE_REQUESTS -> {
                cluster.network.arriveLate();
                ensemble.arrive(node.name);
            }
            case EXPIRY -> expireOrNotice(node);
            case NETWORK -> networkOdds = random.nextInt(6);
            case PARTITION -> partition(node);
            case CRASH -> {
                story.tell(node.name, "its process ends");
                ends(node);
            }
            case CRASH_BEFORE_SESSION_ENDS -> {
                story.tell(node.name, "its process ends; its session lasts");
                lasting.add(node.name);
                expired.remove(node.name);
                node.die();
            }
            case CRASH_AFTER_COMMIT -> commitsToLive.put(node.name, 1 + random.nextInt(6));
            case CRASH_AMID_FILES -> fileStepsToLive.put(node.name, 1 + random.nextInt(12));
            case POWER -> powerFails(node);
            case POWER_OF_ALL -> List.copyOf(cluster.nodes.values()).forEach(this::powerFails);
            case FULL_DISK -> fullDisk(node);
            case FAILING_SYNC -> failingSync(node);
            case DAMAGE, LOST_FILE -> damage(node, fault == Fault.LOST_FILE);
            case SLOW -> {
                int most = random.nextBoolean() ? 0 : 1 + random.nextInt(20);
                story.tell(node.name, "is slow: rests up to %d ms after each step", most);
                node.env.slow(most);
            }
            case PAUSE -> {
                int millis = random.nextInt(3_000);
                story.tell(node.name, "stands still for %d ms", millis);
                node.env.pause(millis);
            }
            case CLOCK -> {
                long skew = (random.nextInt(2_000) - 1_000)
                        * (random.nextBoolean() ? 10L : 10_000L); // within a day, for keys are kept so long
                story.tell(node.name, "its clock jumps to %d ms beside the others'", skew);
                cluster.wallSkewMillis.put(node.name, skew);
                node.env.skewWall(skew);
            }
            case MEMBERS -> joinOrLeave(node);
            case HANDOVER -> {
                String successor = random.nextBoolean() ? null : any().name;
                story.tell(node.name, "is asked to hand over to %s", successor);
                CompletableFuture<String> unused =
                        node.replicator.handover().transfer(successor, Duration.ofSeconds(10));
            }
            case ELECTION -> election(node);
            case CLOSE -> close(node);
        }
    }

    private void cutOrRestoreLog(SimulatedNode node) {
        if (cutOff.remove(node.name)) {
            story.tell(node.name, "reaches the log again");
            ensemble.reconnect(node.name);
        } else {
            story.tell(node.name, "does not reach the log any more");
            cutOff.add(node.name);
            ensemble.disconnect(node.name);
        }
    }

    private void expireOrNotice(SimulatedNode node) {
        if (expired.isEmpty() || random.nextBoolean()) {
            story.tell(node.name, "its session expires, which it does not notice");
            expired.add(node.name);
            ensemble.expire(node.name);
        } else {
            noticeExpired();
        }
    }

    private void noticeExpired() {
        for (String name : expired) {
            story.tell(name, "learns that its session has expired");
            ensemble.notice(name);
        }
        expired.clear();
    }

    private void partition(SimulatedNode node) {
        if (!walls.isEmpty() && random.nextBoolean()) {
            walls.clear();
            story.tell("", "all nodes reach each other again");
            return;
        }
        boolean oneWay = random.nextInt(3) == 0;
        for (String other : members) {
            if (!other.equals(node.name) && random.nextInt(4) > 0) {
                walls.add(node.name + ">" + other);
                if (!oneWay) {
                    walls.add(other + ">" + node.name);
                }
                cluster.network.cut(node.name, other, Loss.SILENT);
                cluster.network.cut(other, node.name, Loss.SILENT);
            }
        }
        story.tell(node.name, "is partitioned%s from others: %s", oneWay ? " one way" : "", walls);
    }

    private void ends(SimulatedNode node) {
        forget(node.name);
        node.crash();
    }

    private void forget(String name) {
        expired.remove(name);
        cutOff.remove(name);
        commitsToLive.remove(name);
        fileStepsToLive.remove(name);
    }

    private void powerFails(SimulatedNode node) {
        forget(node.name);
        SimulatedDisk disk = disk(node.name);
        String[] left = {""};
        var before = cluster.onDeath;
        cluster.onDeath = dying -> {
            left[0] = disk.powerFails(random);
            return true;
        };
        try {
            node.crash();
        } finally {
            cluster.onDeath = before;
        }
        story.tell(node.name, "its power fails: %s", left[0]);
    }

    private void fullDisk(SimulatedNode node) {
        if (fullDisks.remove(node.name)) {
            story.tell(node.name, "its disk has room again");
            if (isOpen(node)) {
                ReplicaHooks.diskHasRoom(node.replica());
            }
        } else {
            story.tell(node.name, "its disk is full");
            fullDisks.add(node.name);
            if (isOpen(node)) {
                Sabotage.diskFull(node.replica());
            }
        }
    }

    private static boolean isOpen(SimulatedNode node) {
        return node.replica() != null && !ReplicaHooks.isClosed(node.replica());
    }

    private void failingSync(SimulatedNode node) {
        if (isOpen(node)) {
            story.tell(node.name, "the next sync of its disk fails");
            ReplicaHooks.breakSync(node.replica());
        }
    }

    /** While another node has everything that is not in the log any more, and no other lacks its file. */
    private void damage(SimulatedNode node, boolean lose) {
        if (damages >= 3 || !mayLose(node)) {
            return;
        }
        story.tell(node.name, "its process ends, and its file is %s", lose ? "lost" : "damaged");
        ends(node);
        if (lose) {
            disk(node.name).lose();
        } else if (!disk(node.name).damage(random)) {
            return;
        }
        damages++;
        fileless = node.name;
    }

    private boolean mayLose(SimulatedNode node) {
        if (members.size() < 3) {
            return false;
        }
        if (fileless != null) {
            SimulatedNode last = cluster.node(fileless);
            if (last == null || !last.serves()) {
                return false;
            }
        }
        return node.serves()
                && soundBeside(node) >= 2
                && cluster.nodes.values().stream().filter(SimulatedNode::serves).allMatch(this::isSound);
    }

    /** Damage that nobody has met yet is there all the same. */
    private boolean isSound(SimulatedNode node) {
        return damages == 0 || Remains.isSound(cluster.settings(node.name));
    }

    /** How many others have on their disks all that has left the log, or soon will. */
    private long soundBeside(SimulatedNode node) {
        return cluster.nodes.values().stream()
                .filter(other -> other != node
                        && other.serves()
                        && other.replicator.state().durable() >= ensemble.first() + 4)
                .count();
    }

    private void joinOrLeave(SimulatedNode node) {
        if (members.size() < 5 && random.nextBoolean()) {
            String name = "n" + ++joined;
            story.tell(name, "joins");
            members.add(name);
            start(name);
        } else if (members.size() > 2 && fileless == null && soundBeside(node) >= 2) {
            story.tell(node.name, "leaves for good");
            ends(node);
            members.remove(node.name);
            SimulatedNode other = any();
            CompletableFuture<Void> unused = other.cluster.membership().remove(node.name);
        }
    }

    private void election(SimulatedNode node) {
        switch (random.nextInt(4)) {
            case 0 -> {
                story.tell(node.name, "loses its place in the election");
                ensemble.loseElection(node.name);
            }
            case 1 -> cluster.network.cut(node.name, any().name, Loss.ENDED);
            case 2 -> ensemble.loseElectionAnswers(1 + random.nextInt(4));
            default -> ensemble.repeatWish();
        }
    }

    /** In order, unless it takes too long. */
    private void close(SimulatedNode node) {
        if (!node.serves() || closing.contains(node)) {
            return;
        }
        closing.add(node);
        story.tell(node.name, "is closed in order");
        node.replicator.close(300).whenComplete((done, failure) -> story.tell(node.name, "is closed"));
        cluster.world.lane("closing").schedule(400 + random.nextInt(3_000), () -> {
            if (cluster.node(node.name) == node) {
                ends(node);
            }
        });
    }

    void start(String name) {
        if (lasting.remove(name)) {
            ensemble.expire(name);
        }
        story.tell(name, "starts");
        try {
            java.nio.file.Files.createDirectories(cluster.file(name).getParent());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        starting = true;
        try {
            cluster.start(name);
        } finally {
            starting = false;
        }
    }

    void restartTheDead() {
        for (String name : members) {
            if (cluster.node(name) == null) {
                start(name);
            }
        }
    }

    /** Whoever is down may come back, and sessions of the dead end. */
    void meanwhile() {
        for (String name : members) {
            if (cluster.node(name) == null && random.nextInt(30) == 0) {
                start(name);
            }
        }
        if (!lasting.isEmpty() && random.nextInt(10) == 0) {
            lasting.forEach(ensemble::expire);
            lasting.clear();
        }
        if (!expired.isEmpty() && random.nextInt(30) == 0) {
            noticeExpired();
        }
        if (!cutOff.isEmpty() && random.nextInt(30) == 0) {
            heal();
        }
    }

    private void heal() {
        networkOdds = 0;
        walls.clear();
        cutOff.clear();
        ensemble.loseElectionAnswers(0);
        for (SimulatedNode node : cluster.nodes.values()) {
            ensemble.reconnect(node.name);
            ensemble.heal(node.name);
        }
    }

    /** Nothing goes wrong any more from here on. */
    void mend() {
        story.tell("", "everything is mended");
        mending = true;
        commitsToLive.clear();
        fileStepsToLive.clear();
        cluster.network.arriveLate();
        for (SimulatedNode node : cluster.nodes.values()) {
            node.env.slow(0);
            if (fullDisks.remove(node.name) && isOpen(node)) {
                ReplicaHooks.diskHasRoom(node.replica());
            }
            ensemble.arrive(node.name);
        }
        fullDisks.clear();
        closing.stream().filter(node -> cluster.node(node.name) == node).forEach(this::ends);
        restartTheDead();
        heal();
    }

    /** Once what was on its way has arrived. */
    void mendSessions() {
        noticeExpired();
    }
}
