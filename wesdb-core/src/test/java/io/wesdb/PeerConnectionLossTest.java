package io.wesdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.testing.PeerCutter;
import io.wesdb.testing.PeerCutter.Cut;
import io.wesdb.testing.PeerCutter.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On real nodes and sockets: the connection between a follower and the leader is cut within and around each message that
 * passes on it, one after the other, some of them while leadership is handed over. Each of 5,000 writes is done once (I5), and its
 * caller told the truth (I6).
 */
@Timeout(300)
class PeerConnectionLossTest {
    private static final Logger LOG = LoggerFactory.getLogger(PeerConnectionLossTest.class);
    private static final int WRITES = 5_000;
    private static final int WAVE = 20;
    private static final int MOST_WAVES = 50;
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int SHORT_MILLIS = 30;

    /** The greatest number of a message that is cut: {@code -Dwesdb.cutMessages} for more. */
    private static final int MESSAGES = Integer.getInteger("wesdb.cutMessages", 2);

    @TempDir
    Path directory;

    private final Random random = new Random(1);
    private final Map<String, PeerCutter> cutters = new HashMap<>();
    /** How often each must be found in the end. */
    private final Map<String, Found> expected = new HashMap<>();

    private TestCluster cluster;
    private int unknown;
    private int replayed;

    private enum Found {
        ONCE,
        NEVER
    }

    @BeforeEach
    void threeNodesBehindProxies() throws IOException {
        cluster = new TestCluster(directory).with(builder -> builder.verifyInterval(Duration.ZERO));
        for (String name : List.of("a", "b", "c")) {
            PeerCutter cutter = new PeerCutter();
            cutters.put(name, cutter);
            cluster.with(builder -> builder.verifyInterval(Duration.ZERO).advertise("127.0.0.1", cutter.port()));
            String address = cluster.start(name).status().httpAddress();
            cutter.target(Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
        }
        cluster.node("a").execute("CREATE TABLE w(id TEXT NOT NULL, r INTEGER)");
    }

    @AfterEach
    void close() throws IOException {
        cluster.close();
        for (PeerCutter cutter : cutters.values()) {
            cutter.close();
        }
    }

    /** Where each message can be cut: before it, at the borders of its header's fields, within its payload, and after it. */
    private static List<Integer> places(Message message) {
        return switch (message) {
            case REQUEST -> List.of(0, 1, 40, 200, PeerCutter.WHOLE);
            case RESPONSE -> List.of(0, 9, 100, PeerCutter.WHOLE);
            case PROOF -> List.of(0, 3, 5, 36, PeerCutter.WHOLE);
            case READY -> List.of(0, 4, PeerCutter.WHOLE);
            case FORWARD -> List.of(0, 1, 4, 5, 13, 29, 53, 58, 70, 300, PeerCutter.WHOLE);
            case REPLY -> List.of(0, 1, 4, 5, 13, 14, 22, 29, PeerCutter.WHOLE);
        };
    }

    @Test
    void eachWriteIsDoneOnceWhereverTheConnectionToTheLeaderIsCut() throws Exception {
        int cuts = 0;
        for (Message message : Message.values()) {
            boolean once = message != Message.FORWARD && message != Message.REPLY; // a connection
            for (int number = 1; number <= (once ? 1 : MESSAGES); number++) {
                for (int bytes : number == 1 ? places(message) : List.of(0, 5, PeerCutter.WHOLE)) {
                    cut(new Cut(message, number, bytes), once, ++cuts % 4 == 0);
                }
            }
        }
        LOG.info("{} cuts, {} writes, {} unknown, {} replayed", cuts, expected.size(), unknown, replayed);
        assertTrue(expected.size() >= WRITES, expected.size() + " writes");
        assertTrue(unknown > 0 && replayed > 0, unknown + " unknown, " + replayed + " replayed");
        check();
    }

    private void cut(Cut cut, boolean atTheBeginning, boolean handOver) throws Exception {
        String leader = cluster.leader();
        PeerCutter cutter = cutters.get(leader);
        cutter.arm(cut);
        if (atTheBeginning) {
            cutter.cutAll();
        }
        CompletableFuture<String> handedOver = handOver
                ? CompletableFuture.supplyAsync(
                        () -> cluster.node(follower(leader)).transferLeadership())
                : CompletableFuture.completedFuture("");
        try {
            for (int i = 0; i < MOST_WAVES && !(cutter.hasStruck() && i >= 2); i++) {
                wave(WAVE);
            }
            handedOver.get(60, TimeUnit.SECONDS);
        } catch (Exception | AssertionError e) {
            throw new AssertionError(cut + (handOver ? ", handing over: " : ": ") + e, e);
        }
        if (!handOver) {
            assertTrue(cutter.hasStruck(), cut + " did not happen");
        }
        cutters.values().forEach(PeerCutter::disarm);
    }

    private String follower(String leader) {
        return cluster.nodes().keySet().stream()
                .filter(name -> !name.equals(leader))
                .findFirst()
                .orElseThrow();
    }

    /** One write and how its first sending ends. */
    private record Sent(String id, boolean keyed, CompletableFuture<WriteResult> told) {}

    /** As many writes through each node at once, every other one with a key and a short deadline; returns when all are known. */
    private void wave(int each) throws Exception {
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i < each; i++) {
            for (WesDb node : cluster.present()) {
                String id = "w" + expected.size();
                boolean keyed = i % 2 == 0;
                expected.put(id, Found.ONCE);
                Duration timeout = keyed ? Duration.ofMillis(1 + random.nextInt(SHORT_MILLIS)) : LONG;
                all.add(new Sent(id, keyed, send(node, id, keyed, timeout)));
            }
        }
        List<String> inDoubt = new ArrayList<>();
        for (Sent write : all) {
            if (!isKnown(write)) {
                inDoubt.add(write.id());
            }
        }
        resolve(inDoubt);
    }

