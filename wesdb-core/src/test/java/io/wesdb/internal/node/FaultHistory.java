package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.ClosedException;
import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.WriteResult;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.log.memory.FaultPlan;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.truncation.TruncationSettings;
import io.wesdb.internal.write.Caller;
import io.wesdb.internal.write.LeaderLines;
import io.wesdb.internal.write.WriteSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

/**
 * One seed's history: writes through all nodes while answers are lost, sessions expire, connections break and nodes
 * crash and come back. At the end everything is mended, and each write must be there as often as its caller was told:
 * once if it was acknowledged, never if it was reported as not done, once or never if the outcome was unknown; on all
 * nodes alike. Some writes have a key and are repeated through any node, some while the first sending is still on its
 * way, and all of them once more at the end: each is there once, and all its callers were told the same. Of the writes that one
 * caller gave one node, those that are there are there in the order in which they were given.
 */
final class FaultHistory {
    private static final String[] NAMES = {"a", "b", "c"};
    private static final int STEPS = 250;

    /** Several are under way at once, of few callers. */
    private static final WriteSettings SMALL_BATCHES =
            new WriteSettings(1_000, 1 << 20, 1 << 16, 3, 4, 1 << 16, 2, 20, 20);

    private static final int CALLERS = 4;

    private final int seed;
    private final SimulatedCluster cluster;
    private final Random random;
    private final Map<String, CompletableFuture<WriteResult>> writes = new TreeMap<>();
    private final Map<String, String> through = new HashMap<>();
    /** Every sending of each write that has a key. */
    private final Map<String, List<CompletableFuture<WriteResult>>> keyed = new TreeMap<>();

    /** By life of a node, and caller there: what he gave, in that order. */
    private final Map<List<Object>, List<String>> given = new HashMap<>();

    private final Set<String> expired = new TreeSet<>();
    /** Nodes whose process is gone while their sessions last. */
    private final Set<String> lasting = new TreeSet<>();

    private boolean restless;
    private int nextId = 1000;

    /** With a log that keeps everything. */
    FaultHistory(int seed, Path directory) throws IOException {
        this(seed, directory, TruncationSettings.defaults());
    }

    FaultHistory(int seed, Path directory, TruncationSettings truncation) throws IOException {
        this(seed, directory, truncation, SimulatedCluster.Backing.MEMORY);
    }

    FaultHistory(int seed, Path directory, TruncationSettings truncation, SimulatedCluster.Backing backing)
            throws IOException {
        this.seed = seed;
        this.cluster = new SimulatedCluster(seed, Files.createDirectories(directory), truncation, backing);
        cluster.writeSettings = SMALL_BATCHES;
        for (String name : NAMES) {
            cluster.start(name);
        }
        this.random = cluster.world.random();
    }

    /** More is done to the election: nodes close, sessions outlast their processes, answers are lost. */
    FaultHistory restless() {
        restless = true;
        return this;
    }

    void run() throws Exception {
        try {
            SimulatedNode leader = cluster.leader();
            CompletableFuture<WriteResult> table = leader.write(60_000, "CREATE TABLE w(id TEXT, r INTEGER)");
            cluster.world.runUntil("the table", 60_000, table::isDone);
            for (int i = 0; i < STEPS; i++) {
                something();
                cluster.world.run(random.nextInt(20));
            }
            mend();
            check();
        } catch (AssertionError | Exception e) {
            String states = cluster.nodes.values().stream()
                    .map(node -> "\n  " + node.name + " " + node.replicator.state())
                    .collect(Collectors.joining());
            throw new AssertionError("seed " + seed + ": " + e.getMessage() + states, e);
        } finally {
            cluster.close();
        }
    }

    private SimulatedNode any() {
        List<SimulatedNode> alive = new ArrayList<>(cluster.nodes.values());
        return alive.get(random.nextInt(alive.size()));
    }

