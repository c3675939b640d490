package io.wesdb.internal.zookeeper.simulated;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wesdb.internal.env.SimulatedWorld;
import io.wesdb.internal.zookeeper.ZooKeeperClient.NodeData;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import io.wesdb.internal.zookeeper.ZooKeeperFixture;
import io.wesdb.internal.zookeeper.ZooKeeperSession;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.ZooDefs.Ids;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The simulated ZooKeeper beside a real server: the same operations, drawn from a seed, get the same answers, versions and
 * faults, and each watcher is told the same in the same order.
 */
class SameAnswersTest {
    private static final int SEEDS = 120;
    private static final int STEPS = 40;
    private static final int MAX_PACKET_BYTES = 1_048_575;

    @TempDir
    Path directory;

    private final SimulatedWorld world = new SimulatedWorld(1);
    private final SimulatedZooKeeper simulated = new SimulatedZooKeeper(world, 1);
    private final List<ZooKeeperSession> sessions = new ArrayList<>();
    private ZooKeeperFixture real;

    @BeforeEach
    void start() {
        real = new ZooKeeperFixture(directory);
    }

    @AfterEach
    void stop() throws Exception {
        for (ZooKeeperSession session : sessions) {
            session.close();
        }
        real.close();
    }

    private ZooKeeperSession connectSimulated() throws InterruptedException {
        SimulatedClient client = simulated.connect("n", world.environment("n"), 20_000);
        client.awaitConnected(20_000);
        sessions.add(client);
        return client;
    }

    /** One of the two, and what came of it. */
    private final class Side {
        final List<ZooKeeperSession> clients = new ArrayList<>();
        final boolean pumps;
        final List<String> told = new CopyOnWriteArrayList<>();
        /** Two of each client. */
        final Watcher[] watchers = {
            event -> tell("0x", event),
            event -> tell("0y", event),
            event -> tell("1x", event),
            event -> tell("1y", event)
        };

        Side(boolean pumps, ZooKeeperSession... clients) {
            this.pumps = pumps;
            this.clients.addAll(List.of(clients));
        }

        private void tell(String name, org.apache.zookeeper.WatchedEvent event) {
            if (event.getType() != EventType.None) {
                told.add(name + " " + event.getType() + " " + event.getPath());
            }
        }

        /** Only what one watcher is told has an order. */
        List<String> byWatcher() {
            return told.stream()
                    .sorted(Comparator.comparing(event -> event.substring(0, 2)))
                    .toList();
        }

        /** Every operation is seen by both clients before the next, so that there is only one right answer. */
        String answer(CompletableFuture<?> future) throws Exception {
            if (pumps) {
                world.runUntil("an answer", 10_000, future::isDone);
            }
            try {
                Object value = future.get(10, TimeUnit.SECONDS);
                if (value instanceof NodeData data) {
                    String owner = data.ephemeralOwner() == 0
                            ? "nobody"
                            : data.ephemeralOwner() == clients.get(0).sessionId() ? "0" : "another";
                    return new String(data.bytes(), StandardCharsets.UTF_8) + " " + data.version() + " " + owner;
                }
                return value instanceof List<?> names
                        ? names.stream().map(Object::toString).sorted().toList().toString()
                        : "" + value;
            } catch (ExecutionException e) {
                ZooKeeperFault fault = ZooKeeperFault.of(e);
                return fault.code() + " " + fault.operation() + " " + fault.getMessage();
            }
        }
    }

    @Test
    void whatARealServerAnswersTheSimulatedOneAnswersToo() throws Exception {
        Side one = new Side(false, real.connect(Duration.ofSeconds(20)), real.connect(Duration.ofSeconds(20)));
        Side other = new Side(true, connectSimulated(), connectSimulated());
        for (int seed = 1; seed <= SEEDS; seed++) {
            String root = "/r" + seed;
            for (Side side : List.of(one, other)) {
                side.answer(side.clients.get(0).create(root, new byte[0], CreateMode.PERSISTENT));
                side.told.clear();
            }
            List<String> expected = history(one, seed, root);
            List<String> found = history(other, seed, root);
            assertEquals(expected, found, "seed " + seed);
            assertEquals(one.byWatcher(), other.byWatcher(), "events of seed " + seed);
        }
        assertEquals(List.of("same"), sessionsThatClose(one, other));
    }