    private static CompletableFuture<WriteResult> send(WesDb node, String id, boolean keyed, Duration timeout) {
        WriteOptions options = WriteOptions.defaults().withTimeout(timeout);
        return node.executeAsync(
                List.of(Statement.of("INSERT INTO w(id, r) VALUES (?, random()) RETURNING r", id)),
                keyed ? options.withIdempotencyKey(id) : options);
    }

    private boolean isKnown(Sent write) throws Exception {
        Throwable failure = failure(write.told());
        if (failure instanceof NotDoneException && write.keyed()) {
            expected.put(write.id(), Found.NEVER);
        } else if (failure != null && !(failure instanceof OutcomeUnknownException && write.keyed())) {
            throw new AssertionError(write.id() + ", which had time enough", failure);
        }
        return !(failure instanceof OutcomeUnknownException);
    }

    /** Through any nodes; and once more, now that they are known. */
    private void resolve(List<String> inDoubt) throws Exception {
        unknown += inDoubt.size();
        List<WriteResult> known = repeat(inDoubt);
        List<WriteResult> again = repeat(inDoubt);
        for (int i = 0; i < inDoubt.size(); i++) {
            assertTrue(again.get(i).replayed(), inDoubt.get(i) + " was done again");
            assertEquals(known.get(i).index(), again.get(i).index(), inDoubt.get(i));
            assertEquals(known.get(i).rows(), again.get(i).rows(), inDoubt.get(i));
            replayed += known.get(i).replayed() ? 1 : 0;
        }
    }

    private List<WriteResult> repeat(List<String> ids) throws Exception {
        List<WesDb> nodes = cluster.present();
        List<CompletableFuture<WriteResult>> sent = new ArrayList<>();
        for (String id : ids) {
            sent.add(send(nodes.get(random.nextInt(nodes.size())), id, true, LONG));
        }
        List<WriteResult> results = new ArrayList<>();
        for (CompletableFuture<WriteResult> one : sent) {
            results.add(one.get(2, TimeUnit.MINUTES));
        }
        return results;
    }

    private static Throwable failure(CompletableFuture<WriteResult> told) throws Exception {
        try {
            told.get(2, TimeUnit.MINUTES);
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    private void check() {
        List<Row> first = null;
        for (WesDb node : cluster.present()) {
            List<Row> rows = node.query(ReadOptions.linearizable(), "SELECT id, r FROM w ORDER BY rowid")
                    .rows();
            first = first == null ? rows : first;
            assertEquals(first, rows);
        }
        Set<String> found = new HashSet<>();
        for (Row row : first) {
            assertEquals(Found.ONCE, expected.get(row.getString(0)), row.getString(0) + " is there");
            assertTrue(found.add(row.getString(0)), row.getString(0) + " is there twice");
        }
        expected.values().removeIf(often -> often == Found.NEVER);
        assertEquals(expected.keySet(), found);
    }
}