    private void something() {
        if (restless && random.nextInt(25) == 0) {
            disturbTheElectionMore();
            return;
        }
        int choice = random.nextInt(100);
        if (choice < 60) {
            if (random.nextInt(3) == 0) {
                sendKeyed(any(), random.nextBoolean() ? 200 : 60_000);
                return;
            }
            SimulatedNode node = any();
            String id = "w" + nextId++;
            through.put(id, node.name);
            Caller caller = Caller.named("caller" + random.nextInt(CALLERS));
            given.computeIfAbsent(List.of(node, caller), each -> new ArrayList<>())
                    .add(id);
            Command insert = new Command(List.of(
                    new SqlStatement("INSERT INTO w(id, r) VALUES (?, random())", new ArrayList<>(List.of(id)))));
            writes.put(id, node.write(caller, random.nextBoolean() ? 200 : 60_000, insert));
        } else if (choice < 68) {
            FaultPlan.Fate[] fates = FaultPlan.Fate.values();
            int odds = 2 + random.nextInt(10);
            any().faults()
                    .plan(call ->
                            random.nextInt(odds) == 0 ? fates[random.nextInt(fates.length)] : FaultPlan.Fate.DELIVER);
        } else if (choice < 76) {
            SimulatedNetwork.Fate[] fates = SimulatedNetwork.Fate.values();
            int odds = 1 + random.nextInt(5);
            cluster.network.plan = (from, to) ->
                    random.nextInt(odds) == 0 ? fates[random.nextInt(fates.length)] : SimulatedNetwork.Fate.DELIVER;
        } else if (choice < 80) {
            cluster.network.arriveLate();
        } else if (choice < 84) {
            any().faults().disconnect();
        } else if (choice < 88) {
            cluster.nodes.values().forEach(node -> node.faults().reconnect());
        } else if (choice < 91) {
            any().faults().arrive();
        } else if (choice < 94) {
            SimulatedNode node = any();
            expired.add(node.name);
            cluster.shared.expire(node.name);
        } else if (choice < 97) {
            noticeExpired();
        } else if (choice < 98 && cluster.nodes.size() > 1) {
            SimulatedNode node = any();
            expired.remove(node.name);
            node.crash();
        } else if (choice < 99) {
            disturbTheElection();
        } else {
            heal();
            restartTheDead();
        }
    }

    /** Somebody loses his place by mistake, a line is cut, or the leader is asked to hand over. */
    private void disturbTheElection() {
        switch (random.nextInt(3)) {
            case 0 -> cluster.shared.loseElection(any().name);
            case 1 -> cluster.network.cut(any().name, any().name, LeaderLines.Loss.ENDED);
            default -> {
                CompletableFuture<String> unused = any().replicator
                        .handover()
                        .transfer(random.nextBoolean() ? null : any().name, Duration.ofSeconds(10));
            }
        }
    }

    private void disturbTheElectionMore() {
        switch (random.nextInt(6)) {
            case 0 -> closeOne();
            case 1 -> {
                if (cluster.nodes.size() > 1) {
                    SimulatedNode node = any();
                    expired.remove(node.name);
                    lasting.add(node.name);
                    node.die();
                }
            }
            case 2 -> endSessionsOfTheDead();
            case 3 -> {
                int odds = 1 + random.nextInt(4);
                cluster.shared.losesAnswer(() -> random.nextInt(odds) == 0);
            }
            case 4 -> cluster.shared.repeatWish();
            default -> disturbTheElection();
        }
    }

    /** While it is written to, it and the others. */
    private void closeOne() {
        SimulatedNode node = any();
        if (cluster.nodes.size() < 2 || !node.serves()) {
            return;
        }
        CompletableFuture<Void> closed = node.replicator.close(300);
        for (int i = random.nextInt(40); i > 0; i--) {
            SimulatedNode other = any();
            String id = "c" + nextId++;
            through.put(id, other.name);
            writes.put(id, other.write(60_000, "INSERT INTO w(id, r) VALUES (?, random())", id));
            cluster.world.run(random.nextInt(12));
        }
        cluster.world.runUntil(node.name + " to close", 60_000, closed::isDone);
        expired.remove(node.name);
        node.crash();
    }

    private void endSessionsOfTheDead() {
        lasting.forEach(cluster.shared::expire);
        lasting.clear();
    }

    /** A new one, or one that was sent before. */
    private void sendKeyed(SimulatedNode node, long timeoutMillis) {
        List<String> earlier = List.copyOf(keyed.keySet());
        boolean again = !earlier.isEmpty() && random.nextInt(3) > 0;
        sendKeyed(node, timeoutMillis, again ? earlier.get(random.nextInt(earlier.size())) : "k" + nextId++);
    }

    private CompletableFuture<WriteResult> sendKeyed(SimulatedNode node, long timeoutMillis, String id) {
        SqlStatement insert =
                new SqlStatement("INSERT INTO w(id, r) VALUES (?, random()) RETURNING r", new ArrayList<>(List.of(id)));
        CompletableFuture<WriteResult> sent = node.write(timeoutMillis, new Command(List.of(insert)).withKey(id));
        keyed.computeIfAbsent(id, each -> new ArrayList<>()).add(sent);
        return sent;
    }

