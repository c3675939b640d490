package io.wesdb.internal.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.WriteResult;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.log.memory.Call;
import io.wesdb.internal.node.Firewall.Loss;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.sqlite.ApplierSettings;
import io.wesdb.internal.write.WriteSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A message is lost on the way from a write's origin to the commit and back: of each kind the first one, the second, and so
 * on; each in every manner, alone, after another loss, and together with every way in which leaders change. Of thousands of
 * writes through all nodes each must be done once (I5), and its caller told the truth (I6).
 */
class ConnectionLossTest {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLossTest.class);
    private static final int ROUNDS = 5;
    private static final int LEAST_WRITES = 5_000;

    /** Of a kind in a trial that are lost, one a trial; {@code -Dwesdb.lossMessages} for more. */
    private static final int MESSAGES = Integer.getInteger("wesdb.lossMessages", 3);

    private static final long LONG_MILLIS = 60_000;
    private static final int SHORT_MILLIS = 25;
    private static final String INSERT = "INSERT INTO w(id, r) SELECT ?, random() + 0 * length(?) RETURNING r";

    /** So large that appends follow one another without waiting. */
    private static final byte[] LARGE = new byte[40_000];

    private static final WriteSettings SMALL_BATCHES =
            new WriteSettings(10_000, 64 << 20, 256 * 1024, 2, 4, 1 << 20, 2, 20, 20);

    static {
        new Random(7).nextBytes(LARGE);
    }

    /** What happens besides. */
    private enum Besides {
        NOTHING,
        AN_APPENDS_ANSWER_LOST_BEFORE,
        SESSION_EXPIRED,
        LEADER_CRASHED,
        HANDED_OVER
    }

    @TempDir
    Path directory;

    private SimulatedCluster cluster;
    private Firewall firewall;
    private int nextId;
    private long lastRow;
    private int writes;
    private int unknown;
    private int replayed;

    /** One, or as many as {@code -Dwesdb.lossSeeds=from-to} says. */
    static IntStream seeds() {
        String[] range = System.getProperty("wesdb.lossSeeds", "1-1").split("-", 2);
        return IntStream.rangeClosed(Integer.parseInt(range[0]), Integer.parseInt(range[1]));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void eachWriteIsDoneOnceWhicheverMessageIsLost(int seed) throws Exception {
        for (Besides besides : Besides.values()) {
            cluster = new SimulatedCluster(seed, Files.createDirectories(directory.resolve(seed + "-" + besides)));
            try {
                cluster.writeSettings = SMALL_BATCHES;
                cluster.applying = ApplierSettings.defaults(); // the disk is not what this is about
                List.of("a", "b", "c").forEach(cluster::start);
                lastRow = 0;
                done(cluster.leader().write(LONG_MILLIS, "CREATE TABLE w(id TEXT, r INTEGER)"));
                firewall = new Firewall(cluster);
                lose(besides, seed);
            } finally {
                cluster.close();
            }
        }
        LOG.info("{} writes, {} unknown, {} replayed", writes, unknown, replayed);
        assertTrue(writes >= LEAST_WRITES, writes + " writes");
        assertTrue(unknown > 100 && replayed > 100, unknown + " unknown, " + replayed + " replayed");
    }

    private void lose(Besides besides, int seed) throws Exception {
        for (String kind : kinds(besides)) {
            for (Loss loss : Loss.values()) {
                boolean more = true;
                for (int number = 1; more && number <= MESSAGES; number++) {
                    Trial trial = new Trial(besides, kind, loss, number);
                    try {
                        more = trial.run();
                    } catch (AssertionError | Exception e) {
                        throw new AssertionError("seed " + seed + ": " + trial + ": " + e.getMessage(), e);
                    }
                }
                assertTrue(firewall.lost().containsKey(kind + " " + loss), besides + ": no " + kind + " was lost");
            }
        }
        LOG.info("{}: {} writes so far, {} unknown; lost: {}", besides, writes, unknown, firewall.lost());
    }

    private static List<String> kinds(Besides besides) {
        List<Call.Kind> more = switch (besides) {
            case NOTHING -> List.of();
            case AN_APPENDS_ANSWER_LOST_BEFORE -> List.of(Call.Kind.HEAD, Call.Kind.TERM);
            default -> List.of(Call.Kind.RAISE_FENCE, Call.Kind.HEAD_AFTER_FENCE);
        };
        return Stream.concat(
                        Stream.of(Firewall.FORWARD),
                        Stream.concat(Stream.of(Call.Kind.APPEND, Call.Kind.READ, Call.Kind.EVENT), more.stream())
                                .map(Call.Kind::name))
                .toList();
    }

    private <T> T done(CompletableFuture<T> future) throws Exception {
        cluster.world.runUntil("it to end", LONG_MILLIS, future::isDone);
        return future.get();
    }

    /** Of a write, through a node; orphaned if the process is gone that would have told of its end. */
    private record Sending(String through, CompletableFuture<WriteResult> told, boolean[] orphaned) {}

    /** One write and all its sendings, of which there are several only if it has a key. */
    private record Sent(String id, Command command, List<Sending> sendings) {
        boolean keyed() {
            return command.key() != null;
        }

        Sending last() {
            return sendings.get(sendings.size() - 1);
        }
    }

    /** Some writes, while one message of theirs is lost. */
    private final class Trial {
        private final Besides besides;
        private final String kind;
        private final Loss loss;
        private final int number;
        private final Random random = cluster.world.random();
        private final List<Sent> sent = new ArrayList<>();
        private String expired = "";
        private String crashed = "";

        Trial(Besides besides, String kind, Loss loss, int number) {
            this.besides = besides;
            this.kind = kind;
            this.loss = loss;
            this.number = number;
        }

        /** Whether there were so many messages. */
        boolean run() throws Exception {
            awaitServing();
            cluster.leader();
            firewall.onStrike = comesFromTheChange() ? () -> {} : this::disturb;
            firewall.arm(kind, loss, number, besides == Besides.AN_APPENDS_ANSWER_LOST_BEFORE);
            for (int round = 0; round < ROUNDS; round++) {
                for (SimulatedNode node : List.copyOf(cluster.nodes.values())) {
                    begin(node, false);
                    begin(node, true);
                }
                if (round == 1 && comesFromTheChange()) {
                    disturb();
                }
                cluster.world.run(random.nextInt(4));
            }
            cluster.world.run(SHORT_MILLIS);
            firewall.onStrike = () -> {};
            restore();
            for (Sent write : sent) {
                untilKnown(write);
            }
            boolean struck = firewall.hasStruck();
            firewall.disarm();
            repeat();
            check();
            return struck;
        }

        private void begin(SimulatedNode node, boolean keyed) {
            String id = "w" + nextId++;
            List<Object> values = new ArrayList<>(List.of(id, nextId % 12 == 0 ? LARGE : new byte[0]));
            Command command = new Command(List.of(new SqlStatement(INSERT, values)));
            Sent write = new Sent(id, keyed ? command.withKey(id) : command, new ArrayList<>());
            sent.add(write);
            writes++;
            send(node, write, keyed ? 1 + random.nextInt(SHORT_MILLIS) : LONG_MILLIS);
        }

        private Sending send(SimulatedNode node, Sent write, long timeoutMillis) {
            Sending sending = new Sending(node.name, node.write(timeoutMillis, write.command()), new boolean[1]);
            write.sendings().add(sending);
            return sending;
        }

        private void awaitServing() {
            cluster.world.runUntil(
                    "all to serve",
                    LONG_MILLIS,
                    () -> cluster.nodes.values().stream().allMatch(SimulatedNode::serves));
        }

        private SimulatedNode any() {
            awaitServing();
            return List.copyOf(cluster.nodes.values()).get(random.nextInt(cluster.nodes.size()));
        }

        /** Whether there is no such message before leaders change; else they do at the very moment when it is lost. */
        private boolean comesFromTheChange() {
            return kind.equals(Call.Kind.RAISE_FENCE.name()) || kind.equals(Call.Kind.HEAD_AFTER_FENCE.name());
        }

        private void disturb() {
            Optional<SimulatedNode> leader =
                    cluster.nodes.values().stream().filter(SimulatedNode::leads).findFirst();
            if (leader.isEmpty()) {
                return; // it has lost its place already, by what was lost
            }
            switch (besides) {
                case SESSION_EXPIRED -> {
                    expired = leader.get().name;
                    cluster.store.expire(expired);
                }
                case LEADER_CRASHED -> {
                    crashed = leader.get().name;
                    leader.get().crash();
                    sent.stream()
                            .flatMap(write -> write.sendings().stream())
                            .filter(sending -> sending.through().equals(crashed))
                            .forEach(sending ->
                                    sending.orphaned()[0] = !sending.told().isDone());
                }
                case HANDED_OVER -> {
                    CompletableFuture<String> unused =
                            leader.get().replicator.handover().transfer(null, Duration.ofSeconds(10));
                }
                default -> {}
            }
        }

        private void restore() {
            if (!expired.isEmpty()) {
                cluster.store.notice(expired);
            }
            if (!crashed.isEmpty()) {
                firewall.guard(cluster.start(crashed));
            }
        }

        private void untilKnown(Sent write) throws Exception {
            String outcome = outcome(write.last());
            if (write.keyed() && outcome.equals("unknown")) {
                unknown++;
                // Whoever refuses it now says nothing of the first sending.
                while (!outcome.equals("done")) {
                    outcome = outcome(send(any(), write, LONG_MILLIS));
                }
            }
            if (!write.keyed() && !write.last().orphaned()[0]) {
                assertEquals("done", outcome, write.id() + ", which had time enough");
            }
        }

        /** What was done answers the same through another node, whatever the first answer had to go through. */
        private void repeat() throws Exception {
            Map<Sent, WriteResult> first = new LinkedHashMap<>();
            for (Sent write : sent) {
                if (write.keyed() && outcome(write.last()).equals("done")) {
                    first.put(write, write.last().told().get());
                }
            }
            first.keySet().forEach(write -> send(any(), write, LONG_MILLIS));
            for (Map.Entry<Sent, WriteResult> each : first.entrySet()) {
                Sent write = each.getKey();
                WriteResult again = done(write.last().told());
                assertTrue(again.replayed(), write.id() + " was done again");
                assertEquals(each.getValue().index(), again.index(), write.id());
                assertEquals(each.getValue().rows(), again.rows(), write.id());
                replayed++;
            }
        }

        private void check() throws Exception {
            cluster.settle();
            String select = "SELECT rowid || ' ' || id || ' ' || r FROM w WHERE rowid > " + lastRow;
            List<String> rows = Tables.column(cluster.file("a"), select);
            for (String name : List.of("b", "c")) {
                assertEquals(rows, Tables.column(cluster.file(name), select), "rows of " + name);
            }
            lastRow += rows.size();
            Map<String, Integer> times = new HashMap<>();
            rows.forEach(row -> times.merge(row.split(" ")[1], 1, Integer::sum));
            for (Sent write : sent) {
                int found = times.getOrDefault(write.id(), 0);
                times.remove(write.id());
                String outcome = outcome(write.last());
                boolean right = switch (outcome) {
                    case "done" -> found == 1;
                    case "not done" -> found == 0;
                    default -> found <= 1 && !write.keyed();
                };
                assertTrue(right, write + " was " + outcome + " and is there " + found + " times");
            }
            assertEquals(Map.of(), times, "which nobody sent");
        }

        /** Waits for it, unless nobody is left to tell. */
        private String outcome(Sending sending) throws Exception {
            if (sending.orphaned()[0]) {
                return "unknown";
            }
            try {
                done(sending.told());
                return "done";
            } catch (ExecutionException e) {
                if (e.getCause() instanceof NotDoneException) {
                    return "not done";
                } else if (e.getCause() instanceof OutcomeUnknownException) {
                    return "unknown";
                }
                throw e;
            }
        }

        @Override
        public String toString() {
            return kind + " number " + number + " lost by " + loss + ", besides " + besides;
        }
    }
}