    private static List<String> history(Side side, int seed, String root) throws Exception {
        Random random = new Random(seed);
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            int number = random.nextInt(2);
            ZooKeeperSession client = side.clients.get(number);
            Watcher watcher = side.watchers[2 * number + random.nextInt(2)];
            String path = path(random, root);
            byte[] data = ("d" + i).getBytes(StandardCharsets.UTF_8);
            int version = random.nextInt(4) - 1;
            String what = switch (random.nextInt(9)) {
                case 0, 1 -> "create " + path + " " + side.answer(client.create(path, data, mode(random)));
                case 2 -> "set " + path + " " + side.answer(client.set(path, data, version));
                case 3 -> "delete " + path + " " + side.answer(client.delete(path, version));
                case 4, 5 -> "get " + path + " " + side.answer(client.get(path, random.nextBoolean() ? watcher : null));
                case 6 -> "children " + path + " " + side.answer(client.children(path));
                case 7 ->
                    random.nextInt(4) > 0
                            ? "sync " + side.answer(client.sync(path))
                            : "tree " + path + " " + side.answer(client.watchTree(path, watcher));
                default -> "multi " + side.answer(client.multi(operations(random, root, data)));
            };
            for (ZooKeeperSession each : side.clients) {
                side.answer(each.sync(root)); // events come before the answer
            }
            answers.add(what);
        }
        return answers;
    }

    private static String path(Random random, String root) {
        String path = root + "/" + (char) ('a' + random.nextInt(3));
        return random.nextBoolean() ? path : path + "/" + (char) ('a' + random.nextInt(2));
    }

    private static CreateMode mode(Random random) {
        CreateMode[] modes = {
            CreateMode.PERSISTENT,
            CreateMode.PERSISTENT,
            CreateMode.EPHEMERAL,
            CreateMode.EPHEMERAL_SEQUENTIAL,
            CreateMode.PERSISTENT_SEQUENTIAL
        };
        return modes[random.nextInt(modes.length)];
    }

    private static List<Op> operations(Random random, String root, byte[] data) {
        List<Op> operations = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            String path = path(random, root);
            int version = random.nextInt(4) - 1;
            operations.add(
                    switch (random.nextInt(4)) {
                        case 0 -> Op.check(path, version);
                        case 1 -> Op.create(path, data, Ids.OPEN_ACL_UNSAFE, mode(random));
                        case 2 -> Op.setData(path, data, version);
                        default -> Op.delete(path, version);
                    });
        }
        return operations;
    }

    /** What was a session's own goes with it, and the others are told. */
    private List<String> sessionsThatClose(Side... sides) throws Exception {
        List<List<String>> all = new ArrayList<>();
        for (Side side : sides) {
            ZooKeeperSession first = side.clients.get(0);
            ZooKeeperSession second = side.clients.get(1);
            side.told.clear();
            side.answer(first.create("/last", new byte[0], CreateMode.PERSISTENT));
            side.answer(second.watchTree("/last", side.watchers[0]));
            side.answer(first.create("/last/own", new byte[0], CreateMode.EPHEMERAL));
            side.answer(second.get("/last/own", side.watchers[1]));
            first.close();
            if (side.pumps) {
                world.run(1_000);
            }
            await().until(() -> ofTheLast(side).size() == 3);
            List<String> found = new ArrayList<>(ofTheLast(side));
            found.add(side.answer(second.children("/last")));
            found.add(side.answer(first.children("/last")));
            all.add(found);
        }
        assertEquals(all.get(0), all.get(1));
        return List.of("same");
    }

    private static List<String> ofTheLast(Side side) {
        return side.byWatcher().stream()
                .filter(event -> event.endsWith("/last/own"))
                .toList();
    }

    @Test
    void whatIsTooLargeForAPacketBreaksTheConnectionOnBoth() throws Exception {
        Side one = new Side(false, real.connect(Duration.ofSeconds(20)));
        Side other = new Side(true, connectSimulated());
        for (int length : new int[] {MAX_PACKET_BYTES - 1_000, MAX_PACKET_BYTES + 1}) {
            List<String> answers = new ArrayList<>();
            for (Side side : List.of(one, other)) {
                answers.add(side.answer(
                        side.clients.get(0).create("/l" + length, new byte[length], CreateMode.PERSISTENT)));
            }
            assertEquals(answers.get(0), answers.get(1));
        }
    }
}
