package io.wesdb.examples;

import io.wesdb.examples.NodeClient.Refused;
import io.wesdb.examples.NodeClient.Written;
import io.wesdb.examples.history.Operation;
import io.wesdb.examples.history.Recorder;
import io.wesdb.examples.history.Register;
import io.wesdb.examples.history.Register.Answer;
import io.wesdb.examples.history.Register.Call;
import io.wesdb.examples.history.Register.CompareAndSet;
import io.wesdb.examples.history.Register.Done;
import io.wesdb.examples.history.Register.Read;
import io.wesdb.examples.history.Register.Swapped;
import io.wesdb.examples.history.Register.Value;
import io.wesdb.examples.history.Register.Write;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Reads and writes rows of a table as registers, through given nodes, and takes down what came of it. No value is written twice. What is
 * taken down of a failure: a read that failed, and a write that was certainly not done, are no part of the history; any other failure of a
 * write leaves its outcome unknown. Safe for use by many threads, each of which is a process of its own.
 */
final class RegisterCallers {
    private static final int LEAST_TIMEOUT_MILLIS = 1_000;
    private static final int MORE_TIMEOUT_MILLIS = 7_000;

    /** With one of these codes a node says that nothing was done. */
    private static final Set<String> NOT_DONE = Set.of("OVERLOADED", "NO_LEADER", "NOT_READY", "STALE");

    /** With any other one, something is wrong with the node or with this program. */
    private static final Set<String> ORDINARY =
            Set.of("OVERLOADED", "NO_LEADER", "NOT_READY", "STALE", "OUTCOME_UNKNOWN", "TIMEOUT");

    private final String table;
    private final String consistency;
    private final int keys;
    private final Recorder<Call, Answer> history = new Recorder<>();
    private final AtomicLong lastValue = new AtomicLong();
    private final AtomicLongArray lastSeen;
    private final Map<String, LongAdder> tally = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
    private final Set<String> extraordinary = ConcurrentHashMap.newKeySet();

    /** @param consistency of the reads, by its name in the HTTP interface */
    RegisterCallers(String table, String consistency, int keys) {
        this.table = table;
        this.consistency = consistency;
        this.keys = keys;
        this.lastSeen = new AtomicLongArray(keys);
    }

    /** Returns when all of them have it. */
    void createTable(List<NodeClient> nodes) throws IOException, InterruptedException {
        long index = nodes.get(0)
                .execute("CREATE TABLE " + table + "(k INTEGER PRIMARY KEY, v INTEGER NOT NULL)")
                .index();
        for (NodeClient node : nodes) {
            node.query(index, "SELECT count(*) FROM " + table);
        }
    }

    List<Operation<Call, Answer>> history() {
        return history.history();
    }

    void write(Path file) throws IOException {
        history.write(file);
    }

    /** Does one thing to one register; whether the node did it and said so. */
    boolean call(int process, NodeClient node, Random random) throws InterruptedException {
        int key = random.nextInt(keys);
        int drawn = random.nextInt(10);
        Call call = drawn < 5
                ? new Read(key)
                : drawn < 8
                        ? new Write(key, lastValue.incrementAndGet())
                        : new CompareAndSet(key, lastSeen.get(key), lastValue.incrementAndGet());
        return call(process, node, call, timeout(random));
    }

    /** Short enough that some pass, long enough that some who ask a node that stands still get their answer once it goes on. */
    private static Duration timeout(Random random) {
        return Duration.ofMillis(LEAST_TIMEOUT_MILLIS + random.nextInt(MORE_TIMEOUT_MILLIS));
    }

    boolean read(int process, NodeClient node, int key, Duration timeout) throws InterruptedException {
        return call(process, node, new Read(key), timeout);
    }