    private void noticeExpired() {
        expired.forEach(cluster.shared::notice);
        expired.clear();
    }

    private void restartTheDead() {
        endSessionsOfTheDead();
        for (String name : NAMES) {
            if (cluster.node(name) == null) {
                cluster.start(name);
            }
        }
    }

    private void heal() {
        cluster.shared.losesAnswer(() -> false);
        cluster.network.plan = (from, to) -> SimulatedNetwork.Fate.DELIVER;
        for (SimulatedNode node : cluster.nodes.values()) {
            node.faults().reconnect();
            node.faults().heal();
        }
    }

    private void mend() throws Exception {
        cluster.network.arriveLate();
        cluster.shared.calm();
        restartTheDead();
        heal();
        cluster.nodes.values().forEach(node -> node.faults().arrive());
        cluster.world.run(100);
        noticeExpired();
        cluster.world.runUntil(
                "all nodes to serve",
                120_000,
                () -> cluster.nodes.values().stream().allMatch(SimulatedNode::serves));
        cluster.leader();
        // One that serves may not have noticed yet that what it lacks has left the log.
        cluster.world.runUntil(
                "all nodes to serve at one index",
                120_000,
                () -> cluster.nodes.values().stream().allMatch(SimulatedNode::serves) && cluster.isSettled());
        // A last write through each node: whatever was undecided before is decided with it.
        for (SimulatedNode node : List.copyOf(cluster.nodes.values())) {
            CompletableFuture<WriteResult> last = node.write(60_000, "INSERT INTO w(id, r) VALUES ('last', 0)");
            cluster.world.runUntil("a last write through " + node.name, 120_000, last::isDone);
            last.get();
        }
        for (String id : keyed.keySet()) {
            CompletableFuture<WriteResult> last = sendKeyed(any(), 60_000, id);
            cluster.world.runUntil(id + " once more", 120_000, last::isDone);
            last.get();
        }
        cluster.settle();
    }

    private void check() throws Exception {
        List<String> contents = Tables.column(cluster.file("a"), "SELECT id || ' ' || r FROM w ORDER BY rowid");
        for (String name : NAMES) {
            assertEquals(
                    contents,
                    Tables.column(cluster.file(name), "SELECT id || ' ' || r FROM w ORDER BY rowid"),
                    "contents of " + name);
        }
        Map<String, Integer> times = new HashMap<>();
        contents.forEach(row -> times.merge(row.substring(0, row.indexOf(' ')), 1, Integer::sum));
        checkKeyed(times);
        checkOrder(contents);
        for (Map.Entry<String, CompletableFuture<WriteResult>> write : writes.entrySet()) {
            int found = times.getOrDefault(write.getKey(), 0);
            String outcome = outcome(write.getValue());
            boolean right = switch (outcome) {
                case "done" -> found == 1;
                case "not done" -> found == 0;
                default -> found <= 1; // unknown, or its node crashed
            };
            if (!right) {
                throw new AssertionError(write.getKey() + " through " + through.get(write.getKey()) + " was " + outcome
                        + " and is there " + found + " times");
            }
        }
    }

    private void checkKeyed(Map<String, Integer> times) throws Exception {
        for (Map.Entry<String, List<CompletableFuture<WriteResult>>> write : keyed.entrySet()) {
            assertEquals(1, times.get(write.getKey()), write.getKey());
            Set<String> told = new TreeSet<>();
            int first = 0;
            for (CompletableFuture<WriteResult> sending : write.getValue()) {
                if (outcome(sending).equals("done")) {
                    told.add(sending.get().index() + " " + sending.get().rows());
                    first += sending.get().replayed() ? 0 : 1;
                }
            }
            assertEquals(1, told.size(), write.getKey() + " was told as " + told);
            assertTrue(first <= 1, write.getKey() + " was executed " + first + " times");
        }
    }

    private void checkOrder(List<String> contents) {
        List<String> found =
                contents.stream().map(row -> row.substring(0, row.indexOf(' '))).toList();
        for (List<String> ofOneCaller : given.values()) {
            List<String> there = ofOneCaller.stream().filter(found::contains).toList();
            assertEquals(there, found.stream().filter(there::contains).toList(), "the order of one caller's writes");
        }
    }

    private static String outcome(CompletableFuture<WriteResult> write) throws Exception {
        if (!write.isDone()) {
            return "pending";
        }
        try {
            write.get();
            return "done";
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NotDoneException || e.getCause() instanceof ClosedException) {
                return "not done";
            } else if (e.getCause() instanceof OutcomeUnknownException) {
                return "unknown";
            }
            throw e;
        }
    }
}