    private boolean call(int process, NodeClient node, Call call, Duration timeout) throws InterruptedException {
        Recorder.Call<Call, Answer> recorded = history.invoke(process, call);
        try {
            Answer answer = send(node, call, timeout);
            history.returned(recorded, answer);
            remember(call, answer);
            count(tally, kind(call) + " returned");
            return true;
        } catch (IOException | UncheckedIOException e) {
            count(failures, cause(e));
            if (!isOrdinary(e)) {
                extraordinary.add(call + ": " + e);
            }
            boolean wasNotDone = call instanceof Read
                    // Nobody listened, so nothing was sent.
                    || e instanceof ConnectException
                    || (e instanceof Refused refused && NOT_DONE.contains(refused.code()));
            if (wasNotDone) {
                history.neverHappened(recorded);
            }
            count(tally, kind(call) + (wasNotDone ? " not done" : " unknown"));
            return false;
        }
    }

    private Answer send(NodeClient node, Call call, Duration timeout) throws IOException, InterruptedException {
        if (call instanceof Write write) {
            node.executeWithin(
                    timeout,
                    "INSERT INTO " + table + "(k, v) VALUES (?, ?) ON CONFLICT(k) DO UPDATE SET v = excluded.v",
                    write.key(),
                    write.value());
            return Done.DONE;
        }
        if (call instanceof CompareAndSet swap) {
            return new Swapped(compareAndSet(node, swap, timeout).rowsAffected() == 1);
        }
        List<? extends List<?>> rows = node.queryWithin(
                        timeout, consistency, "SELECT v FROM " + table + " WHERE k = ?", call.key())
                .rows();
        return new Value(
                rows.isEmpty() ? Register.NOTHING : ((Number) rows.get(0).get(0)).longValue());
    }

    private Written compareAndSet(NodeClient node, CompareAndSet swap, Duration timeout)
            throws IOException, InterruptedException {
        return swap.expected() == Register.NOTHING
                ? node.executeWithin(
                        timeout,
                        "INSERT INTO " + table + "(k, v) VALUES (?, ?) ON CONFLICT(k) DO NOTHING",
                        swap.key(),
                        swap.value())
                : node.executeWithin(
                        timeout,
                        "UPDATE " + table + " SET v = ? WHERE k = ? AND v = ?",
                        swap.value(),
                        swap.key(),
                        swap.expected());
    }

    /** So that about every other comparison succeeds. */
    private void remember(Call call, Answer answer) {
        if (answer instanceof Value value) {
            lastSeen.set(call.key(), value.value());
        } else if (call instanceof Write write) {
            lastSeen.set(write.key(), write.value());
        } else if (call instanceof CompareAndSet swap && answer.equals(new Swapped(true))) {
            lastSeen.set(swap.key(), swap.value());
        }
    }

    private static String kind(Call call) {
        return call instanceof Read ? "read" : call instanceof Write ? "write" : "compare and set";
    }

    private static boolean isOrdinary(Exception e) {
        return e instanceof Refused refused ? ORDINARY.contains(refused.code()) : e instanceof IOException;
    }

    private static String cause(Exception e) {
        return e instanceof Refused refused ? refused.code() : e.getClass().getSimpleName();
    }

    private static void count(Map<String, LongAdder> counts, String name) {
        counts.computeIfAbsent(name, key -> new LongAdder()).increment();
    }

    private long counted(String name) {
        LongAdder count = tally.get(name);
        return count == null ? 0 : count.sum();
    }

    void report(Screen screen) {
        List<List<String>> lines = new ArrayList<>(
                List.of(List.of("operation", "answered", "outcome unknown", "failed, or not done: left out")));
        for (String kind : List.of("read", "write", "compare and set")) {
            lines.add(List.of(
                    kind,
                    String.format("%,d", counted(kind + " returned")),
                    String.format("%,d", counted(kind + " unknown")),
                    String.format("%,d", counted(kind + " not done"))));
        }
        screen.table(lines);
        screen.aside("Failures by their cause: " + new TreeMap<>(failures));
        screen.prove(
                extraordinary.isEmpty(),
                "every failure was of a kind that such faults may bring"
                        + (extraordinary.isEmpty() ? "" : ": " + extraordinary));
    }

    /** Does nothing for a while, so that a node that is down is not asked a thousand times. */
    static void rest(Random random, int mostMillis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(mostMillis) + 1);
    }
}
